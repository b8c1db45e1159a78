"""Memory stays flat; ``python -m benchmarks memory`` is the long version."""

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import zoo_core as zoo

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def benchmark():
    sys.path.insert(0, str(ROOT))
    try:
        from benchmarks import memory
    finally:
        sys.path.remove(str(ROOT))
    return memory


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["mxnet", "onnxruntime", "openvino"])
def test_a_thousand_pictures_leave_nothing_behind(benchmark, engine, tmp_path):
    if find_spec(engine) is None:
        pytest.skip("is not installed")
    detector = benchmark.new_run(tmp_path / "run")
    source = tmp_path / "run"
    if engine != "mxnet":
        source = tmp_path / "model.onnx"
        zoo.export(detector, source)
    marks = benchmark.memory_of_predicting(source, 2000, engine)
    # A picture has up to .9 MB: one in a hundred that stayed would show.
    assert marks[-1] - marks[4] < 5, marks


@pytest.mark.slow
def test_loading_and_exporting_leaves_nothing_behind(benchmark, tmp_path):
    benchmark.new_run(tmp_path / "run")
    marks = benchmark.memory_of_loading(tmp_path / "run", 50)
    # A graph that stays behind with every export, .1 MB, shows.
    assert marks[-1] - marks[1] < 1, marks

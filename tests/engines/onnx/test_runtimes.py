"""Exported files on each engine and device: equal where they run, and told where they cannot."""

import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import onnxruntime
import pytest

import zoo_core as zoo
from zoo_core.common.cores import usable_cores
from zoo_core.common.errors import ArgumentError, MissingPackageError, RunError
from zoo_core.engines.onnx.runtimes import on_onnxruntime, on_openvino

with_openvino = pytest.mark.skipif(find_spec("openvino") is None, reason="comes with zoo-core[openvino]")


def assert_equal(found, wanted, pixels=1e-3):
    np.testing.assert_array_equal(found.labels, wanted.labels)
    np.testing.assert_allclose(found.scores, wanted.scores, atol=1e-5)
    np.testing.assert_allclose(found.boxes, wanted.boxes, atol=pixels)


@pytest.fixture
def pictures():
    rng = np.random.default_rng(1)
    sizes = ((90, 120), (90, 120), (61, 47), (200, 33))
    return [rng.integers(0, 256, (*size, 3), dtype=np.uint8) for size in sizes]


@with_openvino
def test_openvino_finds_what_onnx_runtime_finds(tiny_file, pictures):
    wanted = zoo.load(tiny_file).predict(pictures, 2)
    assert sum(map(len, wanted)) > 20
    for found, other in zip(zoo.load(tiny_file, engine="openvino").predict(pictures, 2), wanted, strict=True):
        assert_equal(found, other)


@pytest.mark.slow
@with_openvino
@pytest.mark.parametrize("name", ["ssd_300_mobilenet0.25_voc", "yolo3_mobilenet0.25_voc"])
def test_openvino_is_equal_on_other_families(name, pictures, tmp_path):
    zoo.export(zoo.build(name), tmp_path / "model.onnx")
    one, other = (zoo.load(tmp_path / "model.onnx", engine=engine) for engine in ("onnxruntime", "openvino"))
    for found, wanted in zip(other.predict(pictures, 2), one.predict(pictures, 2), strict=True):
        assert len(wanted) > 20
        assert_equal(found, wanted, pixels=0.01)


@with_openvino
def test_float32_and_threads_are_said_to_openvino(tiny_file):
    """Its own default is bfloat16 where the processor has it, and threads bound to cores."""
    for threads in (None, 1):
        detector = zoo.load(tiny_file, engine="openvino", threads=threads)
        said = detector._file._compiled.get_property
        assert said("INFERENCE_PRECISION_HINT").to_dtype() == np.float32
        assert said("INFERENCE_NUM_THREADS") == (threads or usable_cores())
        assert said("ENABLE_CPU_PINNING") is False


@with_openvino
def test_a_precision_that_the_processor_has_not_is_told(tiny_file, picture):
    here = on_openvino.precisions_here()
    assert "float32" in here
    for precision in ("bfloat16", "float16"):
        if precision in here:
            detector = zoo.load(tiny_file, engine="openvino", precision=precision)
            assert len(detector.predict(picture))
            assert detector.execution.precision == precision
            continue
        with pytest.raises(RunError, match=f"precision '{precision}' is not that of this cpu .* computes in float32"):
            zoo.load(tiny_file, engine="openvino", precision=precision)


@with_openvino
def test_several_threads_may_ask_openvino_at_once(tiny_file, pictures):
    detector = zoo.load(tiny_file, engine="openvino", threads=1)
    wanted = [detector.predict(each) for each in pictures]
    with ThreadPoolExecutor(4) as threads:
        for found, other in zip(threads.map(detector.predict, pictures * 5), wanted * 5, strict=True):
            np.testing.assert_array_equal(found.boxes, other.boxes)


TOLD = """
import sys
from zoo_core.engines.onnx.runtimes.on_openvino import openvino
openvino()
print("openvino_telemetry" in sys.modules)
"""


@with_openvino
def test_openvino_tells_nobody_that_it_is_used(tmp_path):
    home = {**os.environ, "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", TOLD], env=home, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("False", "")
    assert [*tmp_path.iterdir()] == []


INTERRUPTED = """
import signal, sys
import zoo_core as zoo
first = zoo.load(sys.argv[1], engine="openvino")
second = zoo.load(sys.argv[1], engine="openvino")
del first, second
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_an_interrupt_is_one_after_several_files_were_opened_and_closed(tiny_file):
    """Each core of OpenVINO changes the stack on which signals are handled, and ends with that of another."""
    command = [sys.executable, "-X", "faulthandler", "-c", INTERRUPTED, tiny_file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "interrupted\n"), done.stderr


def test_threads_are_those_of_onnx_runtime(tiny_file):
    for threads in (None, 1):
        options = zoo.load(tiny_file, threads=threads)._file._session.get_session_options()
        assert options.intra_op_num_threads == (threads or usable_cores())


@pytest.mark.parametrize("engine", ["onnxruntime", pytest.param("openvino", marks=with_openvino)])
def test_a_copy_runs_in_the_same_way(engine, tiny_file, picture):
    detector = zoo.load(tiny_file, engine=engine, threads=1)
    copy = pickle.loads(pickle.dumps(detector))  # noqa: S301 -- our own
    assert copy.execution == detector.execution
    np.testing.assert_array_equal(copy.predict(picture).boxes, detector.predict(picture).boxes)


@with_openvino
def test_what_openvino_cannot_read_is_told(tiny_file, tmp_path):
    damaged = tmp_path / "damaged\udce9.onnx"
    damaged.write_bytes(tiny_file.read_bytes()[:5000])
    with pytest.raises(RunError, match=r"damaged.*: OpenVINO cannot read this file: \w"):
        zoo.load(damaged, engine="openvino")
    with pytest.raises(RunError, match="no such file"):
        zoo.load(tmp_path / "none.onnx", engine="openvino")


WRONG = {
    "an engine of runs": (
        {"engine": "torch"},
        "'onnxruntime' or 'openvino' for an exported file; given 'torch', which",
    ),
    "a typing error": ({"engine": "opnvino"}, "did you mean 'openvino'"),
    "a device of the other engine": ({"engine": "openvino", "device": "cuda"}, "should be one of cpu, gpu.*'openvino'"),
    "a number where there is one": ({"device": "cpu:1"}, "should be one of cpu, cuda"),
    "another precision": ({"precision": "int8"}, "'float32' or 'bfloat16' or 'float16'; given 'int8'"),
    "no precision of onnxruntime": ({"precision": "bfloat16"}, "not for ONNX Runtime on cpu.*for engine 'openvino'"),
    "threads of a GPU": ({"engine": "openvino", "device": "gpu", "threads": 2}, "threads are for device 'cpu'"),
    "no threads": ({"threads": 0}, "threads should be an integer of at least 1"),
}


@pytest.mark.parametrize(("how", "said"), WRONG.values(), ids=WRONG)
def test_what_does_not_go_together_is_told(how, said, tiny_file):
    with pytest.raises(ArgumentError, match=said):
        zoo.load(tiny_file, **how)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"engine": "openvino"}, "'auto', 'mxnet' or 'torch' for a run or a configuration; .*'openvino', which is for"),
        ({"precision": "float16"}, "precision is for an exported file, and .* is not one"),
        ({"threads": 2}, "threads is for an exported file"),
    ],
)
def test_what_is_for_exported_files_is_told_of_a_run(how, said, tmp_path):
    with pytest.raises(ArgumentError, match=said):
        zoo.load(tmp_path, **how)


@pytest.mark.parametrize(
    ("device", "said"),
    [
        ("cuda", r"no CUDAExecutionProvider, but .*pip uninstall onnxruntime, .*'onnxruntime-gpu\[cuda,cudnn\]'"),
        ("gpu:1", "no CUDAExecutionProvider"),
        ("tensorrt", "no TensorrtExecutionProvider"),
        ("coreml", "no CoreMLExecutionProvider, .*for macOS only"),
        ("directml", "no DmlExecutionProvider, .*for Windows only"),
    ],
)
def test_a_provider_that_is_not_installed_is_told(device, said, tiny_file, monkeypatch):
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(MissingPackageError, match=said):
        zoo.load(tiny_file, device=device)


@pytest.mark.filterwarnings("ignore:Specified provider")
@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_no_device_is_replaced_by_the_processor(device, tiny_file, monkeypatch):
    """Where a provider cannot be started, ONNX Runtime goes on without it and does not say so."""
    names = [each.name for each in on_onnxruntime._PROVIDERS.values()]
    if set(names) & set(onnxruntime.get_available_providers()):
        pytest.skip("this ONNX Runtime has some of them")
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: names)
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: None)
    with pytest.raises(RunError, match=r"could not start .* and would use the processor instead: it needs an NVIDIA"):
        zoo.load(tiny_file, device=device)


def test_a_provider_that_computes_nothing_is_told():
    def session(*used):
        parts = [SimpleNamespace(ep_name=each) for each in used]
        return SimpleNamespace(
            get_providers=lambda: ["CoreMLExecutionProvider"], get_provider_graph_assignment_info=lambda: parts
        )

    execution, provider = SimpleNamespace(place="coreml"), on_onnxruntime._PROVIDERS["coreml"]
    on_onnxruntime._require_used(session("CPUExecutionProvider", provider.name), execution, provider)
    with pytest.raises(RunError, match="device 'coreml': CoreMLExecutionProvider computes no operator of this file"):
        on_onnxruntime._require_used(session("CPUExecutionProvider"), execution, provider)


@with_openvino
def test_a_device_that_openvino_does_not_see_is_told(tiny_file):
    with pytest.raises(RunError, match="device 'gpu:7' is not here: OpenVINO sees cpu"):
        zoo.load(tiny_file, engine="openvino", device="gpu:7")


def test_where_openvino_is_missing_its_package_is_named(tiny_file, monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(MissingPackageError, match=r"needs openvino, .* pip install 'zoo-core\[openvino\]'"):
        zoo.load(tiny_file, engine="openvino")

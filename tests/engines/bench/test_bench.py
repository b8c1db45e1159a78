"""What ``zoo bench`` says of a detector, on each engine."""

import json
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec

import cv2
import numpy as np
import pytest
from matplotlib.figure import Figure

import zoo_core as zoo
from tests.sampling import one_in
from zoo_core.cli import main
from zoo_core.common.errors import ArgumentError, ConfigError, DatasetError, MissingPackageError, RunError
from zoo_core.config.run_folder import RunFolder
from zoo_core.engines.bench import memory
from zoo_core.engines.bench.chart import write_chart
from zoo_core.engines.bench.memory import peak_megabytes, resident_megabytes
from zoo_core.engines.bench.peers import Peer
from zoo_core.engines.bench.report import BenchReport, EngineReport
from zoo_core.engines.bench.running import bench
from zoo_core.engines.bench.stages import STAGES, stages_of
from zoo_core.engines.bench.subjects import subjects_of
from zoo_core.engines.bench.worker import Task
from zoo_core.engines.onnx.runtimes.on_openvino import precisions_here


@pytest.fixture(scope="module")
def configuration(tiny_table, tmp_path_factory):
    path = tmp_path_factory.mktemp("bench") / "tiny.json"
    path.write_text(json.dumps(tiny_table))
    return path


def rows(report):
    return [f"{each.engine} {each.precision}" for each in report.engines]


@pytest.mark.slow
def test_every_engine_is_measured_and_scored(sure_detector, tiny_table, write_voc, tmp_path, capsys):
    """Equal weights score equally, whatever runs them: here on what they find themselves."""
    chart, data = tmp_path / "new" / "chart.png", tmp_path / "data"
    detector = sure_detector({**tiny_table, "data": None})
    run = RunFolder.create(detector.config, tmp_path / "run")
    detector.engine.save(run.weights)
    rng = np.random.default_rng(0)
    pixels = {f"{name}": rng.integers(0, 256, (4, 6, 3), np.uint8).repeat(16, 0).repeat(16, 1) for name in range(4)}
    found = {name: detector.predict(each)[:5] for name, each in pixels.items()}
    objects = {
        name: [(label, box.round().astype(int)) for label, box in zip(each.names, each.boxes, strict=True)]
        for name, each in found.items()
    }
    write_voc(data, objects, pixels=pixels)
    arguments = ["--rounds", "3", "--batch", "2", "--threads", "1", "--data", str(data), "--plot", str(chart), "--json"]
    assert main(["bench", str(run.folder), *arguments]) == 0
    report = json.loads(capsys.readouterr().out)
    engines = {(each["engine"], each["precision"]): each for each in report["engines"]}
    wanted = {("mxnet", "float32"), ("onnxruntime", "float32"), ("onnxruntime", "int8")}
    wanted |= {("torch", "float32")} if find_spec("torch") else set()
    wanted |= {("openvino", "float32"), ("openvino", "int8")} if find_spec("openvino") else set()
    assert wanted <= engines.keys()
    scores = [each["score"] for (_, precision), each in engines.items() if precision == "float32"]
    assert scores[0] > 0.3
    assert scores == pytest.approx([scores[0]] * len(scores), abs=1e-3)
    for each in report["engines"]:
        assert each["score"] == pytest.approx(scores[0], abs=0.15)
        assert 0 < each["latency_p50"] <= each["latency_p95"]
        assert each["throughput"] > 0
        assert all(each["stages"][stage] > 0 for stage in STAGES)
        assert 20 < each["memory"] <= each["memory_of_batch"]
    assert len({each["operations"] for each in report["engines"]}) == 1
    one, other = engines["mxnet", "float32"], engines["onnxruntime", "float32"]
    assert one["memory"] > other["memory"]  # ONNX Runtime needs no MXNet
    assert (report["picture"], report["rounds"], report["batch"], report["threads"]) == ("375x500", 3, 2, 1)
    assert cv2.imread(str(chart)).shape[1] > 500


def report_of(**stages):
    stages = dict.fromkeys(STAGES, 1.0) | stages
    engine = EngineReport("mxnet", "float32", 12.34, 20.0, 100.0, stages, 200.0, 300.0, None, 1_410_000, 1_050_000_000)
    return BenchReport("tiny", "a machine", "30x40", 4, 3, 2, (engine,), {"onnxruntime int8": "it cannot"})


@pytest.mark.parametrize("name", one_in(2, ["a$b$_{", "細胞", "caf\udce9", "two\nlines"]))
def test_any_name_is_drawn_without_a_warning(tmp_path, name):
    write_chart(replace(report_of(), source=name), tmp_path / "chart.png")
    assert cv2.imread(str(tmp_path / "chart.png")).shape[1] > 500


def test_an_engine_a_hundred_times_slower_leaves_the_others_readable(tmp_path, monkeypatch):
    fast = report_of().engines[0]
    slow = replace(fast, latency_p50=1234.0, latency_p95=20000.0, stages=dict.fromkeys(STAGES, 1.0) | {"network": 1230})
    figures = []

    def keep(figure, path, **_):
        figures.append(figure)
        path.touch()

    monkeypatch.setattr(Figure, "savefig", keep)
    for engines in [(fast,), (fast, replace(slow, engine="onnxruntime", score=0.5))]:
        write_chart(replace(report_of(), engines=engines), tmp_path / "chart.png")
    for figure, scale in zip(figures, ("linear", "log"), strict=True):
        figure.draw_without_rendering()
        whole, parts, memory = figure.axes
        assert whole.get_xscale() == scale
        words = [text for axes in figure.axes for text in axes.texts]
        assert "12.3 to 20 ms" in [text.get_text() for text in words]
        for text in words:
            extent, panel = text.get_window_extent(), text.axes.bbox
            assert panel.x0 <= extent.x0 < extent.x1 <= panel.x1, text.get_text()
        assert whole.lines[0].get_window_extent().width > 20, "the fast one"
        assert sum(bar.get_width() for bar in parts.patches) == pytest.approx(len(whole.lines) / 2)
        assert [bar.get_width() for bar in memory.patches] == [300] * (len(whole.lines) // 2)
    assert [text.get_text() for text in figures[1].axes[0].texts] == ["12.3 to 20 ms", "1,234 to 20,000 ms"]


def test_the_table_has_a_column_for_every_number():
    report = report_of(network=9.0)
    (row,) = report.rows()
    assert dict(zip(report.columns, row, strict=True)) == {
        "engine": "mxnet",
        "precision": "float32",
        "p50 ms": "12.3",
        "p95 ms": "20.0",
        "decode": "1.0",
        "resize": "1.0",
        "network": "9.0",
        "postprocessing": "1.0",
        "images/s x4": "100.0",
        "MB": "200",
        "MB x4": "300",
        "M params": "1.41",
        "G MACs": "1.05",
    }


def test_a_chart_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DatasetError, match="cannot be written"):
        write_chart(report_of(), tmp_path / "file" / "chart.png")


def test_each_stage_takes_the_median_of_its_own_times(tiny_table, tmp_path, monkeypatch):
    taken = iter([1.0, 2.0, 3.0, 4.0, 10.0, 20.0, 30.0, 40.0, 5.0, 6.0, 7.0, 8.0])

    def timed(way):
        way()
        return next(taken)

    monkeypatch.setattr("zoo_core.engines.bench.stages.milliseconds", timed)
    picture = tmp_path / "picture.png"
    cv2.imwrite(str(picture), np.zeros((30, 40, 3), np.uint8))
    took = stages_of(zoo.build(tiny_table), picture, 3)
    assert took == {"decode": 5, "resize": 6, "network": 7, "postprocessing": 8}


def test_a_score_has_a_column_of_its_own():
    report = report_of()
    scored = replace(report, engines=(replace(report.engines[0], score=0.86312),))
    assert dict(zip(scored.columns, scored.rows()[0], strict=True))["mAP"] == "86.31"


@pytest.mark.slow
def test_int8_is_left_out_where_there_is_nothing_to_calibrate_with(tiny_table, tmp_path):
    path = tmp_path / "tiny.json"
    path.write_text(json.dumps({**tiny_table, "data": None}))
    report = bench(path, rounds=2, engines=["onnxruntime"])
    assert rows(report) == ["onnxruntime float32"]
    assert "no pictures to calibrate" in report.left_out["onnxruntime int8"]


@pytest.fixture(scope="module")
def exported(tiny_table, tmp_path_factory):
    path = tmp_path_factory.mktemp("exported") / "tiny.onnx"
    zoo.export(zoo.build(tiny_table), path)
    return path


@pytest.mark.slow  # as on OpenVINO, below
def test_an_exported_file_is_measured_as_it_is(exported):
    assert rows(bench(exported, rounds=2, engines=["onnxruntime"])) == ["onnxruntime float32"]


@pytest.mark.skipif(find_spec("openvino") is None, reason="comes with zoo-core[openvino]")
def test_a_file_is_measured_on_openvino_in_the_precisions_of_this_processor(exported):
    report = bench(exported, rounds=2, engines=["openvino"])
    here = [f"openvino {each}" for each in precisions_here()]
    assert rows(report) == here
    assert report.left_out.keys() == {"openvino float32", "openvino bfloat16", "openvino float16"} - {*here}
    assert all(each.stages[stage] > 0 for each in report.engines for stage in STAGES)


def test_an_engine_that_is_missing_is_left_out_or_told(exported, tmp_path, monkeypatch):
    cv2.imwrite(str(picture := tmp_path / "picture.png"), np.zeros((40, 50, 3), np.uint8))
    monkeypatch.setattr("zoo_core.engines.bench.subjects.find_spec", lambda name: name != "openvino" or None)
    task = Task(str(exported), str(picture))
    subjects = subjects_of(zoo.load(exported), task, tmp_path, (), None)
    assert [each.engine for each in subjects.measured] == ["onnxruntime"]
    assert subjects.left_out == {"openvino": "not installed: pip install 'zoo-core[openvino]'"}
    with pytest.raises(MissingPackageError, match=r"'openvino' is not installed: pip install 'zoo-core\[openvino\]'"):
        bench(exported, engines=["openvino"])


def test_an_engine_that_cannot_run_it_is_told(exported):
    with pytest.raises(ArgumentError, match="'onnxruntime' or 'openvino' for an exported file; given 'torch'"):
        bench(exported, engines=["torch"])
    with pytest.raises(ArgumentError, match=r"engine should be 'mxnet' or 'torch' or .* given 'tf'"):
        bench(exported, engines=["tf"])


def test_a_network_that_pytorch_cannot_run_is_left_out_with_the_reason(configuration, monkeypatch):
    def load(*_, **__):
        raise RunError("cut: no such operator")

    monkeypatch.setattr("zoo_core.engines.bench.subjects.load", load)
    with pytest.raises(RunError, match="nothing of it can be measured here: torch: cut: no such operator"):
        bench(configuration, engines=["torch"])


def test_wrong_input_is_told(tmp_path, configuration):
    with pytest.raises(RunError, match="no such run folder"):
        bench(tmp_path / "nothing")
    with pytest.raises(ConfigError, match="unknown setting"):
        bench(configuration, overrides=["nms.scor=1"])
    with pytest.raises(DatasetError, match="no such file"):
        bench(configuration, picture=tmp_path / "none.jpg")


def test_a_process_that_ends_is_told(capfd):
    with pytest.raises(RunError, match="ended with exit code 1"), Peer("zoo_core.engines.bench.worker", ["no json"]):
        pass
    capfd.readouterr()


@pytest.mark.skipif(not memory._STATUS.is_file(), reason="this system does not say it")
def test_memory_is_that_of_this_process_alone():
    """What getrusage says on Linux begins with the peak of the parent."""
    command = [sys.executable, "-c", "from zoo_core.engines.bench.memory import *; print(peak_megabytes())"]
    block = np.ones(60 << 20, np.uint8)
    assert resident_megabytes() > 60
    assert peak_megabytes() >= resident_megabytes() - 1
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert float(done.stdout) < 60
    del block

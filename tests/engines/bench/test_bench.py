"""What ``zoo bench`` says of a detector, on both engines."""

import json
import subprocess
import sys
from dataclasses import replace

import cv2
import numpy as np
import pytest
from matplotlib.figure import Figure

import zoo_core as zoo
from zoo_core.cli import main
from zoo_core.common.errors import ConfigError, DatasetError, RunError
from zoo_core.engines.bench import memory
from zoo_core.engines.bench.chart import write_chart
from zoo_core.engines.bench.memory import peak_megabytes, resident_megabytes
from zoo_core.engines.bench.peers import Peer
from zoo_core.engines.bench.report import BenchReport, EngineReport
from zoo_core.engines.bench.running import bench
from zoo_core.engines.bench.stages import STAGES, stages_of


@pytest.fixture(scope="module")
def configuration(tiny_table, tmp_path_factory):
    path = tmp_path_factory.mktemp("bench") / "tiny.json"
    path.write_text(json.dumps(tiny_table))
    return path


@pytest.mark.slow
def test_both_engines_are_measured(configuration, tmp_path, capsys):
    chart = tmp_path / "new" / "chart.png"
    arguments = ["bench", str(configuration), "--rounds", "3", "--batch", "2", "--plot", str(chart), "--json"]
    assert main(arguments) == 0
    report = json.loads(capsys.readouterr().out)
    assert [each["name"] for each in report["engines"]] == ["MXNet", "ONNX Runtime float32", "ONNX Runtime int8"]
    for each in report["engines"]:
        assert 0 < each["latency_p50"] <= each["latency_p95"]
        assert each["throughput"] > 0
        assert all(each["stages"][stage] > 0 for stage in STAGES)
        assert 20 < each["memory"] <= each["memory_of_batch"]
    one, other, small = report["engines"]
    assert one["operations"] == other["operations"] == small["operations"]
    assert one["memory"] > other["memory"]  # ONNX Runtime needs no MXNet
    assert (report["picture"], report["rounds"], report["batch"]) == ("375x500", 3, 2)
    assert cv2.imread(str(chart)).shape[1] > 500


def report_of(**stages):
    stages = dict.fromkeys(STAGES, 1.0) | stages
    engine = EngineReport("MXNet", 12.34, 20.0, 100.0, stages, 200.0, 300.0, 1_410_000, 1_050_000_000)
    return BenchReport("tiny", "a machine", "30x40", 4, 3, (engine,), {"ONNX Runtime": "it cannot"})


@pytest.mark.parametrize("name", ["細胞", "a$b$_{", "caf\udce9", "two\nlines"])
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
    for engines in [(fast,), (fast, replace(slow, name="ONNX Runtime float32"))]:
        write_chart(replace(report_of(), engines=engines), tmp_path / "chart.png")
    for figure, scale in zip(figures, ("linear", "log"), strict=True):
        figure.draw_without_rendering()
        whole, parts = figure.axes
        assert whole.get_xscale() == scale
        words = [text for axes in figure.axes for text in axes.texts]
        assert "12.3 to 20 ms" in [text.get_text() for text in words]
        for text in words:
            extent, panel = text.get_window_extent(), text.axes.bbox
            assert panel.x0 <= extent.x0 < extent.x1 <= panel.x1, text.get_text()
        assert whole.lines[0].get_window_extent().width > 20, "the fast one"
        assert sum(bar.get_width() for bar in parts.patches) == pytest.approx(len(whole.lines) / 2)
    assert [text.get_text() for text in figures[1].axes[0].texts] == ["12.3 to 20 ms", "1,234 to 20,000 ms"]


def test_the_table_has_a_column_for_every_number():
    report = report_of(network=9.0)
    (row,) = report.rows()
    assert dict(zip(report.columns, row, strict=True)) == {
        "engine": "MXNet",
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


def test_stages_add_up_to_the_whole(tiny_table, tmp_path):
    picture = tmp_path / "picture.png"
    cv2.imwrite(str(picture), np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8))
    detector = zoo.build(tiny_table)
    took = stages_of(detector, picture, 3)
    assert list(took) == list(STAGES)
    assert took["decode"] > took["resize"]  # a PNG of noise


@pytest.mark.slow
def test_int8_is_left_out_where_there_is_nothing_to_calibrate_with(tiny_table, tmp_path):
    path = tmp_path / "tiny.json"
    path.write_text(json.dumps({**tiny_table, "data": None}))
    report = bench(path, rounds=2)
    assert [each.name for each in report.engines] == ["MXNet", "ONNX Runtime float32"]
    assert "no pictures to calibrate" in report.left_out["ONNX Runtime int8"]


def test_an_exported_file_is_measured_as_it_is(tiny_table, tmp_path):
    zoo.export(zoo.build(tiny_table), tmp_path / "tiny.onnx")
    report = bench(tmp_path / "tiny.onnx", rounds=2)
    assert [each.name for each in report.engines] == ["ONNX Runtime float32"]


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

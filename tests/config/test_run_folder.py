"""Run folders: whole, enough to use the detector, and plainly told when they are not."""

import json
from pathlib import Path

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.common.errors import DatasetError, RunError
from zoo_core.config.loading import load_config
from zoo_core.training.run import Run

SMALL = {"data.train_images": 8, "data.validation_images": 3, "training.batch_size": 4, "training.epochs": 2}


@pytest.fixture(scope="module", autouse=True)
def _no_curves():
    """Here they are drawn."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return zoo.train("tinyssd_shapes", tmp_path_factory.mktemp("runs") / "small", SMALL)


def test_a_run_keeps_everything_that_was_used(trained):
    assert sorted(path.name for path in trained.folder.iterdir()) == [
        "checkpoints",
        "config.yaml",
        "curves.png",
        "metrics.json",
        "metrics.jsonl",
        "network.json",
        "versions.json",
        "weights.params",
    ]
    assert load_config(trained.folder / "config.yaml") == trained.config
    assert trained.curves.read_bytes().startswith(b"\x89PNG")
    metrics = json.loads(trained.metrics.read_text())
    assert metrics["images"] == 3
    assert set(metrics["classes"]) == {"circle", "square", "triangle"}
    log = [json.loads(line) for line in trained.log.read_text().splitlines()]
    assert [(entry["kind"], entry["epoch"]) for entry in log] == [("epoch", 1), ("epoch", 2)]
    assert all(entry["images_per_second"] > 0 for entry in log)
    versions = json.loads((trained.folder / "versions.json").read_text())
    assert versions["parts"]["backbone"] == {"name": "tinyssd", "distribution": "zoo-tinyssd", "version": "0.1.0"}


def test_a_run_predicts_what_was_scored_wherever_it_is_moved(trained, tmp_path):
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for path in filter(Path.is_file, trained.folder.iterdir()):
        (moved / path.name).write_bytes(path.read_bytes())
    detector = zoo.load(moved)
    report = zoo.evaluate(detector, zoo.dataset(detector.config))
    metrics = json.loads(trained.metrics.read_text())
    assert report.map_voc07 == pytest.approx(metrics["map_voc07"])
    image = zoo.dataset(detector.config)[0].image
    same = zoo.load(moved / "weights.params").predict(image)
    np.testing.assert_array_equal(same.boxes, detector.predict(image).boxes)


def test_settings_of_a_run_can_be_replaced(trained):
    assert zoo.load(trained.folder, {"nms.keep": 3}).config.nms.keep == 3


def test_a_folder_in_use_is_not_touched(trained):
    before = {path.name: path.stat().st_mtime_ns for path in trained.folder.iterdir()}
    with pytest.raises(RunError, match="is not empty; name a new folder"):
        zoo.train("tinyssd_shapes", trained.folder, SMALL)
    assert before == {path.name: path.stat().st_mtime_ns for path in trained.folder.iterdir()}


def test_no_folder_is_made_when_the_data_is_wrong(tmp_path):
    with pytest.raises(DatasetError, match="nowhere"):
        zoo.train("tinyssd_256_voc", tmp_path / "run", {"data.root": str(tmp_path / "nowhere")})
    assert not (tmp_path / "run").exists()


def test_runs_are_named_by_the_time_when_no_folder_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = Run.create(load_config("tinyssd_shapes"))
    assert run.folder.parent == Path("runs")
    assert (run.folder / "config.yaml").is_file()


def copied(run, folder):
    folder.mkdir()
    for path in filter(Path.is_file, run.folder.iterdir()):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "weights.params").unlink(), "weights.params not found .training did not end here."),
        (lambda folder: (folder / "config.yaml").unlink(), "config.yaml not found .this is not a run of the zoo."),
        (lambda folder: (folder / "weights.params").write_bytes(b"RIFF"), "damaged, or not a file of MXNet weights"),
        (lambda folder: (folder / "config.yaml").write_text("classes: ["), "its configuration cannot be used"),
        (lambda folder: (folder / "config.yaml").write_text("backbone: tinyssd"), "classes: is required"),
    ],
)
def test_damage_is_told(trained, tmp_path, damage, message):
    folder = copied(trained, tmp_path / "run")
    damage(folder)
    with pytest.raises(RunError, match=message) as told:
        zoo.load(folder)
    assert str(folder) in str(told.value)


def test_foreign_and_missing_folders_are_told(tmp_path):
    (tmp_path / "holiday.jpg").touch()
    with pytest.raises(RunError, match=r"this is not a run of the zoo.; in the folder: holiday\.jpg"):
        zoo.load(tmp_path)
    with pytest.raises(RunError, match="no such run folder"):
        zoo.load(tmp_path / "nowhere")

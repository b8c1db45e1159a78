"""Trainings that are kept in a local folder of MLflow: what is in it, and what becomes of a training that goes on."""

import json

import pytest

import zoo_core as zoo
from zoo_core.testing import LoggerContract
from zoo_core.training.log import logged
from zoo_mlflow.settings import MlflowSettings

TINY = {
    "input_size": "64x64",
    "backbone.channels": [4] * 6,
    "data.image_size": 64,
    "data.train_images": 16,
    "data.validation_images": 2,
    "training.batch_size": 4,
    "training.epochs": 2,
    "training.log_every": 3,
    "training.score_every": 2,
    "training.workers": 0,
}


class TestMlflow(LoggerContract):
    settings = MlflowSettings()


def client_of(folder):
    """The client of a store; MLflow is imported in a second, which not every process of a run has to spend."""
    from zoo_mlflow import store

    return store.client_of(folder)


@pytest.fixture(autouse=True)
def _alone(monkeypatch, tmp_path):
    """Nothing of the environment says where runs go, and nothing is told to anybody over the network."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setattr("zoo_core.training.session.write_curves", lambda _, picture: picture.touch())
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def kept(tmp_path):
    """The only run of an experiment in the folder of a store."""

    def kept(folder="mlruns", experiment="zoo"):
        client = client_of(str(tmp_path / folder))
        (run,) = client.search_runs([client.get_experiment_by_name(experiment).experiment_id])
        return client, run

    return kept


def test_a_training_is_kept_with_its_settings_numbers_and_files(tmp_path, kept):
    logger = {"name": "mlflow", "uri": str(tmp_path / "store"), "experiment": "cells", "artifacts": ["config.yaml"]}
    run = zoo.train("tinyssd_shapes", "runs/small cells", {**TINY, "training.loggers": [logger]})
    client, found = kept("store", "cells")
    assert (found.info.run_name, found.info.status) == ("small cells", "FINISHED")
    assert found.data.params["training.learning_rate"] == json.dumps(run.config.training.learning_rate)
    assert found.data.params["backbone.name"] == "tinyssd"
    assert json.loads(found.data.params["classes"]) == list(run.config.classes)
    measured = {
        (f"{line['kind']}/{name}", line["step"]): value
        for line in logged(run.log)
        for name, value in line.items()
        if name not in ("kind", "step", "epoch", "kept_epoch")
    }
    points = {
        (name, point.step): point.value
        for name in found.data.metrics
        for point in client.get_metric_history(found.info.run_id, name)
    }
    assert measured.items() <= points.items()
    metrics = json.loads(run.metrics.read_text())
    assert points["final/map_voc07", 8] == metrics["map_voc07"]
    assert points["score/ap50", 8] == metrics["coco"]["ap50"]
    assert [each.path for each in client.list_artifacts(found.info.run_id)] == ["config.yaml"]
    assert not (tmp_path / "mlruns").exists()


def test_a_training_that_is_resumed_goes_on_in_its_run(kept):
    settings = {**TINY, "training.loggers": ["mlflow"]}
    with pytest.raises(ZeroDivisionError):
        zoo.train("tinyssd_shapes", "runs/a", settings, watch=lambda step: 1 / (6 - step.number))
    _, failed = kept()
    assert (failed.info.status, failed.data.tags["error"]) == ("FAILED", "ZeroDivisionError: division by zero")
    zoo.resume("runs/a")
    client, found = kept()
    assert (found.info.run_id, found.info.status) == (failed.info.run_id, "FINISHED")
    assert [each.step for each in client.get_metric_history(found.info.run_id, "epoch/loss")] == [4, 8]


def test_a_store_that_cannot_be_used_ends_nothing(tmp_path):
    (tmp_path / "file").write_text("mine")
    settings = {**TINY, "training.epochs": 1, "training.loggers": [{"name": "mlflow", "uri": "file/inside"}]}
    with pytest.warns(UserWarning, match="logger 'mlflow' failed at 'begin' of step 0, and is set aside"):
        run = zoo.train("tinyssd_shapes", "runs/a", settings)
    assert run.metrics.is_file()


def test_the_environment_says_where_runs_go(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "theirs").as_uri())
    client_of(None).create_experiment("mine")
    assert client_of(str(tmp_path / "theirs")).get_experiment_by_name("mine")


@pytest.mark.parametrize("name", ["../secret", "a/b", "..", "a\\b"])
def test_files_outside_of_the_run_folder_are_refused(name):
    with pytest.raises(ValueError, match="should be the name of a file of the run folder, without a path"):
        MlflowSettings(artifacts=[name])

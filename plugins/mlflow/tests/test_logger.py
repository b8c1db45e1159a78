"""Trainings that are kept in a local folder of MLflow: what is in it, and what becomes of a training that goes on."""

import json
import os
import re
import socket
import threading
import time
import warnings
from contextlib import suppress
from types import SimpleNamespace
from uuid import UUID

import pytest
from mlflow.environment_variables import MLFLOW_HTTP_REQUEST_MAX_RETRIES, MLFLOW_HTTP_REQUEST_TIMEOUT

import zoo_core as zoo
from tests.tiny import SMALL_SHAPES
from zoo_core.testing import LoggerContract
from zoo_core.training.log import logged
from zoo_mlflow.patience import little_patience
from zoo_mlflow.settings import MlflowSettings

TINY = {
    **SMALL_SHAPES,
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


def test_numbers_that_mlflow_draws_are_not_taken_from_the_training(monkeypatch):
    # Of an experiment's number that begins with zeros it draws digits.
    monkeypatch.setattr("uuid.uuid4", lambda: UUID(int=10**20 + 5))
    TestMlflow().test_changes_nothing_of_the_training(MlflowSettings())


def test_a_store_that_cannot_be_used_ends_nothing(tmp_path):
    (tmp_path / "file").write_text("mine")
    settings = {**TINY, "training.epochs": 1, "training.loggers": [{"name": "mlflow", "uri": "file/inside"}]}
    with pytest.warns(UserWarning, match="logger 'mlflow' failed at 'begin' of step 0, and is set aside"):
        run = zoo.train("tinyssd_shapes", "runs/a", settings)
    assert run.metrics.is_file()


class Server:
    """A tracking server at an address of this machine, which answers until it is told to be silent.

    Args:
        answers: requests that it answers.
    """

    def __init__(self, answers):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self._answers, self._open = answers, []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                self._open.append(connection)
                threading.Thread(target=self._answer, args=[connection], daemon=True).start()

    def _answer(self, connection):
        with suppress(OSError):
            while (request := connection.recv(1 << 20)) and self._answers > 0:
                self._answers -= 1
                body = json.dumps(ANSWER).encode()
                while b"\r\n\r\n" not in request or len(request.partition(b"\r\n\r\n")[2]) < _length(request):
                    request += connection.recv(1 << 20)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    def close(self):
        self.socket.close()
        for each in self._open:
            each.close()


def _length(request):
    found = re.search(rb"content-length: (\d+)", request.lower())
    return int(found[1]) if found else 0


ANSWER = {
    "experiment": {"experiment_id": "1", "name": "zoo", "lifecycle_stage": "active"},
    "run": {"info": {"run_id": "abc", "run_uuid": "abc", "experiment_id": "1", "status": "RUNNING"}},
}


@pytest.fixture
def server():
    """``server(answers)``: a tracking server that falls silent after so many."""
    made = []

    def server(answers):
        made.append(Server(answers))
        return made[-1]

    yield server
    for each in made:
        each.close()


@pytest.mark.parametrize(
    ("answers", "event"),
    [pytest.param(0, "begin", marks=pytest.mark.slow), pytest.param(1000, None, marks=pytest.mark.slow), (6, "means")],
)
def test_a_server_that_does_not_answer_is_set_aside_in_seconds(server, monkeypatch, answers, event):
    """Retries and time are MLflow's variables, which are shorter here than by default, so that the test is."""
    for name, value in (("MAX_RETRIES", "0"), ("TIMEOUT", "1"), ("BACKOFF_FACTOR", "0")):
        monkeypatch.setenv(f"MLFLOW_HTTP_REQUEST_{name}", value)
    logger = {"name": "mlflow", "uri": server(answers).address, "artifacts": []}
    settings = {**TINY, "training.epochs": 3, "training.log_every": 1, "training.loggers": [logger]}
    began = time.monotonic()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert zoo.train("tinyssd_shapes", "runs/a", settings).metrics.is_file()
    assert time.monotonic() - began < 60
    failed = [str(each.message) for each in told if "logger 'mlflow'" in str(each.message)]
    assert len(failed) == (event is not None)
    if event:
        assert f"failed at {event!r}" in failed[0]
        assert "cannot be reached, or does not answer: " in failed[0]
        assert "127.0.0.1" in failed[0]


def test_a_closed_port_is_told_in_seconds_with_what_is_set_by_default(monkeypatch):
    for name in ("MAX_RETRIES", "TIMEOUT", "BACKOFF_FACTOR"):
        monkeypatch.delenv(f"MLFLOW_HTTP_REQUEST_{name}", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        **TINY,
        "training.epochs": 1,
        "training.loggers": [{"name": "mlflow", "uri": f"http://127.0.0.1:{port}"}],
    }
    waited = []
    monkeypatch.setattr("urllib3.util.retry.time", SimpleNamespace(sleep=waited.append, time=time.time))
    before = dict(os.environ)
    with pytest.warns(UserWarning, match=f"'begin' of step 0.*127.0.0.1:{port}.* cannot be reached.*refused"):
        zoo.train("tinyssd_shapes", "runs/a", settings)
    assert 0 < sum(waited) < 10
    assert dict(os.environ) == before


def test_what_the_environment_says_of_patience_holds(monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "77")
    monkeypatch.delenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", raising=False)
    with little_patience():
        assert (MLFLOW_HTTP_REQUEST_TIMEOUT.get(), MLFLOW_HTTP_REQUEST_MAX_RETRIES.get()) == (77, 2)
    assert MLFLOW_HTTP_REQUEST_MAX_RETRIES.get() == 7


def test_the_environment_says_where_runs_go(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "theirs").as_uri())
    client_of(None).create_experiment("mine")
    assert client_of(str(tmp_path / "theirs")).get_experiment_by_name("mine")


@pytest.mark.parametrize("name", ["../secret", "a/b", "..", "a\\b"])
def test_files_outside_of_the_run_folder_are_refused(name):
    with pytest.raises(ValueError, match="should be the name of a file of the run folder, without a path"):
        MlflowSettings(artifacts=[name])

"""Trials on a cluster, and what dies there."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import zoo_core as zoo
from tests.tiny import TINY
from tests.tuning.test_command import ZOO, arguments, told
from zoo_core.cli import main

pytest.importorskip("optuna")
pytest.importorskip("ray")

from zoo_core.cluster import trial_worker
from zoo_core.cluster.circumstances import Circumstances, flat_versions
from zoo_core.cluster.shards import ShardWorker
from zoo_core.cluster.training_worker import TrainingWorker
from zoo_core.cluster.worker import RefusedError


@pytest.fixture
def worker(monkeypatch, tmp_path):
    """Of a trial, in this process."""
    monkeypatch.setattr("zoo_core.cluster.worker.remove_temporary_files_at_end", lambda: None)
    monkeypatch.setattr(trial_worker.TrialWorker, "answer", lambda _: ("node", 1))
    monkeypatch.chdir(tmp_path)
    config = zoo.load_config(TINY)
    command = Circumstances.of_split(flat_versions(config, trains=True), "training", zoo.dataset(config, "train"))
    return lambda data: trial_worker.TrialWorker(
        str(tmp_path), {**config.model_dump(mode="json"), "data": data}, command
    )


def test_a_trial_that_cannot_be_kept_has_an_event_all_the_same(worker, monkeypatch):
    """The command waits for one for ever, as long as the process lives."""

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(trial_worker, "trained", full)
    made = worker(TINY["data"])
    assert made.train() == {}
    assert "place" in made.event()
    told = made.event()
    assert (told["how"], "No space left on device" in told["reason"]) == ("failed", True)


def test_a_trial_whose_data_is_not_here_is_refused_with_the_name_of_the_machine(worker):
    made = worker({"name": "voc", "root": "photos"})
    assert made.train() == {}
    [told] = made.event()["differences"]
    assert told.startswith(Circumstances.here({}, "", 0, None).node)
    assert "photos" in told


@pytest.mark.parametrize(
    ("kind", "given"),
    [(TrainingWorker, ({}, {})), (trial_worker.TrialWorker, ({}, None)), (ShardWorker, (b"no work",))],
    ids=str,
)
def test_files_are_meant_from_the_folder_of_the_command(kind, given, monkeypatch, tmp_path):
    """Ray starts workers where it was started itself."""
    monkeypatch.setattr("zoo_core.cluster.worker.remove_temporary_files_at_end", lambda: None)
    monkeypatch.chdir("/")
    made = kind(str(tmp_path), *given)
    with pytest.raises((RefusedError, pickle.UnpicklingError)):
        made.prepare()
    assert Path.cwd() == tmp_path


@pytest.fixture
def begun(cluster, tmp_path):
    """Begins ``zoo ARGUMENTS`` on the cluster; what it says goes to the file ``log``."""
    started = []

    def begin(*given):
        command = [sys.executable, "-c", ZOO, *given, "--cluster", cluster.address, "--parallel", "2"]
        with (tmp_path / "log").open("w") as log:
            started.append(subprocess.Popen(command, env=cluster.shell, stderr=log, stdout=log))
        return started[-1]

    yield begin
    for each in started:
        each.kill()
        each.wait()


@pytest.mark.slow
def test_a_worker_and_then_the_command_are_killed_and_the_study_goes_on(cluster, begun, tmp_path):
    straight, folder, log = tmp_path / "straight", tmp_path / "study", tmp_path / "log"
    assert main(arguments("--out", straight, "--trials", "4", "--no-prune", **{"training.epochs": 4})) == 0
    given = arguments("--out", folder, "--trials", "4", "--no-prune", **{"training.epochs": 4})
    process = begun(*given)
    wait_for(cluster.workers, process, log)
    os.kill(cluster.workers()[0], signal.SIGKILL)
    wait_for(lambda: ": complete" in log.read_text(), process, log)
    process.kill()
    process.wait()
    kept = [each for each in told(folder) if each[2] == "complete"]
    assert kept
    wait_for(lambda: not cluster.left_behind())
    process = begun("tune", str(folder), "--resume")
    assert process.wait(300) == 0, log.read_text()
    assert [each for each in told(folder) if each[:1] in [known[:1] for known in kept]] == kept
    first = told(folder)[:2]  # which were drawn before any had ended
    assert first == told(straight)[:2]
    assert all(each[2] == "complete" for each in told(folder))
    best = json.loads((folder / "results.json").read_text())["best"]
    assert (folder / "trials" / f"{best:04}" / "weights.params").is_file()
    wait_for(lambda: not cluster.left_behind())


def wait_for(condition, process=None, log=None):
    for _ in range(3000):
        if condition():
            return
        assert process is None or process.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(log.read_text() if log else "it did not come")

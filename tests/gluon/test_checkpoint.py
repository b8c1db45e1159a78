"""A training that is stopped and goes on ends where it would have ended."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.cli import main
from zoo_core.errors import RunError
from zoo_core.params_file import read_params

QUICK = {
    "data.train_images": 16,
    "data.validation_images": 2,
    "training.batch_size": 4,
    "training.epochs": 4,
    "training.warmup_steps": 6,
}


class StoppedError(Exception):
    """What the watcher of a training raises to stop it."""


def stop_at(number):
    def watch(step):
        if step.number == number:
            raise StoppedError

    return watch


@pytest.fixture(params=["sgd", "adam"])
def optimizer(request):
    return {"training.optimizer": request.param, "training.learning_rate": 0.01}


def weights_of(folder):
    return read_params(folder / "weights.params")


def assert_same(first, second):
    assert first.keys() == second.keys()
    for name, values in first.items():
        np.testing.assert_array_equal(values, second[name], err_msg=name)


def test_stopped_in_the_third_epoch_and_resumed_is_bit_for_bit_straight(tmp_path, optimizer):
    straight = zoo.train("tinyssd_shapes", tmp_path / "straight", {**QUICK, **optimizer})
    with pytest.raises(StoppedError):
        zoo.train("tinyssd_shapes", tmp_path / "stopped", {**QUICK, **optimizer}, watch=stop_at(11))
    resumed = zoo.resume(tmp_path / "stopped")
    assert_same(weights_of(straight.folder), weights_of(resumed.folder))
    epochs = [json.loads(line)["epoch"] for line in resumed.log.read_text().splitlines()]
    assert epochs == [1, 2, 3, 4]
    assert json.loads(resumed.metrics.read_text())["classes"] == json.loads(straight.metrics.read_text())["classes"]


def test_weights_alone_would_end_elsewhere(tmp_path, optimizer):
    """What GluonCV's --resume does: the weights are read, momentum and schedule begin anew."""
    straight = zoo.train("tinyssd_shapes", tmp_path / "straight", {**QUICK, **optimizer})
    with pytest.raises(StoppedError):
        zoo.train("tinyssd_shapes", tmp_path / "stopped", {**QUICK, **optimizer}, watch=stop_at(9))
    rest = {**QUICK, **optimizer, "training.epochs": 2, "weights.source": str(tmp_path / "stopped")}
    anew = zoo.train("tinyssd_shapes", tmp_path / "anew", rest)
    name = "backbone.blocks.0.0.weight"
    assert (weights_of(anew.folder)[name] != weights_of(straight.folder)[name]).any()


def test_killed_at_any_moment_it_goes_on_from_a_whole_checkpoint(tmp_path):
    straight = zoo.train("tinyssd_shapes", tmp_path / "straight", QUICK)
    folder = tmp_path / "killed"
    sets = [part for key, value in QUICK.items() for part in ("--set", f"{key}={value}")]
    program = [str(Path(sys.executable).with_name("zoo")), "train", "tinyssd_shapes", "--out", str(folder), *sets]
    process = subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (folder / "checkpoint.params").is_file() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert main(["train", str(folder), "--resume"]) == 0
    assert_same(weights_of(straight.folder), weights_of(folder))
    assert not (folder / "checkpoint.params").exists()


def test_what_cannot_be_resumed_is_told(tmp_path, capsys):
    run = zoo.train("tinyssd_shapes", tmp_path / "run", {**QUICK, "training.epochs": 1})
    with pytest.raises(RunError, match="training has ended here; there is nothing to resume"):
        zoo.resume(run.folder)
    (run.folder / "checkpoint.params").write_bytes(run.weights.read_bytes())
    with pytest.raises(RunError, match="weights, but no checkpoint"):
        zoo.resume(run.folder)
    (run.folder / "checkpoint.params").write_bytes(run.weights.read_bytes()[:-7])
    with pytest.raises(RunError, match="damaged"):
        zoo.resume(run.folder)
    assert main(["train", str(run.folder), "--resume", "--set", "training.epochs=9"]) == 2
    assert "a training goes on as it began" in capsys.readouterr().err


def test_a_checkpoint_of_another_optimiser_is_told(tmp_path):
    with pytest.raises(StoppedError):
        zoo.train("tinyssd_shapes", tmp_path / "run", QUICK, watch=stop_at(5))
    config = tmp_path / "run" / "config.yaml"
    config.write_text(config.read_text().replace("optimizer: sgd", "optimizer: adam"))
    with pytest.raises(RunError, match="the state of another optimiser"):
        zoo.resume(tmp_path / "run")

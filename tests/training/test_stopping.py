"""A program that is killed, interrupted or out of room loses nothing, and goes on to the same weights."""

import json
import signal

import pytest

import zoo_core as zoo
from zoo_core.cli import main
from zoo_core.training.checkpoints import Checkpoints

SLOW = pytest.mark.slow


@pytest.fixture(scope="module")
def settings(tiny):
    return tiny(checkpoints__every_steps=5, checkpoints__keep=2, log_every=1)


@pytest.fixture(scope="module")
def straight(tmp_path_factory, settings):
    """The file of weights of a training that nothing stopped."""
    return zoo.train("tinyssd_shapes", tmp_path_factory.mktemp("runs") / "straight", settings).weights.read_bytes()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "run"


@pytest.fixture
def command(folder, settings):
    """The words after ``zoo`` that train."""
    sets = [f"--set={key}={json.dumps(value)}" for key, value in settings.items()]
    return ["train", "tinyssd_shapes", "--out", folder, *sets]


def last_step(folder):
    return Checkpoints(folder / "checkpoints").last().step


def logged_steps(folder):
    entries = map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())
    return [entry["step"] for entry in entries if entry["kind"] == "steps"]


def assert_goes_on_to(straight, folder):
    assert main(["train", str(folder), "--resume"]) == 0
    assert (folder / "weights.params").read_bytes() == straight
    assert logged_steps(folder) == [*range(1, 17)]


def line_with(text, stream):
    return next(line for line in stream if text in line)


@pytest.mark.slow
def test_killed_in_the_middle_of_the_third_epoch_it_goes_on_to_the_same_bits(held, command, folder, straight):
    training = held(11, *command)  # of 4 steps an epoch
    training.kill()
    assert training.wait() == -signal.SIGKILL
    assert last_step(folder) == 10
    assert_goes_on_to(straight, folder)


@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)]
)
def test_interrupted_once_it_finishes_the_step_and_saves(held, command, folder, straight, sent, code):
    training = held(11, *command)
    training.send_signal(sent)
    assert line_with("stopping after this step; press Ctrl-C again to stop immediately", training.stderr)
    error = training.communicate("go on\n")[1]
    assert f"everything is saved up to step 11; continue with: zoo train {folder} --resume" in error
    assert "Traceback" not in error
    assert training.returncode == code
    assert last_step(folder) == logged_steps(folder)[-1] == 11
    assert_goes_on_to(straight, folder)


@pytest.mark.slow
@pytest.mark.parametrize(("second", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_interrupted_twice_it_stops_at_once(held, command, folder, second, code):
    training = held(12, *command)
    training.send_signal(signal.SIGINT)
    assert line_with("stopping after this step", training.stderr)
    training.send_signal(second)
    assert training.wait() == code  # nothing told it to go on with its step
    assert last_step(folder) == 10
    error = training.stderr.read()
    assert "Traceback" not in error
    assert ("everything is saved up to step 10; continue with: zoo train" in error) == (second == signal.SIGINT)

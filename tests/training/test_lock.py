"""Of two trainings in one folder one goes on, and the other is told of it."""

import os
import re

import pytest

import zoo_core as zoo
from zoo_core.cli import main
from zoo_core.common.errors import RunError
from zoo_core.config.run_folder import new_folder
from zoo_core.training import running
from zoo_core.training.lock import TrainingLock
from zoo_core.training.run import Run


@pytest.fixture
def command(tmp_path, tiny):
    return [
        "train",
        "tinyssd_shapes",
        "--out",
        tmp_path / "run",
        *(f"--set={k}={v}" for k, v in tiny(epochs=2).items()),
    ]


@pytest.mark.slow
def test_a_second_training_in_a_folder_is_refused_while_the_first_lives(held, command, tmp_path, capsys):
    first = held(5, *command)
    told = rf"run: process {first.pid} is already training there; wait until it ends, or stop it"
    for second in (list(map(str, command)), ["train", str(tmp_path / "run"), "--resume"]):
        assert main(second) == 2
        assert re.search(told, capsys.readouterr().err)
    first.kill()
    first.wait()
    zoo.resume(tmp_path / "run")  # its lock died with it


def test_two_that_begin_at_once_do_not_both_get_an_empty_folder(tmp_path, tiny, monkeypatch):
    """Both saw that the folder was empty; one was a moment faster."""
    config = zoo.load_config("tinyssd_shapes", tiny())
    faster = {}

    def lock(file):
        if not faster:
            faster["lock"] = None
            faster["lock"] = running._new_run(config, tmp_path / "run")[1]
        return TrainingLock(file)

    monkeypatch.setattr(running, "TrainingLock", lock)
    with pytest.raises(RunError, match=f"process {os.getpid()} is already training there"):
        running._new_run(config, tmp_path / "run")
    faster["lock"].release()
    running._new_run(config, tmp_path / "run")[1].release()  # what made no step is used again


def test_a_folder_with_files_of_others_gets_no_lock_and_is_refused_before_data_is_read(tmp_path, tiny, monkeypatch):
    (tmp_path / "letter.txt").touch()
    monkeypatch.setattr(running, "dataset", None)
    with pytest.raises(RunError, match="is not empty; name a new folder"):
        zoo.train("tinyssd_shapes", tmp_path, tiny())
    assert [each.name for each in tmp_path.iterdir()] == ["letter.txt"]


def test_an_ended_training_holds_nothing(tmp_path, tiny):
    def stop(step):
        raise KeyError(step.number)

    for stopped in (False, True):
        folder = tmp_path / str(stopped)
        if stopped:
            with pytest.raises(KeyError):
                zoo.train("tinyssd_shapes", folder, tiny(epochs=1), watch=stop)
        else:
            zoo.train("tinyssd_shapes", folder, tiny(epochs=1))
        TrainingLock(Run(folder, zoo.load_config("tinyssd_shapes")).lock).release()


def test_what_holds_a_lock_without_a_number_is_another_process(tmp_path):
    file = tmp_path / "folder" / ".lock"
    lock = TrainingLock(file)
    file.write_text("")
    with pytest.raises(RunError, match="folder: another process is already training there"):
        TrainingLock(file)
    lock.release()
    TrainingLock(file).release()


def test_trainings_that_begin_in_the_same_second_get_a_folder_each(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("time.strftime", lambda _: "20260203-040506")
    names = [new_folder().name for _ in range(3)]
    assert names == ["20260203-040506", "20260203-040506-2", "20260203-040506-3"]
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    (tmp_path / "other" / "runs").touch()
    with pytest.raises(RunError, match=r"runs: cannot be (made|written)"):
        running._new_run(zoo.load_config("tinyssd_shapes"), None)

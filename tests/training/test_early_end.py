"""A training that ends before its first step leaves its folder as it was."""

from __future__ import annotations

import pytest

import zoo_core as zoo
from zoo_core.cli import main
from zoo_core.training import running
from zoo_core.training.loop import TrainingLoop


@pytest.fixture
def train(tiny, tmp_path):
    """Trains in the folder ``run``, as a command."""

    def run(*words, **training):
        sets = [f"--set={key}={value}" for key, value in tiny(**{"epochs": 1, **training}).items()]
        return main(["train", "tinyssd_shapes", "--out", str(tmp_path / "run"), *sets, *words])

    return run


@pytest.mark.parametrize("board", [pytest.param(False, marks=pytest.mark.slow), True])
def test_what_fails_in_the_first_step_leaves_nothing(train, tmp_path, monkeypatch, capsys, board):
    def fail(*_):
        raise zoo.DatasetError("p.jpg: is damaged")

    with monkeypatch.context() as patched:
        patched.setattr(TrainingLoop, "_make_step", fail)
        assert train(tensorboard=str(board).lower()) == 2
    assert "p.jpg: is damaged" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
    assert train() == 0
    out = capsys.readouterr().out
    assert f"4 steps of 4 images with MXNet on cpu; the results go to {tmp_path / 'run'}" in out
    assert f"zoo eval {tmp_path / 'run'} --report FOLDER" in out


@pytest.mark.parametrize(
    ("words", "training"), [(["--debug-batch", "99"], {}), (["--weights", "nowhere.params"], {}), ([], {"epochs": 0})]
)
def test_what_fails_before_leaves_nothing_either(train, tmp_path, capsys, words, training):
    (tmp_path / "run").mkdir()
    assert train(*words, **training) != 0
    capsys.readouterr()
    assert not (tmp_path / "run").exists() or not list((tmp_path / "run").iterdir())


def test_memory_that_runs_out_while_the_session_is_made_leaves_nothing(train, tmp_path, monkeypatch, capsys):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(running.TrainingSession, "__init__", fail)
    assert train() == 1
    assert "not enough memory" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_a_start_that_was_killed_is_begun_anew_and_what_is_not_ours_is_not(tiny, tmp_path):
    config = zoo.load_config("tinyssd_shapes", tiny())
    folder = tmp_path / "run"
    running.Run.create(zoo.load_config(config, {"training.epochs": 2}), folder)
    (folder / "batch-00000001.png").touch()
    assert running.Run.create(config, folder).config == config
    assert zoo.load_config(folder / "config.yaml") == config
    (folder / "versions.json").unlink()  # so a file of the user's own may stand there
    with pytest.raises(zoo.RunError, match="is not empty"):
        running.Run.create(config, folder)
    running.Run.create(config, tmp_path / "other").weights.touch()
    with pytest.raises(zoo.RunError, match="is not empty"):
        running.Run.create(config, tmp_path / "other")

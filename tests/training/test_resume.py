"""A training that is stopped and goes on ends where it would have ended."""

import json
import shutil
import warnings
from dataclasses import replace

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.cli import main
from zoo_core.common.errors import RunError
from zoo_core.engines.params_file import read_params
from zoo_core.training import running
from zoo_core.training.checkpoints import Checkpoint


class StoppedError(Exception):
    """What the watcher of a training raises to stop it."""


def stop_at(number):
    def watch(step):
        if step.number == number:
            raise StoppedError

    return watch


def weights_of(folder):
    return read_params(folder / "weights.params")


def assert_same(first, second):
    assert first.keys() == second.keys()
    for name, values in first.items():
        np.testing.assert_array_equal(values, second[name], err_msg=name)


def entries(run, *keys):
    return [tuple(json.loads(line).get(key) for key in keys) for line in run.log.read_text().splitlines()]


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"optimizer": "sgd"}, marks=pytest.mark.slow),
        pytest.param({"optimizer": "nag", "schedule": "poly"}, marks=pytest.mark.slow),
        pytest.param({"optimizer": "adam", "accumulate": 3}, marks=pytest.mark.slow),
        pytest.param({"optimizer": "adamw", "schedule": "step", "clip_norm": 1.0}, marks=pytest.mark.slow),
        pytest.param({"optimizer": "adam", "parts": 2}, marks=pytest.mark.slow),
        {"optimizer": {"name": "sgd", "momentum": 0}, "ema_decay": 0.9, "score_every": 1},
    ],
    ids="-".join,
)
def test_stopped_in_the_middle_of_the_third_epoch_and_resumed_is_bit_for_bit_straight(tmp_path, tiny, settings):
    overrides = tiny(**settings, checkpoints__every_steps=5, log_every=3)
    straight = zoo.train("tinyssd_shapes", tmp_path / "straight", overrides)
    stop = 4 if settings.get("accumulate") else 11
    with pytest.raises(StoppedError):
        zoo.train("tinyssd_shapes", tmp_path / "stopped", overrides, watch=stop_at(stop))
    steps = []
    resumed = zoo.resume(tmp_path / "stopped", watch=steps.append)
    assert steps[0].number == (4 if settings.get("accumulate") else 11)  # from a checkpoint in the middle of an epoch
    assert_same(weights_of(straight.folder), weights_of(resumed.folder))
    # What was measured is the same too, each thing once.
    for keys in (("kind", "step", "epoch", "class_loss", "learning_rate"), ("map_voc07",)):
        assert entries(resumed, *keys) == entries(straight, *keys)
    assert json.loads(resumed.metrics.read_text())["classes"] == json.loads(straight.metrics.read_text())["classes"]


@pytest.mark.slow
def test_weights_alone_would_end_elsewhere(tmp_path, tiny):
    """What GluonCV's --resume does: the weights are read, momentum and schedule begin anew."""
    straight = zoo.train("tinyssd_shapes", tmp_path / "straight", tiny(epochs=2))
    with pytest.raises(StoppedError):
        zoo.train("tinyssd_shapes", tmp_path / "stopped", tiny(epochs=2), watch=stop_at(5))
    rest = {**tiny(epochs=1), "weights.source": str(tmp_path / "stopped")}
    anew = zoo.train("tinyssd_shapes", tmp_path / "anew", rest)
    name = "backbone.blocks.0.0.weight"
    assert (weights_of(anew.folder)[name] != weights_of(straight.folder)[name]).any()


@pytest.fixture(scope="module")
def stopped(tmp_path_factory, tiny):
    """A training that was stopped in its second epoch."""
    folder = tmp_path_factory.mktemp("runs") / "stopped"
    with pytest.raises(StoppedError):
        zoo.train("tinyssd_shapes", folder, tiny(checkpoints__keep=2, checkpoints__every_steps=3), watch=stop_at(7))
    return folder


@pytest.fixture
def copied(stopped, tmp_path):
    return shutil.copytree(stopped, tmp_path / "run")


def test_a_training_that_has_ended_cannot_go_on(tmp_path, tiny, capsys):
    run = zoo.train("tinyssd_shapes", tmp_path / "run", tiny(epochs=1))
    with pytest.raises(RunError, match=r"nothing to resume. To train further, begin .* --weights .*run"):
        zoo.resume(run.folder)
    assert main(["train", str(run.folder), "--resume", "--set", "training.epochs=9"]) == 2
    told = "with --resume only data.root, engine, device, training.precision can be set, not training.epochs"
    assert told in capsys.readouterr().err


def test_a_damaged_checkpoint_is_told_with_the_one_before_it(copied):
    before, last = sorted((copied / "checkpoints").iterdir())
    last.write_bytes(last.read_bytes()[:-7])
    with pytest.raises(RunError, match=rf"damaged.*remove it to continue from {before.name}"):
        zoo.resume(copied)
    last.unlink()
    zoo.resume(copied)


def test_what_a_kill_left_half_written_is_removed(copied):
    left_over = [copied / ".weights.params.77.new", copied / "checkpoints" / ".step-00000001.params.77.new"]
    for path in left_over:
        path.touch()
    zoo.resume(copied)
    assert not [path for path in left_over if path.exists()]


def test_weights_that_are_no_checkpoint_are_told(copied):
    for path in (copied / "checkpoints").iterdir():
        path.write_bytes((copied / "weights.params").read_bytes())
    with pytest.raises(RunError, match="weights, but not a checkpoint"):
        zoo.resume(copied)


def test_a_training_without_a_checkpoint_is_told(copied):
    shutil.rmtree(copied / "checkpoints")
    with pytest.raises(RunError, match="stopped before its first checkpoint; start again"):
        zoo.resume(copied)


def test_a_checkpoint_of_another_optimiser_is_told(copied):
    config = copied / "config.yaml"
    config.write_text(config.read_text().replace("name: sgd\n    momentum: 0.9", "name: adam"))
    with pytest.raises(RunError, match="the state of another optimiser"):
        zoo.resume(copied)


def test_a_setting_that_the_checkpoint_did_not_know_is_no_change(copied):
    """Its default is what was done before there was the setting."""
    latest = max((copied / "checkpoints").iterdir())
    found = Checkpoint.read(latest)
    config = {key: value for key, value in found.state["config"].items() if key != "resize"}
    replace(found, state={**found.state, "config": config}).write(latest)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert running.resume(copied).changes == []


def test_other_settings_and_versions_than_those_of_the_checkpoint_are_told(copied):
    config = copied / "config.yaml"
    config.write_text(config.read_text().replace("epochs: 4", "epochs: 2"))
    with pytest.warns(UserWarning, match=r"config: training.epochs was 4 when the checkpoint was made, but is 2 now"):
        zoo.resume(copied)


# In the first epoch, and after the last checkpoint.
@pytest.mark.parametrize("number", [pytest.param(3, marks=pytest.mark.slow), 8])
def test_what_describes_a_run_is_written_again_when_it_was_deleted_meanwhile(tmp_path, tiny, number):
    files = [tmp_path / "run" / name for name in ("config.yaml", "versions.json")]
    described = {}

    def delete(step):
        if step.number == number:
            described.update((file, file.read_text()) for file in files)
            for file in files:
                file.unlink()

    zoo.train("tinyssd_shapes", tmp_path / "run", tiny(epochs=2), watch=delete)
    assert {file: file.read_text() for file in files} == described
    assert zoo.load(tmp_path / "run").class_names == ("circle", "square", "triangle")


@pytest.fixture(scope="module")
def stopped_there(tmp_path_factory, write_voc, tiny):
    """A training on a folder ``data`` beside it, stopped in its second epoch."""
    folder = tmp_path_factory.mktemp("on_files")
    settings = {key: value for key, value in tiny().items() if not key.startswith("data.")}
    root = write_voc(folder / "data", OBJECTS)
    data = {"name": "voc", "root": str(root), "train": ["trainval"], "validation": ["test"]}
    settings |= {"classes": ["circle"], "data": data}
    with pytest.raises(StoppedError):
        zoo.train("tinyssd_shapes", folder / "run", settings, watch=stop_at(3))
    return folder / "run"


OBJECTS = {f"p{number}": [("circle", (1, 1, 40, 40))] for number in range(8)}


@pytest.fixture
def stopped_on_files(stopped_there, write_voc, tmp_path):
    """A copy of that training; and what writes its folder of images with changes."""

    def write(**changed):
        root = stopped_there.with_name("data")
        shutil.rmtree(root, ignore_errors=True)
        return write_voc(root, {**OBJECTS, **changed})

    write()
    return shutil.copytree(stopped_there, tmp_path / "run"), write


def test_data_that_is_as_it_was_is_not_spoken_of(stopped_on_files):
    assert not running.resume(stopped_on_files[0]).changes


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"p9": [("circle", (1, 1, 40, 40))]},
            "data: the train set had 8 images when the checkpoint was made, and now 9",
        ),
        (
            {"p3": [("circle", (1, 1, 40, 41))]},
            "data: the train set has different image names or objects than when the checkpoint was made",
        ),
        (
            {"p3": []},
            "data: the train set has different image names or objects than when the checkpoint was made",
        ),
    ],
)
def test_data_that_has_changed_is_told(stopped_on_files, changed, message):
    folder, write = stopped_on_files
    write(**changed)
    ready = running.resume(folder)
    assert message in ready.changes
    assert message.replace("train set", "validation set") in ready.changes


def test_a_checkpoint_of_a_former_version_knows_nothing_of_its_data(stopped_on_files):
    folder, write = stopped_on_files
    write(p9=[])
    (path,) = (folder / "checkpoints").iterdir()
    checkpoint = Checkpoint.read(path)
    state = {key: value for key, value in checkpoint.state.items() if key != "data"}
    Checkpoint(checkpoint.arrays, state).write(path)
    assert not running.resume(folder).changes


def test_a_run_whose_data_has_moved_is_told_where_it_is(stopped_on_files, tmp_path, capsys):
    folder, write = stopped_on_files
    write().rename(tmp_path / "moved")
    assert main(["train", str(folder), "--resume"]) == 2
    error = capsys.readouterr().err
    assert f"say where it is now: zoo train {folder} --resume --set data.root=FOLDER" in error
    arguments = ["train", str(folder), "--resume", "--set"]
    assert main([*arguments, f"data.root={tmp_path / 'nowhere'}"]) == 2
    assert "no such folder" in capsys.readouterr().err
    assert str(tmp_path / "nowhere") not in (folder / "config.yaml").read_text()
    assert main([*arguments, f"data.root={tmp_path / 'moved'}"]) == 0
    assert "data.root was" in capsys.readouterr().err
    assert main(["eval", str(folder)]) == 0  # from then on it is that of the run


def test_data_without_a_folder_cannot_move(copied):
    with pytest.raises(zoo.ConfigError, match=r"data\.root: unknown setting"):
        zoo.resume(copied, data_root="/somewhere")

"""Who watches a training is told all of it; one that fails is named, and the training is the same."""

from __future__ import annotations

import json
import os
import signal
import sys
import warnings
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Literal

import pytest

import zoo_core as zoo
from zoo_core.cli import main
from zoo_core.config.training import TrainingSettings
from zoo_core.engines.params_file import read_params
from zoo_core.parts.components import Component, LoggerSettings
from zoo_core.plugin_api import TrainingWatcher, hookimpl
from zoo_core.registry.registry import Registry, default_registry
from zoo_core.training.events import BeginEvent, StepEvent
from zoo_core.training.log import logged
from zoo_core.training.watchers import watchers_of


class NotesSettings(LoggerSettings):
    """Notes all events.

    Source: nobody.
    """

    name: Literal["notes"] = "notes"
    fails_at: str = ""
    """Method that raises."""
    error: str = "ValueError"
    """What it raises."""


class Notes(TrainingWatcher):
    """Keeps what it is told; the list is of the class, so that a test finds it."""

    told: list

    def __init__(self, settings=None):
        self.settings = settings or NotesSettings()

    def note(self, event):
        type(self).told.append(event)
        if event.method == self.settings.fails_at:
            raise getattr(sys.modules["builtins"], self.settings.error)("no such server")

    begin = step = means = epoch = score = checkpoint = end = note


@pytest.fixture
def told(monkeypatch):
    """Registers the logger ``notes``; what it was told."""
    register(monkeypatch, zoo_components=lambda: [Component(NotesSettings, "note_taking:Notes")])
    return Notes.told


def register(monkeypatch, **hooks):
    monkeypatch.setattr(Notes, "told", [], raising=False)
    module = ModuleType("note_taking")
    module.Notes = Notes
    monkeypatch.setitem(sys.modules, "note_taking", module)
    registry = Registry()
    registry.discover()
    registry.register(SimpleNamespace(**{name: hookimpl(hook) for name, hook in hooks.items()}), "notes")
    for home in [each for name, each in sys.modules.items() if name.startswith("zoo_core.")]:
        if vars(home).get("default_registry") is default_registry:
            monkeypatch.setattr(home, "default_registry", lambda: registry)


def methods(events):
    return [each.method for each in events]


def same_weights(one, other):
    one, other = read_params(one.weights), read_params(other.weights)
    return one.keys() == other.keys() and all((one[name] == other[name]).all() for name in one)


def test_everything_that_happens_is_told_in_order(told, tiny, tmp_path):
    settings = tiny(epochs=2, score_every=2, log_every=3, loggers=["notes"])
    run = zoo.train("tinyssd_shapes", tmp_path / "run", settings)
    begin, *others, end = told
    assert methods(told) == [
        *("begin", "step", "step", "step", "means", "step", "epoch", "checkpoint"),
        *("step", "step", "means", "step", "step", "epoch", "checkpoint", "score", "end"),
    ]
    assert (begin.step, begin.epoch, begin.steps, begin.folder) == (0, 1, 8, run.folder.absolute())
    assert (begin.train_images, begin.validation_images, begin.config) == (16, 2, run.config)
    steps = [each for each in others if each.method == "step"]
    assert [(each.step, each.epoch, each.ends_epoch) for each in steps] == [
        (number, 1 + number // 5, number % 4 == 0) for number in range(1, 9)
    ]
    means = [each for each in others if each.method in ("means", "epoch")]
    lines = [line for line in logged(run.log) if line["kind"] != "score"]
    assert [{"step": each.step, "epoch": each.epoch, **each.measured} for each in means] == [
        {key: value for key, value in line.items() if key != "kind"} for line in lines
    ]
    (score,) = (each for each in others if each.method == "score")
    metrics = json.loads(run.metrics.read_text())
    known = {
        name: value
        for name, value in {"map_voc07": metrics["map_voc07"], **metrics["coco"]}.items()
        if value is not None
    }
    assert (score.step, score.epoch) == (8, 2)
    assert known.items() <= score.scores.items()
    assert None not in score.scores.values()
    assert all(each.path.is_file() for each in others[-4:] if each.method == "checkpoint")
    assert (end.outcome, end.error, end.step, end.epoch) == ("finished", None, 8, 2)
    assert end.scores == score.scores


def test_a_training_of_torch_is_told_the_same(told, tiny, tmp_path):
    pytest.importorskip("torch")
    settings = {**tiny(epochs=1, log_every=3), "engine": "torch"}
    plain = zoo.train("tinyssd_shapes", tmp_path / "plain", settings)
    watched = zoo.train("tinyssd_shapes", tmp_path / "watched", {**settings, "training.loggers": ["notes"]})
    assert methods(told) == ["begin", "step", "step", "step", "means", "step", "epoch", "checkpoint", "end"]
    assert same_weights(plain, watched)


def test_one_that_fails_is_named_and_the_training_is_the_same(told, tiny, tmp_path):
    failing = {"name": "notes", "fails_at": "step"}
    plain = zoo.train("tinyssd_shapes", tmp_path / "plain", tiny(epochs=1))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run = zoo.train("tinyssd_shapes", tmp_path / "run", tiny(epochs=1, loggers=[failing, "notes"]))
    assert [str(each.message) for each in caught] == [
        "logger 'notes' failed at 'step' of step 1, and is set aside while training goes on: ValueError: no such server"
    ]
    assert methods(told) == ["begin", "begin", *["step"] * 5, "epoch", "checkpoint", "end"]  # the other is told all
    assert same_weights(plain, run)


def test_whatever_the_moment_in_which_it_fails(told, tiny, tmp_path, capsys):
    moments = {"begin": 0, "means": 4, "epoch": 4, "checkpoint": 4, "score": 4, "end": 4}
    loggers = [{"name": "notes", "fails_at": method} for method in moments]
    settings = tiny(epochs=1, score_every=1, log_every=4, loggers=loggers)
    sets = [f"--set={key}={json.dumps(value)}" for key, value in settings.items()]
    assert main(["train", "tinyssd_shapes", "--out", str(tmp_path / "run"), *sets]) == 0
    fate = "and is set aside while training goes on: ValueError: no such server"
    said = [line for line in capsys.readouterr().err.splitlines() if "notes" in line]
    assert said == [
        f"zoo: logger 'notes' failed at {method!r} of step {step}, {fate}" for method, step in moments.items()
    ]
    assert methods(told).count("end") == 1


STEP = StepEvent(1, 1, 8, ends_epoch=False, images=4, learning_rate=0.01, class_loss=1, box_loss=1, seconds=1, waited=0)


@pytest.mark.parametrize("error", ["SystemExit", "KeyboardInterrupt", "GeneratorExit", "MemoryError"])
@pytest.mark.usefixtures("told")
def test_whatever_it_raises_is_its_own_while_no_signal_has_come(error):
    logger = {"name": "notes", "fails_at": "step", "error": error}
    watchers, warned = watchers_of(TrainingSettings(loggers=[logger])), []
    watchers.warn, watchers.is_ending = warned.append, lambda: False
    watchers.tell(STEP)
    watchers.tell(STEP)
    assert len(warned) == 1
    assert warned[0].endswith(f"set aside while training goes on: {error}: no such server")


@pytest.mark.usefixtures("told")
def test_the_second_ctrl_c_ends_the_training_whoever_works_at_the_time():
    logger = {"name": "notes", "fails_at": "step", "error": "KeyboardInterrupt"}
    watchers = watchers_of(TrainingSettings(loggers=[logger]))
    watchers.is_ending = lambda: True
    with pytest.raises(KeyboardInterrupt):
        watchers.tell(STEP)


def test_a_resumed_training_begins_where_it_was_stopped(told, tiny, tmp_path):
    class StoppedError(Exception):
        pass

    def stop(step):
        if step.number == 6:
            raise StoppedError("enough")

    folder = tmp_path / "run"
    with pytest.raises(StoppedError):
        zoo.train("tinyssd_shapes", folder, tiny(epochs=2, loggers=["notes"]), watch=stop)
    assert (told[-1].outcome, told[-1].error, told[-1].step) == ("failed", "StoppedError: enough", 6)
    told.clear()
    zoo.resume(folder)
    begin, first, *_, end = told
    assert (begin.step, begin.epoch, begin.steps, first.step, end.outcome) == (4, 1, 8, 5, "finished")


def test_ctrl_c_stops_the_training_and_not_the_watching(told, tiny, tmp_path):
    def interrupt(step):
        if step.number == 3:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        zoo.train("tinyssd_shapes", tmp_path / "run", tiny(epochs=1, loggers=["notes"]), watch=interrupt)
    assert methods(told)[-2:] == ["checkpoint", "end"]
    assert (told[-1].outcome, told[-1].step) == ("stopped", 3)


def test_a_training_without_a_step_is_not_told(told, tiny, tmp_path, monkeypatch):
    def fail(*_):
        raise zoo.DatasetError("p.jpg: is damaged")

    monkeypatch.setattr("zoo_core.training.loop.TrainingLoop._make_step", fail)
    with pytest.raises(zoo.DatasetError):
        zoo.train("tinyssd_shapes", tmp_path / "run", tiny(loggers=["notes"]))
    assert told == []
    assert not (tmp_path / "run").exists()


# Watchers of plugins


def test_every_training_is_watched_by_plugins_that_want_to(monkeypatch, tiny, tmp_path):
    register(monkeypatch, zoo_training_events=lambda: ["note_taking:Notes"])
    zoo.train("tinyssd_shapes", tmp_path / "run", tiny(epochs=1))
    assert (methods(Notes.told)[0], methods(Notes.told)[-1]) == ("begin", "end")


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("note_taking:Nothing", "it is to be made by 'note_taking:Nothing', which does not exist"),
        ("no_such_module:Watcher", "it is to be made by 'no_such_module:Watcher', which does not exist"),
        ("builtins:dict", "watcher 'builtins:dict' of plugin 'notes' should be a TrainingWatcher, not dict"),
        ("os:kill", "TypeError: kill() takes exactly 2"),
    ],
)
def test_one_that_cannot_be_made_is_named_once_and_the_others_watch(monkeypatch, target, says):
    register(monkeypatch, zoo_training_events=lambda: [target, "note_taking:Notes"])
    watchers, warned = watchers_of(TrainingSettings()), []
    watchers.warn = warned.append
    watchers.begin = BeginEvent(0, 1, Path(), None, 8, 16, 2)
    watchers.tell(STEP)
    watchers.tell(STEP)
    (message,) = warned
    assert message.startswith(f"watcher {target!r} of plugin 'notes' cannot be made, and is set aside while training")
    assert says in message
    assert methods(Notes.told) == ["begin", "step", "step"]


# Loggers of a configuration


def test_a_logger_that_cannot_be_made_is_told_before_the_training(told, tiny, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "note_taking", None)
    with pytest.raises(zoo.PluginError, match="logger 'notes' is to be made by 'note_taking:Notes', which does not"):
        zoo.train("tinyssd_shapes", tmp_path / "run", tiny(loggers=["notes"]))
    assert not (tmp_path / "run").exists()
    assert told == []


def test_the_former_setting_and_the_logger_are_one(tiny):
    def of(**training):
        return [each.name for each in zoo.load_config("tinyssd_shapes", tiny(**training)).training.all_loggers()]

    assert of() == []
    assert (
        of(tensorboard=True)
        == of(loggers=["tensorboard"])
        == of(tensorboard=True, loggers=["tensorboard"])
        == ["tensorboard"]
    )


@pytest.mark.parametrize(
    ("loggers", "message"),
    [
        (["tensorbord"], "no logger is named 'tensorbord'; did you mean 'tensorboard'?"),
        (["tensorboard", {"name": "tensorboard"}], "'tensorboard' is there twice with equal settings"),
        ([{"name": "tensorboard", "every": 3}], r"training\.loggers\[0\]\.every: unknown setting"),
        ("tensorboard", r"training\.loggers: should be a list"),
    ],
)
def test_what_is_not_a_list_of_loggers_is_refused(tiny, loggers, message):
    with pytest.raises(zoo.ConfigError, match=message):
        zoo.load_config("tinyssd_shapes", tiny(loggers=loggers))


def test_tensorboard_hides_the_steps_that_are_made_again(tiny, tmp_path, monkeypatch):
    from tensorboardX.proto.event_pb2 import Event

    monkeypatch.setattr("tensorboardX.event_file_writer.time.time", lambda: 1.8e9)  # which names the file
    folder = tmp_path / "run"
    with pytest.raises(ZeroDivisionError):
        zoo.train(
            "tinyssd_shapes", folder, tiny(epochs=2, loggers=["tensorboard"]), watch=lambda step: 1 / (6 - step.number)
        )
    (first,) = (folder / "tensorboard").iterdir()
    zoo.resume(folder)
    (second,) = set((folder / "tensorboard").iterdir()) - {first}
    assert Event(step=5, session_log={"status": 1}).SerializeToString()[-4:] in second.read_bytes()

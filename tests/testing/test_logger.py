"""Every check of loggers catches one that breaks it."""

from __future__ import annotations

import os
import random
import signal
import threading
from pathlib import Path

import numpy as np
import pytest

from zoo_core.config.loggers import TensorBoardSettings
from zoo_core.testing import LoggerContract
from zoo_core.training.events import TrainingWatcher


def logger(**methods):
    """Makes a logger of functions that are called with it and an event."""
    return lambda _: type("Mutant", (TrainingWatcher,), methods)()


def forgets_that_scores_can_be_undefined(self, event):  # noqa: ARG001
    return event.scores["map_voc07"]


def counts_on_a_step(self, event):
    if event.outcome == "finished":
        self.steps += 1


def opens(self, event):  # noqa: ARG001
    self.file = Path("log.txt").open("a")  # noqa: SIM115


def closes_what_is_finished(self, event):
    if event.outcome == "finished":
        self.file.close()


def works_in_a_thread(self, event):  # noqa: ARG001
    self.ended = threading.Event()
    threading.Thread(target=self.ended.wait, args=(30,), name="sends", daemon=True).start()


def writes_when_made(_):
    Path("log.txt").write_text("begin")
    return TrainingWatcher()


def says(self, event):  # noqa: ARG001
    object.__setattr__(event, "epoch", event.epoch + 1)


MUTANTS = [
    ("test_watches_any_training", "should be a TrainingWatcher, not a list", lambda _: []),
    (
        "test_watches_any_training",
        "it fails: KeyError: 'map_voc07'",
        logger(score=forgets_that_scores_can_be_undefined),
    ),
    (
        "test_watches_any_training",
        "goes on after step 0 and is finished at step 6, .*steps",
        logger(end=counts_on_a_step),
    ),
    (
        "test_leaves_the_run_alone",
        "at 'checkpoint' it changes or removes files of the training: checkpoints/step-00000003.params",
        logger(checkpoint=lambda _, event: event.path.unlink(missing_ok=True)),
    ),
    (
        "test_leaves_the_run_alone",
        r"at 'epoch' .*: metrics\.jsonl",
        logger(
            begin=lambda self, event: setattr(self, "log", event.folder / "metrics.jsonl"),
            epoch=lambda self, _: self.log.write_text("mine"),
        ),
    ),
    (
        "test_changes_nothing_of_the_training",
        "at 'step' .*: the state of random",
        logger(step=lambda *_: random.random()),
    ),
    (
        "test_changes_nothing_of_the_training",
        "the state of numpy.random",
        logger(begin=lambda *_: np.random.seed(0)),  # noqa: NPY002, TID251 -- the fault that is caught
    ),
    (
        "test_changes_nothing_of_the_training",
        "the current folder",
        logger(begin=lambda _, event: os.chdir(event.folder)),
    ),
    (
        "test_changes_nothing_of_the_training",
        "environment variables",
        logger(begin=lambda *_: os.environ.update(MUTANT=os.urandom(4).hex())),
    ),
    (
        "test_changes_nothing_of_the_training",
        "handlers of signals",
        logger(begin=lambda *_: signal.signal(signal.SIGUSR1, lambda *_: None)),
    ),
    ("test_changes_nothing_of_the_training", "at 'step' it changes the event", logger(step=says)),
    ("test_opens_nothing_before_it_begins", r"it writes before .*: log\.txt", writes_when_made),
    ("test_leaves_nothing_open", r"training that is finished it keeps open: .*log\.txt", logger(begin=opens)),
    (
        "test_leaves_nothing_open",
        r"training that is stopped it keeps open: .*log\.txt",
        logger(begin=opens, end=closes_what_is_finished),
    ),
    ("test_leaves_nothing_open", "threads go on: sends", logger(begin=works_in_a_thread)),
]


@pytest.fixture
def _as_before(monkeypatch):
    """What mutants leave behind is put back."""
    monkeypatch.delenv("MUTANT", raising=False)
    kept = random.getstate(), np.random.get_state(), signal.getsignal(signal.SIGUSR1)  # noqa: NPY002
    monkeypatch.setattr("zoo_core.testing.logger._PATIENCE", 0.05)
    yield
    os.environ.pop("MUTANT", None)
    random.setstate(kept[0])
    np.random.set_state(kept[1])  # noqa: NPY002
    signal.signal(signal.SIGUSR1, kept[2])


@pytest.mark.usefixtures("_as_before")
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(("check", "says", "made"), MUTANTS, ids=[f"{each[0]}-{each[1][-12:]}" for each in MUTANTS])
def test_a_broken_logger_is_caught(caught, check, says, made):
    caught(LoggerContract, check, TensorBoardSettings(), made, says)


def test_every_check_has_a_mutant(checks_of):
    assert checks_of(LoggerContract) == {check for check, *_ in MUTANTS}


class TestTensorBoard(LoggerContract):
    settings = TensorBoardSettings()

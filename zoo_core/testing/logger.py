"""What loggers promise: they watch any training to its end, change nothing of it, and leave nothing open."""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from zoo_core.common.messages import listed
from zoo_core.parts.components import LoggerSettings
from zoo_core.testing.contract import ComponentContract
from zoo_core.testing.trainings import OUTCOMES, told_of_training, write_run
from zoo_core.training.events import Outcome, TrainingEvent, TrainingWatcher

__all__ = ["LoggerContract"]

_TRAININGS: tuple[tuple[Outcome, int, int], ...] = (
    ("finished", 0, 6),
    ("failed", 3, 4),
    ("stopped", 0, 1),
    ("finished", 6, 6),
    ("stopped", 3, 3),
)
"""How some trainings end, after which step they go on, and after which they end."""
_PATIENCE = 2.0
"""Seconds in which threads have to end."""


class LoggerContract(ComponentContract):
    """Every check of a logger, on trainings that are made up, in a folder of its own."""

    rests_on: ClassVar[tuple[str, ...]] = ("test_watches_any_training",)
    varied: ClassVar[tuple[str, ...]] = ("test_watches_any_training",)

    @contextmanager
    def room(self) -> Iterator[Path]:
        """A new folder as the current one, in which a logger may write; override to prepare more for it."""
        before = Path.cwd()
        with tempfile.TemporaryDirectory(prefix="zoo logger ") as folder:
            os.chdir(folder)
            try:
                yield Path(folder)
            finally:
                os.chdir(before)

    def watched(
        self,
        settings: LoggerSettings,
        folder: Path,
        outcome: Outcome = "finished",
        done: int = 0,
        steps: int | None = None,
        after: Callable[[TrainingEvent], None] | None = None,
    ) -> TrainingWatcher:
        """A new logger that was told of a whole training.

        Args:
            settings: of the logger.
            folder: the run folder.
            outcome: how the training ends.
            done: steps that were done before; after them it is resumed.
            steps: after which it ends; None for all.
            after: called after each event.
        """
        logger: TrainingWatcher = self.make(settings)
        for event in told_of_training(folder, outcome, done, steps):
            getattr(logger, event.method)(event)
            if after:
                after(event)
        return logger

    def test_watches_any_training(self, settings: LoggerSettings) -> None:
        """It is a `TrainingWatcher`, and watches trainings that finish, are stopped, resumed or fail at any step."""
        with self.room() as here:
            made = self.make(settings)
            assert isinstance(made, TrainingWatcher), (
                f"a logger should be a TrainingWatcher, not a {type(made).__name__}: derive its class from that"
            )
            write_run(here / "run")
            for outcome, done, steps in _TRAININGS[: self.examples]:
                try:
                    self.watched(settings, here / "run", outcome, done, steps)
                except Exception as error:
                    raise AssertionError(
                        f"told of a training that goes on after step {done} and is {outcome} at step {steps}, "
                        f"it fails: {type(error).__name__}: {error}"
                    ) from error

    def test_leaves_the_run_alone(self, settings: LoggerSettings) -> None:
        """What the training writes into its run folder stays as it is, and is not moved."""
        with self.room() as here:
            written = write_run(here / "run")

            def check(event: TrainingEvent) -> None:
                lost = [
                    str(path.relative_to(here / "run")) for path, content in written.items() if _read(path) != content
                ]
                assert not lost, f"at {event.method!r} it changes or removes files of the training: {listed(lost)}"

            self.watched(settings, here / "run", after=check)

    def test_changes_nothing_of_the_training(self, settings: LoggerSettings) -> None:
        """Events, random numbers, signals and the rest of the process are as they were: the training is the same."""
        with self.room() as here:
            write_run(here / "run")
            logger = self.make(settings)  # what is imported by that may set things up once
            before = _surroundings()
            for event in told_of_training(here / "run", "finished"):
                said = repr(event)
                getattr(logger, event.method)(event)
                assert repr(event) == said, f"at {event.method!r} it changes the event, which others are told, too"
                after = _surroundings()
                changed = listed([name for name, value in after.items() if value != before[name]], none="")
                assert not changed, (
                    f"at {event.method!r} it changes what the training works with: {changed}; put it back, or use "
                    "something of its own, as random.Random()"
                )

    def test_opens_nothing_before_it_begins(self, settings: LoggerSettings) -> None:
        """A logger that is made and told nothing writes no file: a training may end before its first step."""
        with self.room() as here:
            made = self.make(settings)
            written = sorted(path.name for path in here.rglob("*"))
            assert made and not written, f"it writes before it is told that a training begins: {listed(written)}"

    def test_leaves_nothing_open(self, settings: LoggerSettings) -> None:
        """After the end no file, no connection and no thread is left, however the training ends."""
        for outcome in OUTCOMES:
            with self.room() as here:
                write_run(here / "run")
                self.watched(settings, here / "run", outcome)  # what is imported may open things once
                threads, handles = set(threading.enumerate()), _handles()
                logger = self.watched(settings, here / "run", outcome)
                left = [each for each in threading.enumerate() if each not in threads]
                for each in left:
                    each.join(_PATIENCE / len(left))
                running = listed([each.name for each in left if each.is_alive()], none="")
                opened = listed(
                    sorted({what for number, what in _handles().items() if handles.get(number) != what}), none=""
                )
                assert logger and not opened, f"after the end of a training that is {outcome} it keeps open: {opened}"
                assert not running, f"after the end of a training that is {outcome} threads go on: {running}"


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _surroundings() -> dict[str, Any]:
    """What all code of a process shares, and a training may depend on."""
    torch = sys.modules.get("torch")
    handled = [each for each in signal.valid_signals() if each not in (signal.SIGKILL, signal.SIGSTOP)]
    return {
        "the state of random": random.getstate(),
        "the state of numpy.random": repr(np.random.get_state(legacy=False)),  # noqa: NPY002 -- which code of others uses
        "the state of torch's generator": torch and torch.get_rng_state().tolist(),
        "torch.is_grad_enabled()": torch and torch.is_grad_enabled(),
        "torch.get_num_threads()": torch and torch.get_num_threads(),
        "numpy.geterr()": np.geterr(),
        "the current folder": Path.cwd(),
        "environment variables": dict(os.environ),
        "handlers of signals": {each: signal.getsignal(each) for each in handled},
        "filters of warnings": [*warnings.filters],
        "the recursion limit": sys.getrecursionlimit(),
        "sys.stdout and sys.stderr": (sys.stdout, sys.stderr),
    }


def _handles() -> dict[int, str]:
    """The open files and connections of this process, where the system tells them."""
    found = {}
    for folder in (Path("/proc/self/fd"), Path("/dev/fd")):
        for path in folder.iterdir() if folder.is_dir() else ():
            try:
                found[int(path.name)] = str(path.readlink())
            except (OSError, ValueError):  # that with which the folder itself was read
                continue
        if found:
            break
    return found

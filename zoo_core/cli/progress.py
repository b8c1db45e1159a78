"""How far long work has come: a bar in a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

if TYPE_CHECKING:
    from zoo_core.training.best import BestScore
    from zoo_core.training.events import StepEvent

__all__ = ["WorkProgress"]


class WorkProgress:
    """Shows steps of training, images scored or checked, and files fetched, on the standard error.

    In a terminal each moves a bar; elsewhere training prints a line an epoch, and the others nothing.
    """

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._bars = _Bars(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}"),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=self._console,
            disable=not self._console.is_terminal,
            # Results that are printed meanwhile go above the bar, or wherever else they are sent.
            redirect_stdout=sys.stdout.isatty(),
        )
        self._tasks: dict[str, TaskID] = {}
        self._rate = _Rate()

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bars.stop()

    def step(self, step: StepEvent) -> None:
        """Show a step of training."""
        self._rate.add(step)
        waits = self._rate.waited >= _WORTH_SAYING
        state = (
            f"epoch {step.epoch}  loss {step.loss:.3f} (classes {step.class_loss:.3f}, boxes {step.box_loss:.3f})",
            f"{self._rate.per_second:.0f} images/s" + (f", {self._rate.waited:.0%} waiting for data" if waits else ""),
        )
        self._show("training", step.number, step.steps, "steps", "\n".join(state))
        if step.ends_epoch and not self._console.is_terminal:
            self._console.print(f"step {step.number}/{step.steps}  {'  '.join(state)}", soft_wrap=True)

    def score(self, epoch: int, score: float, best: BestScore) -> None:
        """Show the score of an epoch, and whose weights are kept."""
        kept = f"best so far: epoch {best.epoch}, {best.score:.3f}" if best.epoch else "no score so far"
        self._console.print(f"epoch {epoch}  mAP (VOC 2007) {score:.3f}  {kept}", soft_wrap=True)

    def scored(self, done: int, total: int) -> None:
        """Show how many images have been scored."""
        self._show("scoring", done, total, "images")

    def predicted(self, done: int, total: int | None) -> None:
        """Show how many pictures and frames have been looked at, and of how many where that is known."""
        self._show("predicting", done, total, "pictures")

    def checked(self, done: int, total: int) -> None:
        """Show how many images of a data set have been read."""
        self._show("checking", done, total, "images")

    def measured(self, done: int, total: int) -> None:
        """Show how many rounds have been measured."""
        self._show("measuring", done, total, "rounds")

    def fetched(self, done: int, total: int | None) -> None:
        """Show how many bytes of a file have been fetched, and of how many where that is known."""
        self._show("fetching", done >> 20, None if total is None else total >> 20, "MB")

    def _show(self, name: str, done: int, total: int | None, unit: str, state: str = "") -> None:
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(name, total=total, unit=unit, state=state)
        self._bars.update(self._tasks[name], completed=done, state=state)


class _Bars(Progress):
    """Bars, and below them the state of each of their tasks, for which a line has no room."""

    def get_renderables(self) -> Iterator[RenderableType]:
        """The bars, and a line for each task that has more to say."""
        yield from super().get_renderables()
        for task in self.tasks:
            if task.fields["state"]:
                yield Text(task.fields["state"])


_WORTH_SAYING = 0.01


class _Rate:
    """Images a second and waiting, with older steps counting less."""

    _KEPT = 0.9

    def __init__(self) -> None:
        self._images = self._seconds = self._waited = 0.0

    def add(self, step: StepEvent) -> None:
        self._images = self._images * self._KEPT + step.images
        self._seconds = self._seconds * self._KEPT + step.seconds
        self._waited = self._waited * self._KEPT + step.waited

    @property
    def per_second(self) -> float:
        return self._images / self._seconds

    @property
    def waited(self) -> float:
        """The share of the time in which the network waited for data."""
        return self._waited / self._seconds

"""The heavy half: what is written when something happens."""

from __future__ import annotations

from typing import TextIO

from zoo_core.plugin_api import BeginEvent, EndEvent, EpochEvent, ScoreEvent, TrainingWatcher

from zoo_newpart.settings import NewpartSettings

__all__ = ["Newpart"]


class Newpart(TrainingWatcher):
    """A diary; see `NewpartSettings`.

    Methods of events that do not matter are left out. What a method raises ends the diary, not the training.
    """

    def __init__(self, settings: NewpartSettings) -> None:
        self.settings = settings
        self.diary: TextIO

    def begin(self, event: BeginEvent) -> None:
        """Open the diary; that of a training that goes on is continued."""
        folder = event.folder / "newpart"
        folder.mkdir(exist_ok=True)
        self.diary = (folder / "diary.md").open("a", encoding="utf-8")
        if event.step:
            self.write(event.epoch, "", f"goes on after step {event.step} of {event.steps}")
        else:
            self.diary.write("| epoch | loss | what happened |\n|---|---|---|\n")

    def epoch(self, event: EpochEvent) -> None:
        """Write the mean loss of an epoch."""
        if event.epoch % self.settings.every == 0:
            self.write(event.epoch, f"{event.loss:.3f}", f"{event.images_per_second:.0f} images a second")

    def score(self, event: ScoreEvent) -> None:
        """Write the score; what is not defined is not among the scores."""
        best = ", the best so far" if event.is_best else ""
        self.write(event.epoch, "", f"mAP {event.scores.get('map_voc07', 'unknown')}{best}")

    def end(self, event: EndEvent) -> None:
        """Write how it ends, and close what was opened."""
        self.write(event.epoch, "", event.outcome if event.error is None else f"{event.outcome}: {event.error}")
        self.diary.close()

    def write(self, epoch: int, loss: str, what: str) -> None:
        """Write a line, so that it can be read at once."""
        self.diary.write(f"| {epoch} | {loss} | {what} |\n")
        self.diary.flush()

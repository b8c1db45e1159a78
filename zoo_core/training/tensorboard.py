"""Writes what happens in a training for TensorBoard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tensorboardX import SummaryWriter

from zoo_core.config.loggers import TensorBoardSettings
from zoo_core.training.events import BeginEvent, EndEvent, EpochEvent, MeansEvent, ScoreEvent, TrainingWatcher

__all__ = ["TensorBoardLogger"]


class TensorBoardLogger(TrainingWatcher):
    """See `TensorBoardSettings`."""

    def __init__(self, settings: TensorBoardSettings) -> None:
        self._settings = settings
        self._board: Any = None

    def begin(self, event: BeginEvent) -> None:
        """Open a file. What others have of later steps, which are made again, is not shown any longer."""
        again = event.step + 1 if event.step else None
        # Files are named by the second: one that is resumed at once would overwrite what it continues.
        suffix = f".{again}" if again else ""
        self._board = SummaryWriter(str(event.folder / "tensorboard"), purge_step=again, filename_suffix=suffix)

    def means(self, event: MeansEvent) -> None:
        """Draw the means over some steps."""
        self._draw("steps", event.measured, event.step)

    def epoch(self, event: EpochEvent) -> None:
        """Draw the means over an epoch."""
        self._draw("epoch", event.measured, event.step)

    def score(self, event: ScoreEvent) -> None:
        """Draw the score by which weights are kept."""
        self._draw("score", {name: value for name, value in event.scores.items() if name == "map_voc07"}, event.step)

    def _draw(self, group: str, values: Mapping[str, float], step: int) -> None:
        for name, value in values.items():
            self._board.add_scalar(f"{group}/{name}", value, step)

    def end(self, event: EndEvent) -> None:  # noqa: ARG002 -- the signature of watchers
        """Close the file."""
        self._board.close()

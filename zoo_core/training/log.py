"""What training measured: lines of JSON, and TensorBoard where it is wanted."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from zoo_core.common.errors import RunError
from zoo_core.common.files import is_missing
from zoo_core.common.messages import shown
from zoo_core.common.reading import read_bytes
from zoo_core.common.writing import write_text
from zoo_core.evaluation.report import Report

if TYPE_CHECKING:
    from zoo_core.training.loop import Step

__all__ = ["TrainingLog", "logged"]

_NOT_DRAWN = ("kind", "step", "epoch", "kept_epoch")
_MEASURED = ("loss", "class_loss", "box_loss", "learning_rate", "images_per_second", "waited")
_KEYS = {"steps": _MEASURED, "epoch": _MEASURED, "score": ("map_voc07",)}
"""The fields of a line of each kind, besides its step and epoch."""


@dataclass
class _Sums:
    """Adds up steps."""

    images: int = 0
    class_loss: float = 0.0
    box_loss: float = 0.0
    seconds: float = 0.0
    waited: float = 0.0

    def add(self, step: Step) -> None:
        self.images += step.images
        self.class_loss += step.class_loss * step.images
        self.box_loss += step.box_loss * step.images
        self.seconds += step.seconds
        self.waited += step.waited

    def entry(self, kind: str, last: Step) -> dict[str, Any]:
        """A line of the log: means over the images, and the rate of the last step."""
        class_loss, box_loss = self.class_loss / self.images, self.box_loss / self.images
        return {
            "kind": kind,
            "step": last.number,
            "epoch": last.epoch,
            "loss": class_loss + box_loss,
            "class_loss": class_loss,
            "box_loss": box_loss,
            "learning_rate": last.learning_rate,
            "images_per_second": self.images / self.seconds,
            "waited": self.waited / self.seconds,
        }


class TrainingLog:
    """Writes ``metrics.jsonl``: a line for every few steps, every epoch and every scoring, distinguished by ``kind``.

    Args:
        file: is continued.
        every: steps that a line sums up.
        tensorboard: a folder for the same numbers as TensorBoard has them; None for none.
    """

    def __init__(self, file: Path, every: int, tensorboard: Path | None = None) -> None:
        self._file = file
        self._every = every
        self._steps, self._epoch = _Sums(), _Sums()
        self._board: Any = None
        if tensorboard:
            from tensorboardX import SummaryWriter

            self._board = SummaryWriter(str(tensorboard))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._board:
            self._board.close()

    def add(self, step: Step) -> None:
        """Add a step; write the lines that it completes.

        Raises:
            OSError: they cannot be written.
        """
        self._steps.add(step)
        self._epoch.add(step)
        if step.number % self._every == 0:
            self._write(self._steps.entry("steps", step))
            self._steps = _Sums()
        if step.ends_epoch:
            self._write(self._epoch.entry("epoch", step))
            self._epoch = _Sums()

    def score(self, step: int, epoch: int, report: Report, kept_epoch: int | None) -> None:
        """Write the scores after a step.

        Args:
            step: after which it was scored.
            epoch: likewise.
            report: the scores.
            kept_epoch: whose weights are kept now.

        Raises:
            OSError: they cannot be written.
        """
        found = None if math.isnan(report.map_voc07) else report.map_voc07
        self._write({"kind": "score", "step": step, "epoch": epoch, "map_voc07": found, "kept_epoch": kept_epoch})

    def _write(self, entry: dict[str, Any]) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, allow_nan=False) + "\n")
        if self._board:
            for key, value in entry.items():
                if key not in _NOT_DRAWN and value is not None:
                    self._board.add_scalar(f"{entry['kind']}/{key}", value, entry["step"])

    def state(self) -> dict[str, Any]:
        """The sums of steps for which no line is written yet."""
        return {"steps": asdict(self._steps), "epoch": asdict(self._epoch)}

    def restore(self, step: int, state: Mapping[str, Any]) -> None:
        """Continue as after a step and before its scoring: later lines are dropped, for they are written again."""
        self._steps, self._epoch = _Sums(**state["steps"]), _Sums(**state["epoch"])
        kept = [json.dumps(each) for each in logged(self._file) if each["step"] <= step - (each["kind"] == "score")]
        write_text(self._file, "".join(f"{line}\n" for line in kept))


def logged(file: Path) -> Iterator[dict[str, Any]]:
    """The lines of a log; a last one that a kill has cut short is left out.

    Raises:
        RunError: another line is not one that `TrainingLog` writes.
    """
    lines = [] if is_missing(file) else read_bytes(file, RunError).splitlines()
    for number, line in enumerate(lines, 1):
        entry = _entry(line)
        if entry is not None:
            yield entry
        elif number < len(lines):
            raise RunError(
                f"{file}: line {number} is not an entry of a training's log: {shown(line.decode(errors='replace'))}; "
                "remove the line"
            )


def _entry(line: bytes) -> dict[str, Any] | None:
    """A line of a log; None where it is not one."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict) or entry.get("kind") not in _KEYS:
        return None
    is_whole = all(
        isinstance(value, int | float) or (value is None and key == "map_voc07")
        for key in ("step", "epoch", *_KEYS[entry["kind"]])
        for value in [entry.get(key, "")]
    )
    return entry if is_whole else None

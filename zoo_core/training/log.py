"""What training measured, as lines of JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from zoo_core.common.errors import RunError
from zoo_core.common.files import is_missing
from zoo_core.common.messages import shown
from zoo_core.common.reading import read_bytes
from zoo_core.common.writing import write_text
from zoo_core.training.events import EpochEvent, MeansEvent, ScoreEvent, StepEvent

__all__ = ["TrainingLog", "logged"]

_MEASURED = ("loss", "class_loss", "box_loss", "learning_rate", "images_per_second", "waited")
_KEYS = {"steps": _MEASURED, "epoch": _MEASURED, "score": ("map_voc07",)}
"""The fields of a line of each kind, besides its step and epoch."""

_Means = TypeVar("_Means", bound=MeansEvent)


@dataclass
class _Sums:
    """Adds up steps."""

    images: int = 0
    class_loss: float = 0.0
    box_loss: float = 0.0
    seconds: float = 0.0
    waited: float = 0.0

    def add(self, step: StepEvent) -> None:
        self.images += step.images
        self.class_loss += step.class_loss * step.images
        self.box_loss += step.box_loss * step.images
        self.seconds += step.seconds
        self.waited += step.waited

    def means(self, kind: type[_Means], last: StepEvent) -> _Means:
        """Means over the images, and the rate of the last step."""
        class_loss, box_loss = self.class_loss / self.images, self.box_loss / self.images
        return kind(
            step=last.step,
            epoch=last.epoch,
            loss=class_loss + box_loss,
            class_loss=class_loss,
            box_loss=box_loss,
            learning_rate=last.learning_rate,
            images_per_second=self.images / self.seconds,
            waited=self.waited / self.seconds,
        )


class TrainingLog:
    """Writes ``metrics.jsonl``: a line for every few steps, every epoch and every scoring, distinguished by ``kind``.

    Args:
        file: is continued.
        every: steps that a line sums up.
    """

    def __init__(self, file: Path, every: int) -> None:
        self._file = file
        self._every = every
        self._steps, self._epoch = _Sums(), _Sums()

    def add(self, step: StepEvent) -> list[MeansEvent]:
        """Add a step; write the lines that it completes, and return what they say.

        Raises:
            OSError: they cannot be written.
        """
        self._steps.add(step)
        self._epoch.add(step)
        complete: list[MeansEvent] = []
        if step.number % self._every == 0:
            complete.append(self._steps.means(MeansEvent, step))
            self._write("steps", asdict(complete[-1]))
            self._steps = _Sums()
        if step.ends_epoch:
            complete.append(self._epoch.means(EpochEvent, step))
            self._write("epoch", asdict(complete[-1]))
            self._epoch = _Sums()
        return complete

    def score(self, scored: ScoreEvent) -> None:
        """Write the score after a step.

        Raises:
            OSError: it cannot be written.
        """
        score = scored.report.map_voc07
        found = {"map_voc07": None if math.isnan(score) else score, "kept_epoch": scored.kept_epoch}
        self._write("score", {"step": scored.step, "epoch": scored.epoch, **found})

    def _write(self, kind: str, entry: Mapping[str, Any]) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"kind": kind, **entry}, allow_nan=False) + "\n")

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

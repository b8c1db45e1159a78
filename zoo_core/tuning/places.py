"""Where trials compute: processes of this machine, or a cluster; and what they tell while they do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from zoo_core.config.detector import DetectorConfig

__all__ = ["Ended", "Event", "Job", "Place", "Scored"]


@dataclass(frozen=True)
class Job:
    """A trial to be trained.

    Attributes:
        number: of the trial.
        config: of its training.
        folder: its run folder; training goes on where that has a checkpoint.
        said: the file of what it prints.
    """

    number: int
    config: DetectorConfig
    folder: Path
    said: Path


class Scored(NamedTuple):
    """A trial has scored after an epoch, and waits for an answer.

    Attributes:
        number: of the trial.
        epoch: counted from 1.
        score: mAP by the rule of VOC 2007.
    """

    number: int
    epoch: int
    score: float


class Ended(NamedTuple):
    """A trial computes no longer.

    Attributes:
        number: of the trial.
        how: ``interrupted`` where it can go on later, ``lost`` where what computed it died of something else than the
            trial.
        score: of one that is complete.
        reason: of one that failed or was refused.
    """

    number: int
    how: Literal["complete", "stopped", "failed", "refused", "interrupted", "lost"]
    score: float | None = None
    reason: str = ""


Event = Scored | Ended


class Place(Protocol):
    """Computes trials, several at a time."""

    @property
    def room(self) -> int:
        """How many more trials can begin now."""
        ...

    def start(self, job: Job) -> None:
        """Begin a trial."""
        ...

    def next(self, seconds: float) -> Event | None:
        """What happens next; None where nothing does for so long."""
        ...

    def answer(self, number: int, go_on: bool) -> None:
        """Answer a trial that has scored."""
        ...

    def stop(self) -> None:
        """Ask all trials to write a checkpoint and end, as interrupted."""
        ...

    def close(self) -> None:
        """End what still runs, at once."""
        ...

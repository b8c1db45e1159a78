"""What happens in a training, as it is told to those who watch it. Light: no NumPy, no engine."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from zoo_core.config.detector import DetectorConfig
    from zoo_core.evaluation.report import Report

__all__ = [
    "BeginEvent",
    "CheckpointEvent",
    "EndEvent",
    "EpochEvent",
    "MeansEvent",
    "Outcome",
    "ScoreEvent",
    "StepEvent",
    "TrainingEvent",
    "TrainingWatcher",
]

Outcome = Literal["finished", "stopped", "failed"]
"""How a training ends: done, early where patience ended it; by Ctrl-C or a termination; or by an error."""


@dataclass(frozen=True)
class TrainingEvent:
    """What every event says.

    Attributes:
        method: name of the method of `TrainingWatcher` that is called with it.
        step: number of steps done, over all epochs.
        epoch: that of the last of them, counted from 1; 1 before the first.
    """

    method: ClassVar[str]
    step: int
    epoch: int


@dataclass(frozen=True)
class BeginEvent(TrainingEvent):
    """A training begins, or goes on. It is told with the first step: a training that makes none leaves no trace.

    Its `step` is 0, or the number of steps that were done when the training was stopped. A watcher may have been told
    of later ones before; they are made, and told, again.

    Attributes:
        folder: the run folder, absolute. It belongs to the training: a watcher that writes there makes a folder of
            its own.
        config: all settings of the detector and its training.
        steps: number of steps of the whole training.
        train_images: number of images to learn from.
        validation_images: number of images to score on.
    """

    method: ClassVar[str] = "begin"
    folder: Path
    config: DetectorConfig
    steps: int
    train_images: int
    validation_images: int


@dataclass(frozen=True)
class StepEvent(TrainingEvent):
    """One step of training is made.

    Attributes:
        steps: number of steps of the whole training.
        ends_epoch: whether it is the last of its epoch.
        images: in its batches.
        learning_rate: learning rate with which it was made.
        class_loss: class loss of the batch, or the mean of its batches.
        box_loss: likewise.
        seconds: how long it took.
        waited: the part of `seconds` in which there was nothing to compute, since data was missing.
    """

    method: ClassVar[str] = "step"
    steps: int
    ends_epoch: bool
    images: int
    learning_rate: float
    class_loss: float
    box_loss: float
    seconds: float
    waited: float

    @property
    def number(self) -> int:
        """The same as `step`: its number, counted from 1 over all epochs."""
        return self.step

    @property
    def loss(self) -> float:
        """The loss that is minimised."""
        return self.class_loss + self.box_loss


@dataclass(frozen=True)
class MeansEvent(TrainingEvent):
    """Means over the last ``training.log_every`` steps: a line of ``metrics.jsonl``.

    Attributes:
        loss: the loss that is minimised, as the mean over the images.
        class_loss: its part for the classes, likewise.
        box_loss: its part for the boxes, likewise.
        learning_rate: that of the last step.
        images_per_second: images learned from in a second.
        waited: share of the time in which there was nothing to compute, since data was missing; 0 to 1.
    """

    method: ClassVar[str] = "means"
    loss: float
    class_loss: float
    box_loss: float
    learning_rate: float
    images_per_second: float
    waited: float

    @property
    def measured(self) -> dict[str, float]:
        """All that was measured, by name, as ``loss``."""
        own = fields(self)[len(fields(TrainingEvent)) :]
        return {each.name: getattr(self, each.name) for each in own}


@dataclass(frozen=True)
class EpochEvent(MeansEvent):
    """An epoch is done: the same means over all of its steps."""

    method: ClassVar[str] = "epoch"


@dataclass(frozen=True)
class ScoreEvent(TrainingEvent):
    """The detector was scored on the validation images, as ``training.score_every`` says.

    Attributes:
        report: the scores.
        is_best: whether no earlier score was as good (mAP, VOC 2007), so that the weights are kept.
        kept_epoch: after which epoch the weights were that are kept now; None where no score was a number so far.
    """

    method: ClassVar[str] = "score"
    report: Report
    is_best: bool
    kept_epoch: int | None

    @property
    def scores(self) -> dict[str, float]:
        """The scores over all classes by name; what is not defined is left out."""
        return _scores(self.report)


@dataclass(frozen=True)
class CheckpointEvent(TrainingEvent):
    """A checkpoint was written, from which the training can resume.

    Attributes:
        path: its file, which a later checkpoint removes.
    """

    method: ClassVar[str] = "checkpoint"
    path: Path


@dataclass(frozen=True)
class EndEvent(TrainingEvent):
    """The training ends, in whatever way, and the run folder has all that it will have of it.

    Attributes:
        outcome: how it ends.
        error: what it was that ended it, in words; None where it is finished.
        report: scores of the weights that are kept; None where it is not finished.
    """

    method: ClassVar[str] = "end"
    outcome: Outcome
    error: str | None = None
    report: Report | None = None

    @property
    def scores(self) -> dict[str, float]:
        """The scores of the weights that are kept, as those of `ScoreEvent`; none where it is not finished."""
        return _scores(self.report) if self.report else {}


def _scores(report: Report) -> dict[str, float]:
    table = report.to_dict()
    found = {**{key: table[key] for key in ("map_voc07", "map_voc10")}, **table["coco"]}
    return {name: value for name, value in found.items() if value is not None}


class TrainingWatcher:
    """Is told what happens in a training: override the methods of the events that matter.

    One is made for each training, in the process that writes the run folder: on a cluster there is one, too. Its
    methods are called in the thread of the training, which waits for them. `begin` is the first and `end` the last,
    which closes whatever was opened; nothing is opened before `begin`. What a method raises ends the watching, not the
    training: the watcher is named in a warning, and told nothing more.

    There may come more events, for which there will be methods here that do nothing.
    """

    def begin(self, event: BeginEvent) -> None:
        """A training begins, or goes on."""

    def step(self, event: StepEvent) -> None:
        """A step is made."""

    def means(self, event: MeansEvent) -> None:
        """As many steps are made as a line of the log sums up."""

    def epoch(self, event: EpochEvent) -> None:
        """An epoch is done."""

    def score(self, event: ScoreEvent) -> None:
        """The detector is scored on the way."""

    def checkpoint(self, event: CheckpointEvent) -> None:
        """A checkpoint is written."""

    def end(self, event: EndEvent) -> None:
        """The training ends."""

"""From a configuration to a run folder: train, score, keep both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from zoo_core.data.loading import TrainingBatches
from zoo_core.detector import Detector
from zoo_core.evaluation.evaluate import evaluate
from zoo_core.evaluation.report import Report
from zoo_core.interfaces import Dataset
from zoo_core.run import Run

if TYPE_CHECKING:
    from zoo_core.gluon.trainer import Step

__all__ = ["batches_for", "train_run"]


def train_run(
    detector: Detector,
    run: Run,
    training: Dataset,
    validation: Dataset,
    watch: Callable[[Step], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
    *,
    resume: bool = False,
) -> Report:
    """Train a detector, keep its weights after every epoch, and score it.

    Args:
        detector: with the weights to begin from; runs on MXNet.
        run: where results go.
        training: the images to learn from.
        validation: the images to score on.
        watch: called after every step.
        progress: called while scoring, with the images done and the number of all.
        resume: go on from the checkpoint of the run, which then ends with the very weights that it would have
            had without the stop.

    Returns:
        The scores, which are in the run folder too.
    """
    from zoo_core.gluon.trainer import Training

    if detector.engine.transfer:
        run.write_transfer(detector.engine.transfer)
    going = Training(detector.config, detector.engine, batches_for(detector, training))
    if resume:
        going.restore(run.checkpoint)
        run.cut_log(going.epochs_done)
    epoch = _EpochLog()
    for step in going.steps():
        epoch.add(step)
        if watch:
            watch(step)
        if step.ends_epoch:
            detector.engine.save(run.weights)
            run.record(epoch.entry(step))
            going.save(run.checkpoint)
            epoch = _EpochLog()
    report = evaluate(detector, validation, progress)
    run.write_metrics(report)
    run.checkpoint.unlink()  # training has ended
    return report


def batches_for(detector: Detector, dataset: Dataset) -> TrainingBatches:
    """The images of a data set as batches with the targets of a detector."""
    return TrainingBatches(dataset, detector.config, partial(detector.encoder.encode_batch, detector.anchors))


@dataclass
class _EpochLog:
    """Adds up the steps of an epoch."""

    steps: list[Step] = field(default_factory=list)

    def add(self, step: Step) -> None:
        self.steps.append(step)

    def entry(self, last: Step) -> dict[str, Any]:
        images = sum(step.images for step in self.steps)
        seconds = sum(step.seconds for step in self.steps)
        return {
            "epoch": last.epoch,
            "class_loss": sum(step.class_loss * step.images for step in self.steps) / images,
            "box_loss": sum(step.box_loss * step.images for step in self.steps) / images,
            "learning_rate": last.learning_rate,
            "images_per_second": images / seconds,
            "waited": sum(step.waited for step in self.steps) / seconds,
        }

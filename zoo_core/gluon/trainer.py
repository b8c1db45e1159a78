"""The training loop: batches in, weights changed, what happened out."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo_core.config import DetectorConfig
from zoo_core.data.loading import Batch, TrainingBatches
from zoo_core.errors import TrainingError, listed
from zoo_core.gluon import mx
from zoo_core.gluon.checkpoint import load_checkpoint, save_checkpoint
from zoo_core.gluon.engine import GluonEngine
from zoo_core.gluon.weights import parameters_of
from zoo_core.registry import make
from zoo_core.training_settings import TrainingSettings

__all__ = ["Step", "Training"]


@dataclass(frozen=True)
class Step:
    """What one step of training did.

    Attributes:
        epoch: counted from 1.
        number: of the step, counted from 1 over all epochs.
        steps: of the whole training.
        ends_epoch: whether it is the last of its epoch.
        images: in its batch.
        learning_rate: with which it was made.
        class_loss: of the batch.
        box_loss: of the batch.
        seconds: that it took.
        waited: the part of `seconds` spent waiting for data.
    """

    epoch: int
    number: int
    steps: int
    ends_epoch: bool
    images: int
    learning_rate: float
    class_loss: float
    box_loss: float
    seconds: float
    waited: float

    @property
    def loss(self) -> float:
        """What is minimised."""
        return self.class_loss + self.box_loss


class Training:
    """The training of a network, from its start or from a checkpoint.

    Args:
        config: how it is trained.
        engine: runs the network, with the weights to begin from.
        batches: of all epochs; each depends on its number alone.

    Attributes:
        epochs_done: how many epochs lie behind.
    """

    def __init__(self, config: DetectorConfig, engine: GluonEngine, batches: TrainingBatches) -> None:
        self.epochs_done = 0
        self._settings = config.training
        self._engine = engine
        self._batches = batches
        self._loss = make(config.loss)
        self._loss.initialize(ctx=engine.device)
        self._loss.hybridize(static_alloc=True, static_shape=True)
        self._trainer = _trainer(engine.network, config.training, len(batches))

    def steps(self) -> Iterator[Step]:
        """Train, step by step; the caller decides when to go on.

        Raises:
            TrainingError: the loss is no longer a number; names the images of the batch.
        """
        # The shapes stay the same from here on, so that MXNet can plan its memory once.
        self._engine.network.hybridize(static_alloc=True, static_shape=True)
        for epoch in range(self.epochs_done + 1, self._settings.epochs + 1):
            # What a network draws at random (dropout) depends on the epoch alone, so that a checkpoint needs no state.
            mx.random.seed(self._settings.seed + epoch)
            yield from self._epoch(epoch)
        self._engine.network.hybridize(static_alloc=True)

    def _epoch(self, epoch: int) -> Iterator[Step]:
        before, began = (epoch - 1) * self._batches.per_epoch, time.perf_counter()
        for in_epoch, batch in enumerate(self._batches.epoch(epoch - 1), start=1):
            arrived, number = time.perf_counter(), before + in_epoch
            class_loss, box_loss = _learn(self._engine, self._loss, self._trainer, batch)
            if not math.isfinite(class_loss + box_loss):
                raise _diverged(number, epoch, class_loss, box_loss, batch)
            ended = time.perf_counter()
            ends_epoch = in_epoch == self._batches.per_epoch
            self.epochs_done = epoch if ends_epoch else epoch - 1
            yield Step(
                epoch=epoch,
                number=number,
                steps=len(self._batches),
                ends_epoch=ends_epoch,
                images=len(batch.images),
                learning_rate=self._trainer.learning_rate,
                class_loss=class_loss,
                box_loss=box_loss,
                seconds=ended - began,
                waited=arrived - began,
            )
            began = time.perf_counter()

    def save(self, path: Path) -> None:
        """Write a checkpoint at the end of an epoch, all or nothing."""
        save_checkpoint(path, self._engine.network, self._trainer, self.epochs_done)

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint, as if training had never stopped.

        Raises:
            RunError: it is damaged, or belongs to another training.
        """
        self.epochs_done = load_checkpoint(path, self._engine.network, self._trainer, self._batches.per_epoch)


def _learn(engine: GluonEngine, loss: Any, trainer: Any, batch: Batch) -> tuple[float, float]:
    arrays = (batch.images, batch.targets.classes, batch.targets.offsets, batch.targets.mask)
    images, *targets = (mx.nd.array(each, ctx=engine.device, dtype="float32") for each in arrays)
    with mx.autograd.record():
        class_part, box_part = loss(*engine.network(images), *targets)
        class_sum, box_sum = class_part.sum(), box_part.sum()
        total = class_sum + box_sum
    total.backward()
    trainer.step(1)  # a loss is a sum over its batch already
    # The backward pass of batch norm writes the running statistics behind the engine's back: without
    # waiting for it, weights that are written or scored now would hold those of the step before.
    mx.nd.waitall()
    return float(class_sum.asscalar()), float(box_sum.asscalar())


def _trainer(network: Any, settings: TrainingSettings, steps: int) -> Any:
    momentum = {"sgd": "momentum", "adam": "beta1"}[settings.optimizer]
    return mx.gluon.Trainer(
        # By place in the network: gluon would sort them by names that depend on what was built before.
        list(parameters_of(network).values()),
        settings.optimizer,
        {
            "learning_rate": settings.learning_rate,
            "lr_scheduler": _schedule(settings, steps),
            "wd": settings.weight_decay,
            "clip_gradient": settings.clip_gradient,
            momentum: settings.momentum,
        },
    )


def _schedule(settings: TrainingSettings, steps: int) -> Any:
    common = {"base_lr": settings.learning_rate, "warmup_steps": settings.warmup_steps}
    if settings.schedule == "constant":
        return mx.lr_scheduler.FactorScheduler(step=steps + 1, factor=1, **common)
    # MXNet counts steps from 1, and the rate is zero at the last: one more, so that every step learns.
    return mx.lr_scheduler.CosineScheduler(max_update=max(steps, settings.warmup_steps) + 1, **common)


def _diverged(number: int, epoch: int, class_loss: float, box_loss: float, batch: Batch) -> TrainingError:
    return TrainingError(
        f"the loss is no longer a number at step {number} in epoch {epoch} (classes {class_loss}, boxes {box_loss}); "
        f"the images of the batch: {listed(batch.image_ids)}. Try a smaller training.learning_rate, "
        "training.warmup_steps, or training.clip_gradient"
    )

"""The training loop: batches in, weights changed, what happened out. It knows engines by their protocol alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice

import numpy as np

from zoo_core.common.errors import ConfigError, Problem, RunError, TrainingError
from zoo_core.common.messages import counted, shown
from zoo_core.config.detector import DetectorConfig
from zoo_core.data.pipeline.batches import Batch, TrainingBatches
from zoo_core.prediction.engine import LearnerState, Trainable
from zoo_core.training.checkpoint_state import CheckpointState
from zoo_core.training.checkpoints import Checkpoint
from zoo_core.training.divergence import LossWatch, diverged

__all__ = ["Step", "TrainingLoop"]


@dataclass(frozen=True)
class Step:
    """What one step of training did.

    Attributes:
        epoch: counted from 1.
        number: number of the step, counted from 1 over all epochs.
        steps: number of steps of the whole training.
        ends_epoch: whether it is the last of its epoch.
        images: in its batches.
        learning_rate: learning rate with which it was made.
        class_loss: class loss of the batch, or the mean of its batches.
        box_loss: likewise.
        seconds: how long it took.
        waited: the part of `seconds` in which there was nothing to compute, since data was missing.
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
        """The loss that is minimised."""
        return self.class_loss + self.box_loss


class TrainingLoop:
    """The training of a network, from its start or from a checkpoint.

    Nothing but the number of a step says what happens in it: which images, how changed, what a network draws
    at random, the learning rate. So weights, what the optimiser keeps, and this number are all that a checkpoint needs.

    Args:
        config: how it is trained.
        engine: lets the network learn, from its initial weights.
        batches: batches of all epochs; each depends on its number alone.

    Attributes:
        steps_done: number of steps made.
        runs_on: what computes, and where, in words.

    Raises:
        ConfigError: this machine cannot train like that.
    """

    def __init__(self, config: DetectorConfig, engine: Trainable, batches: TrainingBatches) -> None:
        self.steps_done = 0
        self.runs_on = engine.runs_on
        self._settings = config.training
        self._batches = batches
        _require_equal_parts(self._settings.parts, batches.batch_size)
        self._learner = engine.learner(config, batches.batch_size)
        self._watch = LossWatch()

    @property
    def precision(self) -> str:
        """The number format in which the network computes."""
        return self._learner.precision

    @property
    def steps_in_all(self) -> int:
        """Steps of all epochs; the last may have fewer batches than the others."""
        return -(-len(self._batches) // self._settings.accumulate)

    @property
    def at_epoch_end(self) -> bool:
        """Whether the last step ended an epoch."""
        before = (self.steps_done - 1) * self._settings.accumulate
        return self.steps_done > 0 and self.epochs_done > self._batches.epochs_in(before)

    @property
    def epochs_done(self) -> int:
        """Number of whole epochs done."""
        return self._batches.epochs_in(self._batches_done)

    @property
    def _batches_done(self) -> int:
        return min(self.steps_done * self._settings.accumulate, len(self._batches))

    def steps(self) -> Iterator[Step]:
        """Train, step by step; the caller decides when to go on.

        A step may still be computed when it is given out: `checkpoint`, predicting and saving wait for it.

        Raises:
            DivergedError: the loss is no longer a number, or has exploded; says where, and what to try.
        """
        batches = self._batches.starting_at(self._batches_done)
        began = time.perf_counter()
        while chosen := list(islice(batches, self._settings.accumulate)):
            arrived = time.perf_counter()
            self._learner.wait()
            # Waiting was hidden by what was left to compute.
            waited = arrived - began if time.perf_counter() - arrived < _INSTANT else 0.0
            rate = self._rate
            class_loss, box_loss = self._make_step(chosen, rate)
            self.steps_done += 1
            now = time.perf_counter()
            yield Step(
                epoch=self._batches.epochs_in(self._batches_done - 1) + 1,
                number=self.steps_done,
                steps=self.steps_in_all,
                ends_epoch=self.at_epoch_end,
                images=len(chosen) * self._batches.batch_size,
                learning_rate=rate,
                class_loss=class_loss,
                box_loss=box_loss,
                seconds=now - began,
                waited=waited,
            )
            began = time.perf_counter()
        self._learner.wait()

    def _make_step(self, batches: list[Batch], rate: float) -> tuple[float, float]:
        """Change the weights once; returns both parts of the loss."""
        seed = np.random.SeedSequence([self._settings.seed, self.steps_done]).generate_state(1)[0]
        self._learner.seed(int(seed >> 1))
        losses = []
        for batch in batches:
            losses.append(self._learner.forward_backward(batch))
            if wrong := self._watch.lost(sum(losses[-1])):
                where = f"at step {self.steps_done + 1} in epoch {self.epochs_done + 1}"
                whole = batch if batch.number is None else self._batches[batch.number]
                raise diverged(wrong, where, losses[-1], whole, self._learner.largest_gradients())
        self._learner.step(rate, len(batches))
        class_mean, box_mean = (sum(parts) / len(batches) for parts in zip(*losses, strict=True))
        return class_mean, box_mean

    @property
    def _rate(self) -> float:
        """The learning rate of the next step."""
        per_epoch = self._batches.per_epoch / self._settings.accumulate
        return self._settings.rate(self.steps_done + 1, self.steps_in_all, per_epoch)

    def averaged(self) -> AbstractContextManager[None]:
        """The network has the weights that are scored and kept: their running mean, where the settings have one."""
        return self._learner.averaged()

    def checkpoint(self) -> Checkpoint:
        """Everything on which the steps to come depend.

        Raises:
            TrainingError: weights are no longer numbers, which a loss does not show behind a ReLU.
        """
        try:
            arrays = self._learner.arrays()
        except RunError as error:
            raise TrainingError(f"step {self.steps_done}: {error}") from None
        kept = self._learner.state()
        state = {
            "step": self.steps_done,
            "precision": kept.precision,
            "optimizer": {"name": kept.optimizer, "updates": kept.updates},
            "first_losses": self._watch.first,
        }
        if kept.ema_updates is not None:
            state["ema_updates"] = kept.ema_updates
        if kept.loss_scale is not None:
            state["loss_scale"] = list(kept.loss_scale)
        return Checkpoint(arrays, state)

    def restore(self, checkpoint: Checkpoint, state: CheckpointState) -> None:
        """Resume from a checkpoint, as if training had never stopped.

        Args:
            checkpoint: checkpoint of this training.
            state: what it holds besides its arrays.

        Raises:
            RunError: it belongs to another training, is incomplete, or contradicts itself.
            ConfigError: this machine cannot compute in the precision of the training.
        """
        self._require_possible(checkpoint, state)
        scale = (state.loss_scale[0], int(state.loss_scale[1])) if state.loss_scale else None
        kept = LearnerState(state.precision, state.optimizer.name, state.optimizer.updates, state.ema_updates, scale)
        self._learner.restore(dict(checkpoint.arrays), kept, checkpoint.path)
        self._watch = LossWatch(state.first_losses)
        self.steps_done = state.step

    def _require_possible(self, checkpoint: Checkpoint, state: CheckpointState) -> None:
        """Refuse a state that no step of this training can produce."""
        if state.step > self.steps_in_all:
            raise RunError(
                f"{checkpoint.path}: {shown(state.step)} steps are done, but this training has {self.steps_in_all}: "
                "it is damaged, or there are fewer images or training.epochs than when it was stopped"
            )
        batches = min(state.step * self._settings.accumulate, len(self._batches))
        if len(state.first_losses) != min(batches, LossWatch.BEGINNING):
            raise RunError(
                f"{checkpoint.path}: damaged, or changed by hand: "
                f"{counted(len(state.first_losses), 'first loss', 'first losses')} "
                f"after {counted(batches, 'batch', 'batches')}"
            )


def _require_equal_parts(parts: int, images: int) -> None:
    """A data set smaller than a batch makes batches of another size than the settings say."""
    if images % parts:
        message = f"{parts} parts cannot be equal in a batch of {images}, and there are only so many images"
        raise ConfigError("configuration", [Problem("training.parts", message)])


_INSTANT = 1e-3
"""Seconds; what is computed within them was done already."""

"""The training loop: batches in, weights changed, what happened out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from zoo_core.common.errors import ConfigError, Problem, RunError, TrainingError
from zoo_core.common.messages import counted, shown
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.plan import plan
from zoo_core.data.pipeline.batches import Batch, TrainingBatches
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.averaging import AveragedWeights
from zoo_core.engines.gluon.divergence import LossWatch, diverged
from zoo_core.engines.gluon.engine import GluonEngine
from zoo_core.engines.gluon.learning import Learner
from zoo_core.engines.gluon.optimization import Optimization
from zoo_core.engines.gluon.precision import LossScale, chosen_precision
from zoo_core.engines.gluon.weights import arrays_of, parameters_of, require_finite, set_weights
from zoo_core.registry.registry import make
from zoo_core.training.checkpoint_state import CheckpointState
from zoo_core.training.checkpoints import Checkpoint

__all__ = ["Step", "Training"]


@dataclass(frozen=True)
class Step:
    """What one step of training did.

    Attributes:
        epoch: counted from 1.
        number: of the step, counted from 1 over all epochs.
        steps: of the whole training.
        ends_epoch: whether it is the last of its epoch.
        images: in its batches.
        learning_rate: with which it was made.
        class_loss: of the batch, or the mean of its batches.
        box_loss: likewise.
        seconds: that it took.
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
        """What is minimised."""
        return self.class_loss + self.box_loss


class Training:
    """The training of a network, from its start or from a checkpoint.

    Nothing but the number of a step says what happens in it: which images, how changed, what a network draws
    at random, the learning rate. So weights, what the optimiser keeps, and this number are all that a checkpoint needs.

    Args:
        config: how it is trained.
        engine: runs the network, with the weights to begin from.
        batches: of all epochs; each depends on its number alone.

    Attributes:
        steps_done: how many steps lie behind.
        precision: in which the network computes.

    Raises:
        ConfigError: this machine cannot train so.
    """

    def __init__(self, config: DetectorConfig, engine: GluonEngine, batches: TrainingBatches) -> None:
        self.steps_done = 0
        self._settings = settings = config.training
        self._engine = engine
        self._batches = batches
        self._parameters = parameters_of(engine.network)
        if len(engine.devices) > 1:
            _spread(engine, batches.batch_size)
        loss = make(config.loss)
        loss.initialize(ctx=engine.device)
        loss.hybridize(static_alloc=True, static_shape=True)
        self._learner_in = partial(Learner, engine.network, loss, engine.devices)
        shape = (batches.batch_size, 3, *config.input_size)
        anchors = plan(config).anchor_count
        self._choose = partial(
            chosen_precision,
            device=engine.device,
            seconds=lambda precision: self._learner_in(precision).seconds(shape, anchors),
        )
        self._compute_in(self._choose(settings.precision))
        self._optimization = Optimization(self._parameters, settings)
        self._mean = AveragedWeights(self._parameters, settings.ema_decay) if settings.ema_decay else None
        self._watch = LossWatch()
        if settings.accumulate > 1:
            for parameter in self._optimization.trained.values():
                parameter.grad_req = "add"

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
        """Whole epochs that lie behind."""
        return self._batches.epochs_in(self._batches_done)

    @property
    def _batches_done(self) -> int:
        return min(self.steps_done * self._settings.accumulate, len(self._batches))

    def steps(self) -> Iterator[Step]:
        """Train, step by step; the caller decides when to go on.

        MXNet may still compute a step when it is given out: `state`, predicting and saving wait for it.

        Raises:
            DivergedError: the loss is no longer a number, or has exploded; says where, and what to try.
        """
        learner = self._learner_in(self.precision)
        batches = self._batches.starting_at(self._batches_done)
        began = time.perf_counter()
        while chosen := list(islice(batches, self._settings.accumulate)):
            arrived = time.perf_counter()
            mx.nd.waitall()
            # What was left to compute hid the waiting.
            waited = arrived - began if time.perf_counter() - arrived < _INSTANT else 0.0
            rate = self._rate
            class_loss, box_loss = self._learn(learner, chosen, rate)
            self.steps_done += 1
            now = time.perf_counter()
            yield Step(
                epoch=self._batches.epochs_in(self._batches_done - 1) + 1,
                number=self.steps_done,
                steps=self.steps_in_all,
                ends_epoch=self.at_epoch_end,
                images=sum(len(batch.images) for batch in chosen),
                learning_rate=rate,
                class_loss=class_loss,
                box_loss=box_loss,
                seconds=now - began,
                waited=waited,
            )
            began = time.perf_counter()
        mx.nd.waitall()

    def _learn(self, learner: Learner, batches: list[Batch], rate: float) -> tuple[float, float]:
        """Make one step; returns both parts of its loss."""
        # What a network draws at random (dropout) depends on the step alone.
        mx.random.seed(int(np.random.SeedSequence([self._settings.seed, self.steps_done]).generate_state(1)[0] >> 1))
        scale = self._scale.value if self._scale else 1.0
        losses = []
        for batch in batches:
            class_loss, box_loss = learner.learn(batch, scale).asnumpy().tolist()
            losses.append((class_loss, box_loss))
            if wrong := self._watch.lost(class_loss + box_loss):
                where = f"at step {self.steps_done + 1} in epoch {self.epochs_done + 1}"
                raise diverged(wrong, where, (class_loss, box_loss), batch, self._optimization.trained)
        trained = self._optimization.trained.values()
        if self._scale is None or self._scale.usable([each.list_grad()[0] for each in trained]):
            self._optimization.step(rate, len(batches) * scale)
        if self._settings.accumulate > 1:
            for parameter in trained:
                parameter.zero_grad()
        if self._mean:
            self._mean.update()
        class_mean, box_mean = (sum(parts) / len(batches) for parts in zip(*losses, strict=True))
        return class_mean, box_mean

    def _compute_in(self, precision: str) -> None:
        self.precision = precision
        self._scale = LossScale() if precision == "float16" else None

    @property
    def _rate(self) -> float:
        """The learning rate of the next step."""
        per_epoch = self._batches.per_epoch / self._settings.accumulate
        return self._settings.rate(self.steps_done + 1, self.steps_in_all, per_epoch)

    def averaged(self) -> AbstractContextManager[None]:
        """The network has the weights that are scored and kept: their running mean, where the settings have one."""
        mx.nd.waitall()
        return self._mean.in_place() if self._mean else nullcontext()

    def checkpoint(self) -> Checkpoint:
        """Everything on which the steps to come depend.

        Raises:
            TrainingError: the last step made weights that are not numbers, which the next loss would show.
        """
        mx.nd.waitall()
        arrays = {**arrays_of(self._parameters), **self._optimization.arrays()}
        state: dict[str, Any] = {
            "step": self.steps_done,
            "precision": self.precision,
            "optimizer": self._optimization.numbers(),
            "first_losses": self._watch.first,
        }
        if self._mean:
            arrays |= self._mean.arrays()
            state["ema_updates"] = self._mean.updates
        if self._scale:
            state["loss_scale"] = [self._scale.value, self._scale.good]
        try:
            require_finite(arrays, f"step {self.steps_done}")
        except RunError as error:
            raise TrainingError(str(error)) from None
        return Checkpoint(arrays, state)

    def restore(self, checkpoint: Checkpoint, state: CheckpointState) -> None:
        """Go on from a checkpoint, as if training had never stopped.

        Args:
            checkpoint: of this training.
            state: what it says beside its arrays.

        Raises:
            RunError: it belongs to another training, is not whole, or contradicts itself.
            ConfigError: this machine cannot compute in the precision of the training.
        """
        arrays = dict(checkpoint.arrays)
        try:
            self._require_possible(state)
            self._optimization.restore(arrays, state.optimizer.model_dump())
            if self._mean:
                self._mean.restore(arrays, state.step)
        except RunError as error:
            raise RunError(f"{checkpoint.path}: {error}") from None
        require_finite(checkpoint.arrays, checkpoint.path)
        set_weights(self._engine.network, arrays, checkpoint.path)
        self._watch = LossWatch(state.first_losses)
        if state.precision != self.precision:
            self._compute_in(self._choose(state.precision))
        if self._scale and state.loss_scale:
            self._scale.value, self._scale.good = state.loss_scale[0], int(state.loss_scale[1])
        self.steps_done = state.step

    def _require_possible(self, state: CheckpointState) -> None:
        """Refuse a state that no step of this training can leave behind."""
        if state.step > self.steps_in_all:
            raise RunError(
                f"{shown(state.step)} steps are done, and this training has {self.steps_in_all}: it is damaged, or has "
                "fewer images or training.epochs than when it was stopped"
            )
        if (state.ema_updates is None) != (self._mean is None):
            had = "no running mean" if state.ema_updates is None else "a running mean"
            raise RunError(f"{had} of the weights; training.ema_decay is not what it was")
        batches = min(state.step * self._settings.accumulate, len(self._batches))
        if len(state.first_losses) != min(batches, LossWatch.BEGINNING):
            raise RunError(
                f"damaged, or changed by hand: {counted(len(state.first_losses), 'first loss', 'first losses')} "
                f"after {counted(batches, 'batch', 'batches')}"
            )


_INSTANT = 1e-3
"""Seconds; what is computed within them was done already."""


def _spread(engine: GluonEngine, batch_size: int) -> None:
    """Put the parameters on all devices."""
    if batch_size < len(engine.devices):
        message = f"{len(engine.devices)} devices cannot share a batch of {batch_size}; set training.batch_size"
        raise ConfigError("configuration", [Problem("device", message)])
    engine.network.collect_params().reset_ctx(engine.devices)

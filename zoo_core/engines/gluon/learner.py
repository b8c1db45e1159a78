"""Training on MXNet; implements `zoo_core.prediction.engine.Learner`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.common.errors import ConfigError, Problem, RunError
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.plan import plan
from zoo_core.data.pipeline.batches import Batch
from zoo_core.engines.checkpoint_arrays import require_same_averaging
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.averaging import AveragedWeights
from zoo_core.engines.gluon.gradients import Gradients
from zoo_core.engines.gluon.graphs import network_graph
from zoo_core.engines.gluon.optimization import Optimization
from zoo_core.engines.gluon.parts import GluonParts
from zoo_core.engines.gluon.precision import chosen_precision
from zoo_core.engines.gluon.promises import check_loss
from zoo_core.engines.gluon.weights import arrays_of, parameters_of, set_weights
from zoo_core.engines.gradient_report import largest_gradients
from zoo_core.engines.part_sums import part_seed
from zoo_core.engines.precision import LossScale
from zoo_core.engines.weight_arrays import require_finite
from zoo_core.prediction.engine import LearnerState
from zoo_core.registry.registry import make

__all__ = ["GluonLearner"]


class GluonLearner:
    """Trains a network of gluon.

    Args:
        network: network with the initial weights.
        devices: MXNet contexts, which share the images of each batch.
        config: how it is trained.
        batch_size: images in a batch.

    Attributes:
        precision: in which the network computes.

    Raises:
        ConfigError: this machine cannot train like that.
        PluginError: the loss fails, or gives something else than a loss promises.
    """

    def __init__(self, network: Any, devices: Sequence[Any], config: DetectorConfig, batch_size: int) -> None:
        settings = config.training
        self._network = network
        self._parameters = parameters_of(network)
        read = {self._parameters[name] for name in network_graph(network).weights}
        for parameter in self._parameters.values():
            if parameter not in read:  # nothing can be learned for it
                parameter.grad_req = "null"
        if len(devices) > 1:
            _spread(network, devices, batch_size)
        loss = make(config.loss)
        loss.initialize(ctx=list(devices))
        shapes = plan(config)
        check_loss(loss, config, devices[0])
        loss.hybridize(static_alloc=True, static_shape=True)
        self._gradients_in = partial(Gradients, network, loss, devices)
        self._part_count, normalizers = settings.parts, config.loss.normalizers
        self._parts_in = partial(GluonParts, network, loss, devices, parts=settings.parts, normalizers=normalizers)
        shape, anchors = (batch_size // settings.parts, 3, *config.input_size), shapes.anchor_count
        self._choose = partial(
            chosen_precision,
            device=devices[0],
            seconds=lambda precision: self._gradients_in(precision).seconds(shape, anchors, config.soft_class_count),
        )
        self._seed = self._batches = 0
        self._measures_precision = settings.precision == "auto"
        self._compute_in(self._choose(settings.precision))
        self._optimization = Optimization(self._parameters, settings)
        self._mean = AveragedWeights(self._parameters, settings.ema_decay) if settings.ema_decay else None
        self._accumulates = settings.accumulate > 1 and settings.parts == 1
        if self._accumulates:
            for parameter in self._optimization.trained.values():
                parameter.grad_req = "add"

    def _compute_in(self, precision: str) -> None:
        self.precision = precision
        self._gradients = self._gradients_in(precision)
        self._parts = self._parts_in(precision) if self._part_count > 1 else None
        self._scale = LossScale() if precision == "float16" else None

    def seed(self, number: int) -> None:
        """See `Learner.seed`."""
        self._seed, self._batches = number, 0
        if self._parts:
            self._parts.begin(number)

    def forward_backward(self, batch: Batch) -> tuple[float, float]:
        """See `Learner.forward_backward`; the gradients may still be computed when this returns."""
        if self._parts:
            return self.take(self.contribution(batch, range(self._part_count)))
        seed = part_seed(self._seed, self._batches, 0) if self._batches else self._seed
        self._batches += 1
        class_loss, box_loss = self._gradients.add(batch, seed, self._scale_value).asnumpy().tolist()
        return class_loss, box_loss

    def contribution(self, images: Batch, parts: range) -> NDArray[np.float32]:
        """See `Learner.contribution`."""
        return self._cut.contribution(images, parts, self._scale_value)

    def take(self, total: NDArray[np.float32]) -> tuple[float, float]:
        """See `Learner.take`."""
        return self._cut.take(total)

    def abandon(self) -> None:
        """See `Learner.abandon`."""
        self._cut.abandon()

    @property
    def _cut(self) -> GluonParts:
        if self._parts is None:
            raise ValueError("training.parts is 1: batches are not computed in parts")
        return self._parts

    @property
    def _scale_value(self) -> float:
        return self._scale.value if self._scale else 1.0

    def step(self, rate: float, batches: int) -> None:
        """See `Learner.step`."""
        trained, scale = self._optimization.trained.values(), self._scale_value
        if self._scale is None or self._usable(self._scale):
            self._optimization.step(rate, batches * scale)
        if self._accumulates:
            for parameter in trained:
                parameter.zero_grad()
        if self._mean:
            self._mean.update()

    def _usable(self, scale: LossScale) -> bool:
        """Whether all gradients are finite, by which the scale is changed."""
        gradients = [each.list_grad()[0] for each in self._optimization.trained.values()]
        finite = bool(mx.nd.multi_all_finite(*gradients, num_arrays=len(gradients)).asscalar())
        scale.follow(finite=finite)
        return finite

    def largest_gradients(self) -> str:
        """See `Learner.largest_gradients`."""
        mx.nd.waitall()
        trained = self._optimization.trained
        return largest_gradients({name: float(each.list_grad()[0].norm().asscalar()) for name, each in trained.items()})

    def wait(self) -> None:
        """See `Learner.wait`."""
        mx.nd.waitall()

    def averaged(self) -> AbstractContextManager[None]:
        """See `Learner.averaged`."""
        mx.nd.waitall()
        return self._mean.in_place() if self._mean else nullcontext()

    def arrays(self) -> dict[str, NDArray[Any]]:
        """See `Learner.arrays`."""
        mx.nd.waitall()
        arrays = {**arrays_of(self._parameters), **self._optimization.arrays()}
        if self._mean:
            arrays |= self._mean.arrays()
        require_finite(arrays)
        return arrays

    def state(self) -> LearnerState:
        """See `Learner.state`."""
        kept = self._optimization.numbers()
        return LearnerState(
            self.precision,
            optimizer=kept["name"],
            updates=kept["updates"],
            ema_updates=self._mean.updates if self._mean else None,
            loss_scale=(self._scale.value, self._scale.good) if self._scale else None,
        )

    def restore(self, arrays: dict[str, NDArray[Any]], state: LearnerState, place: Path) -> None:
        """See `Learner.restore`."""
        remaining = dict(arrays)
        try:
            require_same_averaging(state, averages=self._mean is not None)
            self._optimization.restore(remaining, {"name": state.optimizer, "updates": state.updates})
            if self._mean and state.ema_updates is not None:
                self._mean.restore(remaining, state.ema_updates)
        except RunError as error:
            raise RunError(f"{place}: {error}") from None
        require_finite(arrays, place)
        set_weights(self._network, remaining, place)
        if self._measures_precision and state.precision != self.precision:
            self._compute_in(self._choose(state.precision))
        if self._scale and state.loss_scale:
            self._scale.value, self._scale.good = state.loss_scale


def _spread(network: Any, devices: Sequence[Any], batch_size: int) -> None:
    """Put the parameters on all devices."""
    if batch_size < len(devices):
        message = f"{len(devices)} devices cannot share a batch of {batch_size}; set training.batch_size"
        raise ConfigError("configuration", [Problem("device", message)])
    network.collect_params().reset_ctx(list(devices))

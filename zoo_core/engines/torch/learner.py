"""Training on PyTorch; implements `zoo_core.prediction.engine.Learner`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zoo_core.boxes.protocols import Targets
from zoo_core.common.errors import RunError
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.plan import plan
from zoo_core.data.pipeline.batches import Batch
from zoo_core.engines.checkpoint_arrays import require_same_averaging
from zoo_core.engines.gradient_report import largest_gradients
from zoo_core.engines.precision import LossScale, empty_batch
from zoo_core.engines.torch.allocation import keep_freed_memory
from zoo_core.engines.torch.averaging import AveragedWeights
from zoo_core.engines.torch.blocked import gains_by_blocks
from zoo_core.engines.torch.losses import arrays_for
from zoo_core.engines.torch.module import GraphModule
from zoo_core.engines.torch.optimization import Optimization
from zoo_core.engines.torch.parts import TorchParts
from zoo_core.engines.torch.precision import chosen_precision
from zoo_core.engines.torch.reduction import Reduction
from zoo_core.engines.weight_arrays import require_finite
from zoo_core.prediction.engine import LearnerState, Peers

__all__ = ["TorchLearner"]


class TorchLearner:
    """Trains a module that computes the graph of a network.

    Args:
        network: with the weights to begin from, on its device.
        loss: the module of the loss: scores, offsets and targets to the class part and the box part.
        device: of both.
        config: how it is trained.
        batch_size: images in a batch.
        rates: see `NetworkFile.rates`.

    Attributes:
        precision: in which the network computes.

    Raises:
        ConfigError: this machine cannot train so.
    """

    def __init__(
        self,
        network: GraphModule,
        loss: GraphModule,
        device: torch.device,
        config: DetectorConfig,
        batch_size: int,
        rates: Mapping[str, float],
    ) -> None:
        settings = config.training
        self._network, self._loss, self._device = network, loss, device
        if device.type == "cpu":
            keep_freed_memory()
        elif device.type == "cuda":  # the same kernels each time, so that the seed decides all that can be decided
            torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False
        self._trial = partial(
            empty_batch,
            (batch_size // settings.parts, 3, *config.input_size),
            plan(config).anchor_count,
            config.soft_class_count,
        )
        self._measures_precision = settings.precision == "auto"
        self._compute_in(chosen_precision(settings.precision, device, self._seconds))
        self._weights = network.weights()
        self._optimizer = settings.optimizer.name
        self._optimization = Optimization(network.learnable(), settings, rates)
        self._mean = AveragedWeights(self._weights, settings.ema_decay) if settings.ema_decay else None
        statistics = {name: self._weights[name] for name in sorted(network.graph.running_statistics)}
        self._parts = TorchParts(
            self._losses,
            self._scaled_by,
            self._optimization.trained,
            statistics,
            settings.parts,
            config.loss.normalizers,
        )
        self._reduction: Reduction | None = None

    def _compute_in(self, precision: str) -> None:
        self.precision = precision
        self._type: torch.dtype = getattr(torch, precision)
        self._scale = LossScale() if precision == "float16" else None
        # Faster than by channels, on processors and on GPUs, and blocked maps are faster still: benchmarks/engines.py.
        # Gradients of weights come contiguous from blocked maps, and would be copied for weights in another format.
        blocked = self._gains_by_blocks
        self.lay_out(torch.contiguous_format if blocked else torch.channels_last, blocked=blocked)

    @property
    def _gains_by_blocks(self) -> bool:
        on_float32 = self._device.type == "cpu" and self.precision == "float32"
        return on_float32 and gains_by_blocks(self._network.graph)

    def lay_out(self, layout: torch.memory_format, *, blocked: bool = False) -> None:
        """Keep images and weights in a memory format; what is computed does not depend on it.

        Args:
            layout: likewise of maps.
            blocked: whether maps are in oneDNN's layout in place of it: see `zoo_core.engines.torch.blocked`.
        """
        self._layout, self._blocked = layout, blocked
        self._network.to(memory_format=layout)  # type: ignore[call-overload]  # untyped in torch

    def _seconds(self, precision: str) -> float:
        """Seconds of a step in a precision, the first step excluded; running statistics are as they were."""
        kept = {name: each.clone() for name, each in self._network.named_buffers()}
        self._compute_in(precision)
        batch = self._trial()
        for _ in range(2):
            began = time.perf_counter()
            self._losses(batch)[0].sum().backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            self.wait()
        seconds = time.perf_counter() - began
        self._network.zero_grad()
        for name, each in self._network.named_buffers():
            each.copy_(kept[name])
        return seconds

    def seed(self, number: int) -> None:
        """See `Learner.seed`."""
        torch.manual_seed(number)
        self._parts.begin(number)

    def forward_backward(self, batch: Batch) -> tuple[float, float]:
        """See `Learner.forward_backward`."""
        if self._parts.count > 1:
            return self._parts.take(self._parts.contribution(batch, range(self._parts.count)))
        losses, _ = self._losses(batch)
        (losses.sum() * self._scaled_by()).backward()  # type: ignore[no-untyped-call]  # see above
        class_loss, box_loss = losses.tolist()
        return class_loss, box_loss

    def contribution(self, images: Batch, parts: range) -> NDArray[np.float32]:
        """See `PartLearner.contribution`."""
        return _array(self._parts.contribution(images, parts))

    def take(self, total: NDArray[np.float32]) -> tuple[float, float]:
        """See `PartLearner.take`."""
        return self._parts.take(self._here(total))

    def join(self, peers: Peers) -> None:
        """See `ReducingLearner.join`."""
        self._reduction = None  # which ends what is left of it, before another begins
        self._reduction = Reduction(peers, self._device) if peers.size > 1 else None

    def contribute(self, images: Batch, parts: range) -> None:
        """See `ReducingLearner.contribute`."""
        self._own = self._parts.contribution(images, parts)

    def reduce(self) -> tuple[float, float]:
        """See `ReducingLearner.reduce`."""
        if self._reduction:
            self._reduction.add(self._own)
        return self._parts.take(self._own)

    def abandon(self) -> None:
        """See `Learner.abandon`."""
        self._parts.abandon()
        self._network.zero_grad()

    def _losses(self, batch: Batch) -> tuple[Tensor, Targets]:
        """The class part and the box part of the loss, (2,), and the targets to which outputs were held."""
        self._network.train()
        self._loss.train()
        with torch.autocast(self._device.type, self._type, enabled=self._type != torch.float32):
            images = self._here(batch.images).contiguous(memory_format=self._layout)
            outputs = [each.float() for each in self._network(images, blocked=self._blocked)]
        targets = _targets(batch, outputs)
        parts = self._loss(*outputs, *map(self._here, arrays_for(self._loss, targets)))
        return torch.stack([part.sum() for part in parts]), targets

    def _scaled_by(self) -> float:
        return self._scale.value if self._scale else 1.0

    def _here(self, values: NDArray[Any]) -> Tensor:
        tensor = torch.from_numpy(np.asarray(values, np.float32))
        if self._device.type == "cuda":
            return tensor.pin_memory().to(self._device, non_blocking=True)
        return tensor.to(self._device)

    def step(self, rate: float, batches: int) -> None:
        """See `Learner.step`."""
        scale = self._scaled_by()
        if self._scale is None or self._usable(self._scale):
            self._optimization.step(rate, batches * scale)
        self._network.zero_grad()
        if self._mean:
            self._mean.update()

    def _usable(self, scale: LossScale) -> bool:
        """Whether all gradients are finite, by which the scale is changed."""
        gradients = [each.grad for each in self._optimization.trained.values() if each.grad is not None]
        finite = bool(torch.stack([torch.isfinite(each).all() for each in gradients]).all())
        scale.follow(finite=finite)
        return finite

    def largest_gradients(self) -> str:
        """See `Learner.largest_gradients`."""
        gradients = {name: each.grad for name, each in self._optimization.trained.items()}
        return largest_gradients(
            {name: 0.0 if each is None else float(each.norm()) for name, each in gradients.items()}
        )

    def wait(self) -> None:
        """See `Learner.wait`."""
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        elif self._device.type == "mps":
            torch.mps.synchronize()

    def averaged(self) -> AbstractContextManager[None]:
        """See `Learner.averaged`."""
        return self._mean.in_place() if self._mean else nullcontext()

    def arrays(self) -> dict[str, NDArray[Any]]:
        """See `Learner.arrays`."""
        arrays = {**self._network.arrays(), **self._optimization.arrays()}
        if self._mean:
            arrays |= self._mean.arrays()
        require_finite(arrays)
        return arrays

    def state(self) -> LearnerState:
        """See `Learner.state`."""
        return LearnerState(
            self.precision,
            optimizer=self._optimizer,
            updates=self._optimization.updates,
            ema_updates=self._mean.updates if self._mean else None,
            loss_scale=(self._scale.value, self._scale.good) if self._scale else None,
        )

    def restore(self, arrays: dict[str, NDArray[Any]], state: LearnerState, place: Path) -> None:
        """See `Learner.restore`."""
        remaining = dict(arrays)
        try:
            require_same_averaging(state, averages=self._mean is not None)
            self._optimization.restore(remaining, state.optimizer, state.updates)
            if self._mean and state.ema_updates is not None:
                self._mean.restore(remaining, state.ema_updates)
        except RunError as error:
            raise RunError(f"{place}: {error}") from None
        require_finite(arrays, place)
        self._network.set(remaining, place)
        if self._measures_precision and state.precision != self.precision:
            self._compute_in(chosen_precision(state.precision, self._device, self._seconds))
        if self._scale and state.loss_scale:
            self._scale.value, self._scale.good = state.loss_scale


def _array(tensor: Tensor) -> NDArray[np.float32]:
    values: NDArray[np.float32] = tensor.detach().float().cpu().numpy()
    return values


def _targets(batch: Batch, outputs: list[Tensor]) -> Targets:
    """Those of a batch, reconsidered where they are to be."""
    if batch.reconsider is None:
        return batch.targets
    scores, numbers = (each.detach().float().cpu().numpy() for each in outputs)
    return batch.reconsider(scores, numbers)

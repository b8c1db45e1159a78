"""Training on PyTorch; implements `zoo_core.prediction.engine.Learner`."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zoo_core.boxes.protocols import Targets
from zoo_core.common.errors import RunError
from zoo_core.config.training import TrainingSettings
from zoo_core.data.pipeline.batches import Batch
from zoo_core.engines.checkpoint_arrays import require_same_averaging
from zoo_core.engines.gradient_report import largest_gradients
from zoo_core.engines.torch.averaging import AveragedWeights
from zoo_core.engines.torch.module import GraphModule
from zoo_core.engines.torch.optimization import Optimization
from zoo_core.engines.torch.precision import chosen_type
from zoo_core.engines.weight_arrays import require_finite
from zoo_core.prediction.engine import LearnerState

__all__ = ["TorchLearner"]


class TorchLearner:
    """Trains a module that computes the graph of a network.

    Args:
        network: with the weights to begin from, on its device.
        loss: the module of the loss: scores, offsets and targets to the class part and the box part.
        device: of both.
        settings: how it is trained.

    Attributes:
        precision: in which the network computes.

    Raises:
        ConfigError: this machine cannot train so.
    """

    def __init__(
        self, network: GraphModule, loss: GraphModule, device: torch.device, settings: TrainingSettings
    ) -> None:
        self._network, self._loss, self._device = network, loss, device
        self._compute_in(settings.precision)
        self._weights = network.weights()
        self._optimizer = settings.optimizer.name
        self._optimization = Optimization(dict(network.named_parameters()), settings)
        self._mean = AveragedWeights(self._weights, settings.ema_decay) if settings.ema_decay else None

    def _compute_in(self, precision: str) -> None:
        self._type = chosen_type(precision)
        self.precision = str(self._type).rpartition(".")[2]

    def seed(self, number: int) -> None:
        """See `Learner.seed`."""
        torch.manual_seed(number)

    def forward_backward(self, batch: Batch) -> tuple[float, float]:
        """See `Learner.forward_backward`."""
        self._network.train()
        self._loss.train()
        with torch.autocast(self._device.type, self._type, enabled=self._type != torch.float32):
            outputs = [each.float() for each in self._network(self._here(batch.images))]
        parts = self._loss(*outputs, *map(self._here, _targets(batch, outputs).for_loss()))
        sums = torch.stack([part.sum() for part in parts])
        sums.sum().backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        class_loss, box_loss = sums.tolist()
        return class_loss, box_loss

    def _here(self, values: NDArray[Any]) -> Tensor:
        return torch.from_numpy(np.asarray(values, np.float32)).to(self._device)

    def step(self, rate: float, batches: int) -> None:
        """See `Learner.step`."""
        self._optimization.step(rate, batches)
        self._network.zero_grad()
        if self._mean:
            self._mean.update()

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
        if state.precision != self.precision:
            self._compute_in(state.precision)


def _targets(batch: Batch, outputs: list[Tensor]) -> Targets:
    """Those of a batch, reconsidered where they are to be."""
    if batch.reconsider is None:
        return batch.targets
    scores, numbers = (each.detach().float().cpu().numpy() for each in outputs)
    return batch.reconsider(scores, numbers)

"""Batches in parts on PyTorch: each part with its own batch norm."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from zoo_core.boxes.protocols import Targets
from zoo_core.data.pipeline.batches import Batch
from zoo_core.engines.batch_parts import BatchParts
from zoo_core.engines.part_sums import PartSums, part_weight, tree_sum
from zoo_core.parts.outputs import Normalizer

__all__ = ["TorchParts"]


class TorchParts(BatchParts):
    """Gradients of batches that are computed in parts, for the weights of a network.

    Args:
        losses: of a batch: the class part and the box part, (2,), and the targets to which outputs were held.
        scale: by which gradients are larger, at the moment.
        trained: weights that learn, by name.
        statistics: running statistics, by name, which a batch changes.
        count: of the parts of a batch.
        normalizers: of the loss, which has some where there are several parts.
    """

    def __init__(
        self,
        losses: Callable[[Batch], tuple[Tensor, Targets]],
        scale: Callable[[], float],
        trained: Mapping[str, Tensor],
        statistics: Mapping[str, Tensor],
        count: int,
        normalizers: Sequence[Normalizer],
    ) -> None:
        self.count = count
        self._losses, self._scale = losses, scale
        self._trained, self._statistics = trained, statistics
        sums = PartSums(count, len(normalizers), _shapes(trained), _shapes(statistics), _joined)
        super().__init__(sums, normalizers)

    def contribution(self, batch: Batch, parts: range) -> Tensor:
        """See `PartLearner.contribution`; on the device."""
        before = self._statistics_now()

        def contributions() -> Iterator[Tensor]:
            for part, piece in zip(parts, batch.split(len(parts)), strict=True):
                torch.manual_seed(self._seed_of(part))
                losses, targets = self._losses(piece)
                weight = part_weight(targets, self._normalizers)
                gradients = self._gradients(losses, weight.factors)
                sums = losses.detach() * _beside(losses, weight.factors.sum(axis=0))
                yield self._sums.packed(gradients, self._statistics.values(), sums, _beside(losses, weight.added))
                self._set_statistics(before)

        return tree_sum(contributions())

    def _gradients(self, losses: Tensor, factors: NDArray[np.float32]) -> list[Tensor]:
        """The gradients of both parts of a loss times each row of factors (D, 2), weight by weight."""
        found: list[Tensor] = []
        for passes_after, row in zip(reversed(range(len(factors))), factors, strict=True):
            for weight in self._trained.values():
                weight.grad = None
            total = (losses * _beside(losses, row * np.float32(self._scale()))).sum()
            total.backward(retain_graph=passes_after > 0)  # type: ignore[no-untyped-call]  # torch leaves it untyped
            found += [torch.zeros_like(each) if each.grad is None else each.grad for each in self._trained.values()]
        return found

    def _set_gradients(self, values: Mapping[str, Tensor]) -> None:
        for name, weight in self._trained.items():
            if weight.grad is not None:  # one that the loss does not reach has none in any part
                weight.grad = values[name]

    def _statistics_now(self) -> dict[str, Tensor]:
        return {name: each.clone() for name, each in self._statistics.items()}

    def _set_statistics(self, values: Mapping[str, Tensor]) -> None:
        for name, each in values.items():
            self._statistics[name].copy_(each)


def _beside(tensor: Tensor, values: NDArray[Any]) -> Tensor:
    """Numbers on the device of a tensor."""
    return torch.as_tensor(values, dtype=torch.float32, device=tensor.device)


def _joined(tensors: Sequence[Tensor]) -> Tensor:
    return torch.cat(tuple(tensors))


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(each.shape) for name, each in tensors.items()}

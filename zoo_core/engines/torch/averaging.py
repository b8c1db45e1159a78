"""A running mean of the weights of a module, which scores better than the weights of any single step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from zoo_core.engines.averaging import decay_at, mean_name, taken_mean

__all__ = ["AveragedWeights"]


class AveragedWeights:
    """The running mean ``decay * mean + (1 - decay) * weight`` of every weight, running statistics included.

    Args:
        weights: by name.
        decay: near 1; see `decay_at`.
    """

    def __init__(self, weights: Mapping[str, Tensor], decay: float) -> None:
        self._weights = weights
        self._decay = decay
        self.updates = 0
        self._means = {name: each.detach().clone() for name, each in weights.items()}

    @torch.no_grad()
    def update(self) -> None:
        """Take the weights of now into the mean."""
        self.updates += 1
        decay = decay_at(self.updates, self._decay)
        for name, weight in self._weights.items():
            self._means[name].mul_(decay).add_(weight, alpha=1 - decay)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The module has the means for its weights as long as this lasts."""
        weights = {name: each.detach().clone() for name, each in self._weights.items()}
        self._put(self._means)
        try:
            yield
        finally:
            self._put(weights)

    @torch.no_grad()
    def _put(self, values: Mapping[str, Tensor]) -> None:
        for name, weight in self._weights.items():
            weight.copy_(values[name])

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The means by ``ema.NAME``."""
        return {mean_name(name): mean.cpu().numpy().copy() for name, mean in self._means.items()}

    def restore(self, arrays: dict[str, NDArray[Any]], updates: int) -> None:
        """Set the means as they were; they are taken out of `arrays`.

        Raises:
            RunError: one is not there.
        """
        for name, mean in self._means.items():
            mean.copy_(torch.from_numpy(taken_mean(arrays, name, tuple(mean.shape)).copy()))
        self.updates = updates

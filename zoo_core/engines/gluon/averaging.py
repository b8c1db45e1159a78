"""A running mean of the weights of a network, which scores better than the weights of any single step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from numpy.typing import NDArray

from zoo_core.engines.averaging import decay_at, mean_name, taken_mean
from zoo_core.engines.gluon import mx

__all__ = ["AveragedWeights"]


class AveragedWeights:
    """The running mean ``decay * mean + (1 - decay) * weight`` of every parameter, running statistics included.

    Args:
        parameters: by name.
        decay: near 1; see `decay_at`.
    """

    def __init__(self, parameters: Mapping[str, Any], decay: float) -> None:
        self._parameters = parameters
        self._decay = decay
        self.updates = 0
        self._means = {name: parameter.list_data()[0].copy() for name, parameter in parameters.items()}

    def update(self) -> None:
        """Update the mean with the current weights."""
        # Batch norm's statistics are written by the backward pass without MXNet's engine knowing of it.
        mx.nd.waitall()
        self.updates += 1
        decay = decay_at(self.updates, self._decay)
        for name, parameter in self._parameters.items():
            mean = self._means[name]
            mean *= decay
            mean += (1 - decay) * parameter.list_data()[0]

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The network has the means for its weights as long as this lasts."""
        weights = {name: parameter.list_data()[0].copy() for name, parameter in self._parameters.items()}
        self._put(self._means)
        try:
            yield
        finally:
            self._put(weights)

    def _put(self, values: Mapping[str, Any]) -> None:
        for name, parameter in self._parameters.items():
            parameter.set_data(values[name])

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The means by ``ema.NAME``."""
        return {mean_name(name): mean.asnumpy() for name, mean in self._means.items()}

    def restore(self, arrays: dict[str, NDArray[Any]], updates: int) -> None:
        """Restore the means; they are removed from `arrays`.

        Raises:
            RunError: one is missing.
        """
        for name, mean in self._means.items():
            mean[:] = mx.nd.array(taken_mean(arrays, name, mean.shape), dtype=mean.dtype)
        self.updates = updates

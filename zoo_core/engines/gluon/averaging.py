"""A running mean of the weights, which scores better than the weights of any single step.

Source: Polyak and Juditsky, Acceleration of Stochastic Approximation by Averaging, 1992; the
smaller decay at the start is that of TensorFlow's ExponentialMovingAverage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from numpy.typing import NDArray

from zoo_core.common.errors import RunError
from zoo_core.engines.gluon import mx

__all__ = ["AveragedWeights"]

_MEAN = "ema"


class AveragedWeights:
    """The running mean ``decay * mean + (1 - decay) * weight`` of every parameter, running statistics included.

    At the n-th update the decay is at most (1 + n) / (10 + n), so that the first weights are soon forgotten.

    Args:
        parameters: by name.
        decay: near 1; the mean spans about 1 / (1 - decay) steps.
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
        decay = min(self._decay, (1 + self.updates) / (10 + self.updates))
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
        return {f"{_MEAN}.{name}": mean.asnumpy() for name, mean in self._means.items()}

    def restore(self, arrays: dict[str, NDArray[Any]], updates: int) -> None:
        """Restore the means; they are removed from `arrays`.

        Raises:
            RunError: one is missing.
        """
        for name, mean in self._means.items():
            values = arrays.pop(f"{_MEAN}.{name}", None)
            if values is None or values.shape != mean.shape:
                found = "is missing" if values is None else f"has the shape {values.shape}, not {mean.shape}"
                raise RunError(f"the running mean {_MEAN}.{name} {found}: the checkpoint is damaged")
            mean[:] = mx.nd.array(values, dtype=mean.dtype)
        self.updates = updates

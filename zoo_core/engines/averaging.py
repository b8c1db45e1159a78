"""What a running mean of the weights is on any engine: how fast it forgets, and how a checkpoint keeps it.

Source: Polyak and Juditsky, Acceleration of Stochastic Approximation by Averaging, 1992; the
smaller decay at the start is that of TensorFlow's ExponentialMovingAverage.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from zoo_core.common.errors import RunError

__all__ = ["decay_at", "mean_name", "taken_mean"]


def decay_at(update: int, most: float) -> float:
    """The decay of an update, counted from 1: at most (1 + n) / (10 + n), so that the first weights are soon forgotten.

    Args:
        update: number of the update.
        most: the decay of later ones, near 1; the mean spans about 1 / (1 - decay) steps.
    """
    return min(most, (1 + update) / (10 + update))


def mean_name(weight: str) -> str:
    """The name under which a checkpoint keeps the mean of a weight."""
    return f"ema.{weight}"


def taken_mean(arrays: dict[str, NDArray[Any]], weight: str, shape: tuple[int, ...]) -> NDArray[Any]:
    """Take the mean of a weight out of the arrays of a checkpoint.

    Raises:
        RunError: it is missing, or of another shape.
    """
    name = mean_name(weight)
    values = arrays.pop(name, None)
    if values is None or values.shape != shape:
        found = "is missing" if values is None else f"has the shape {values.shape}, not {shape}"
        raise RunError(f"the running mean {name} {found}: the checkpoint is damaged")
    return values

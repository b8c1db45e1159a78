"""How the weights of a layer begin, by MXNet's names, where MXNet is not there to draw them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Initializer", "drawn", "is_known"]

Shape = tuple[int, ...]
Array = NDArray[np.float32]


class Initializer(NamedTuple):
    """How a weight begins.

    Attributes:
        name: MXNet's, as ``xavier``.
        settings: all of them.
    """

    name: str
    settings: Mapping[str, Any]


def is_known(initializer: Initializer) -> bool:
    """Whether `drawn` can draw by it; an array of constants is for one shape alone."""
    return initializer.name in _RULES and not isinstance(initializer.settings.get("value"), list)


def drawn(initializer: Initializer, shape: Shape, rng: np.random.Generator) -> Array:
    """A new weight: of the distribution from which MXNet draws, though not its numbers.

    Args:
        initializer: one that is known.
        shape: of the weight; of several axes for ``xavier`` and ``msraprelu``.
        rng: from which it is drawn.
    """
    return np.asarray(_RULES[initializer.name](rng, shape, **initializer.settings), np.float32)


def _xavier(
    rng: np.random.Generator,
    shape: Shape,
    rnd_type: str = "uniform",
    factor_type: str = "avg",
    magnitude: float = 3.0,
) -> NDArray[Any]:
    """Glorot and Bengio, 2010: numbers that are smaller the more of them are added up."""
    cells = math.prod(shape[2:])
    inputs, outputs = shape[1] * cells, shape[0] * cells
    fan = {"avg": (inputs + outputs) / 2, "in": inputs, "out": outputs}[factor_type]
    scale = math.sqrt(magnitude / fan)
    return _uniform(rng, shape, scale) if rnd_type == "uniform" else _normal(rng, shape, scale)


def _msraprelu(rng: np.random.Generator, shape: Shape, factor_type: str = "avg", slope: float = 0.25) -> NDArray[Any]:
    """He et al., 2015."""
    return _xavier(rng, shape, "gaussian", factor_type, 2 / (1 + slope**2))


def _normal(rng: np.random.Generator, shape: Shape, sigma: float = 0.01) -> NDArray[Any]:
    return rng.normal(0, sigma, shape)


def _uniform(rng: np.random.Generator, shape: Shape, scale: float = 0.07) -> NDArray[Any]:
    return rng.uniform(-scale, scale, shape)


def _constant(_rng: np.random.Generator, shape: Shape, value: Any = 0.0) -> NDArray[Any]:
    return np.full(shape, value)


def _zero(rng: np.random.Generator, shape: Shape) -> NDArray[Any]:
    return _constant(rng, shape, 0)


def _one(rng: np.random.Generator, shape: Shape) -> NDArray[Any]:
    return _constant(rng, shape, 1)


_RULES: dict[str, Callable[..., NDArray[Any]]] = {
    "xavier": _xavier,
    "msraprelu": _msraprelu,
    "normal": _normal,
    "uniform": _uniform,
    "constant": _constant,
    "zero": _zero,
    "zeros": _zero,
    "one": _one,
    "ones": _one,
}

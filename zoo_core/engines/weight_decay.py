"""Which weights are spared weight decay: the scales and shifts of normalisation, and biases."""

from __future__ import annotations

__all__ = ["is_norm_or_bias"]

_NORMS_AND_BIASES = ("gamma", "beta", "bias", "scale")


def is_norm_or_bias(name: str, shape: tuple[int, ...]) -> bool:
    """Whether a weight of this name and shape is one."""
    return name.rpartition(".")[2] in _NORMS_AND_BIASES or len(shape) < 2

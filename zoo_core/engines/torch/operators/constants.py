"""Numbers that depend on no tensor, or on the shape of one alone."""

from __future__ import annotations

import torch
from torch import Tensor

from zoo_core.engines.torch.operators.registry import UnsupportedOperatorError, operator

__all__ = ["arange", "arange_like", "full"]


@operator("_full")
def full(*, shape: tuple[int, ...], dtype: str, value: float) -> Tensor:
    """The same number in a shape."""
    if not all(shape):
        raise UnsupportedOperatorError(f"the shape {shape} leaves sizes open")
    return torch.full(shape, value, dtype=getattr(torch, dtype))


@operator("_zeros")
def zeros(*, shape: tuple[int, ...], dtype: str) -> Tensor:
    """0 in a shape."""
    return full(shape=shape, dtype=dtype, value=0)


@operator("_ones")
def ones(*, shape: tuple[int, ...], dtype: str) -> Tensor:
    """1 in a shape."""
    return full(shape=shape, dtype=dtype, value=1)


@operator("_arange")
def arange(*, start: float, stop: float | None, step: float, repeat: int, dtype: str) -> Tensor:
    """Numbers in steps, from 0 where one end alone is given."""
    first, end = (0, start) if stop is None else (start, stop)
    return torch.arange(first, end, step, dtype=torch.float64).to(getattr(torch, dtype)).repeat_interleave(repeat)


@operator("_contrib_arange_like")
def arange_like(data: Tensor, *, start: float, step: float, repeat: int, axis: int | None) -> Tensor:
    """Numbers in steps, as many as an axis or the whole tensor has."""
    count = data.numel() if axis is None else data.shape[axis]
    numbers = start + step * (torch.arange(count, device=data.device) // repeat).to(data.dtype)
    return numbers.reshape(data.shape) if axis is None else numbers

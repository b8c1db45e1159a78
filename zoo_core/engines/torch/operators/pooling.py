"""Pooling: maxima, means and sums of windows, of bins, and maps of another size."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from zoo_core.engines.operators.shapes import resized_maps
from zoo_core.engines.operators.windows import behind
from zoo_core.engines.torch.blocked import dense
from zoo_core.engines.torch.operators.registry import UnsupportedOperatorError, operator

__all__ = ["adaptive_average_pooling", "bilinear_resize", "pooling"]


@operator("Pooling")
def pooling(
    data: Tensor,
    *,
    kernel: tuple[int, ...],
    pool_type: str,
    global_pool: bool,
    pooling_convention: str,
    stride: tuple[int, ...],
    pad: tuple[int, ...],
    p_value: int,
    count_include_pad: bool,
) -> Tensor:
    """The maximum, mean, sum or norm of each window.

    A window may begin in the padding behind the map where the convention is ``full``, other than in PyTorch's
    ceil_mode.
    """
    axes = data.ndim - 2
    if axes != len(kernel or data.shape[2:]) or axes > 2:
        raise UnsupportedOperatorError(f"Pooling over {axes} axes cannot be run on PyTorch yet")
    if axes == 1:
        flat: Tensor = pooling(
            data.unsqueeze(2),
            kernel=(1, *kernel) if kernel else (),
            pool_type=pool_type,
            global_pool=global_pool,
            pooling_convention=pooling_convention,
            stride=(1, *stride) if stride else (),
            pad=(0, *pad) if pad else (),
            p_value=p_value,
            count_include_pad=count_include_pad,
        )
        return flat.squeeze(2)
    if global_pool:
        kernel, stride, pad, pooling_convention = tuple(data.shape[2:]), (1, 1), (0, 0), "valid"
    stride, pad = stride or (1, 1), pad or (0, 0)
    after = behind(data.shape[2:], kernel, stride, pad, pooling_convention)
    match pool_type:
        case "max":
            return _maxima(data, kernel, stride, pad, after, pooling_convention)
        case "sum":
            return _sums(data, kernel, stride, pad, after)
        case "avg":
            sums = _sums(data, kernel, stride, pad, after)
            return sums / _counts(data, kernel, stride, pad, after, count_include_pad)
        case "lp":
            return _sums(data.abs() ** p_value, kernel, stride, pad, after) ** (1 / p_value)
    raise AssertionError(pool_type)  # the kinds are declared


def _maxima(
    data: Tensor,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    pad: Sequence[int],
    after: Sequence[int],
    convention: str,
) -> Tensor:
    """PyTorch's own padding is half a window at most, alike on both sides; what is more than that is padded before."""
    as_pytorch = all(2 * side <= window for side, window in zip(pad, kernel, strict=True))
    if as_pytorch and convention != "same" and all(end <= side for end, side in zip(after, pad, strict=True)):
        return functional.max_pool2d(data, kernel, stride, tuple(pad))
    return functional.max_pool2d(_padded(dense(data), pad, after, torch.finfo(data.dtype).min), kernel, stride)


def _padded(data: Tensor, before: Sequence[int], after: Sequence[int], value: float) -> Tensor:
    if not any((*before, *after)):
        return data
    return functional.pad(data, (before[1], after[1], before[0], after[0]), value=value)


def _sums(
    data: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...], pad: Sequence[int], after: Sequence[int]
) -> Tensor:
    return functional.avg_pool2d(_padded(data, pad, after, 0.0), kernel, stride, divisor_override=1)


def _counts(
    data: Tensor,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    pad: Sequence[int],
    after: Sequence[int],
    count_include_pad: bool,
) -> Tensor:
    """By how much the sum of each window is divided: its numbers, with the padding that was asked for or without."""
    inside = data.new_ones((1, 1, *data.shape[2:]))
    if count_include_pad:
        inside = functional.pad(inside, (pad[1], pad[1], pad[0], pad[0]), value=1.0)
        after, pad = [each - width for each, width in zip(after, pad, strict=True)], (0, 0)
    # Over a window that begins after the map, or in padding that does not count, the mean of nothing is 0.
    return _sums(inside, kernel, stride, pad, after).clamp(min=1)


@operator("_contrib_AdaptiveAvgPooling2D")
def adaptive_average_pooling(data: Tensor, *, output_size: int | tuple[int, int]) -> Tensor:
    """Means of equal parts of a map."""
    return functional.adaptive_avg_pool2d(data, output_size)


@operator("_contrib_BilinearResize2D")
def bilinear_resize(
    data: Tensor,
    like: Tensor | None = None,
    *,
    height: int,
    width: int,
    scale_height: float | None,
    scale_width: float | None,
    mode: str,
    align_corners: bool,
) -> Tensor:
    """Maps of another size."""
    size: Sequence[int] | None = None
    if mode == "like" and like is not None:
        size = tuple(like.shape[2:])
    elif mode == "size":
        size = resized_maps(data.shape[2:], height, width, scale_height, scale_width)
    if size is None:
        raise UnsupportedOperatorError(f"BilinearResize2D in the mode {mode} cannot be run on PyTorch yet")
    return torch.nn.functional.interpolate(data, size=size, mode="bilinear", align_corners=align_corners)

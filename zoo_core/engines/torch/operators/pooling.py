"""Pooling: maxima, means and sums of windows, of bins, and maps of another size."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from zoo_core.engines.operators.shapes import adaptive_sizes, collapsed_axes, resized_maps
from zoo_core.engines.operators.windows import behind
from zoo_core.engines.torch.blocked import dense
from zoo_core.engines.torch.operators.registry import UnsupportedOperatorError, operator

__all__ = ["adaptive_average_pooling", "bilinear_resize", "pooling"]


_MAXIMA: dict[int, Callable[..., Tensor]] = {2: functional.max_pool2d, 3: functional.max_pool3d}
_MEANS: dict[int, Callable[..., Tensor]] = {2: functional.avg_pool2d, 3: functional.avg_pool3d}
"""By how many axes maps have."""


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
        kernel, stride, pad, pooling_convention = tuple(data.shape[2:]), (), (), "valid"
    stride, pad = stride or (1,) * axes, pad or (0,) * axes
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
            sums = _sums(
                data**p_value, kernel, stride, pad, after
            )  # MXNet's norm is not of sizes: odd powers keep signs
            return sums if p_value == 1 else sums.sign() * sums.abs() ** (1 / p_value)
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
        return _MAXIMA[len(kernel)](data, kernel, stride, tuple(pad))
    padded = _padded(dense(data), pad, after, torch.finfo(data.dtype).min)
    return _MAXIMA[len(kernel)](padded, kernel, stride)


def _padded(data: Tensor, before: Sequence[int], after: Sequence[int], value: float) -> Tensor:
    if not any((*before, *after)):
        return data
    widths = [each for pair in zip(reversed(before), reversed(after), strict=True) for each in pair]
    return functional.pad(data, widths, value=value)


def _sums(
    data: Tensor, kernel: tuple[int, ...], stride: tuple[int, ...], pad: Sequence[int], after: Sequence[int]
) -> Tensor:
    return _MEANS[len(kernel)](_padded(data, pad, after, 0.0), kernel, stride, divisor_override=1)


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
        inside = _padded(inside, pad, pad, 1.0)
        after, pad = [each - width for each, width in zip(after, pad, strict=True)], (0,) * len(pad)
    # Over a window that begins after the map, or in padding that does not count, the mean of nothing is 0.
    return _sums(inside, kernel, stride, pad, after).clamp(min=1)


@operator("_contrib_AdaptiveAvgPooling2D")
def adaptive_average_pooling(data: Tensor, *, output_size: tuple[int, ...]) -> Tensor:
    """Means of equal parts of a map."""
    return functional.adaptive_avg_pool2d(data, adaptive_sizes(output_size))


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
        raise UnsupportedOperatorError("BilinearResize2D with a scale for one axis cannot be run on PyTorch: give both")
    if not align_corners:
        for axis in collapsed_axes(size):
            data = data.narrow(axis, 0, 1)
    return torch.nn.functional.interpolate(data, size=size, mode="bilinear", align_corners=align_corners)

"""Where the windows of poolings and transposed convolutions lie."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["behind", "bilinear_upsampling", "padding_for"]

Numbers = tuple[int, ...]


def behind(
    sizes: Sequence[int], kernel: Sequence[int], stride: Sequence[int], pad: Sequence[int], convention: str
) -> Numbers:
    """By how much a map is padded at the end of each axis, so that its pooling has the right number of windows.

    Negative where the last numbers are in no window; more than `pad` where a window begins behind the map.

    Args:
        sizes: of the map.
        kernel: sides of a window.
        stride: from one window to the next.
        pad: before the map.
        convention: ``valid``, ``full`` or ``same``.
    """
    return tuple(
        _behind(size, side, step, before, convention)
        for size, side, step, before in zip(sizes, kernel, stride, pad, strict=True)
    )


def _behind(size: int, side: int, step: int, before: int, convention: str) -> int:
    if convention == "same":
        windows = math.ceil(size / step)
    else:
        span = (size + 2 * before - side) / step
        windows = (math.ceil(span) if convention == "full" else math.floor(span)) + 1
    return (windows - 1) * step + side - size - before


def padding_for(
    target: Numbers, sizes: Sequence[int], kernel: Numbers, stride: Numbers, dilate: Numbers
) -> tuple[Numbers, Numbers]:
    """The settings ``pad`` and ``adj`` for which a transposed convolution gives a map of this shape."""
    whole = [
        (size - 1) * step + (side - 1) * apart + 1
        for size, step, side, apart in zip(sizes, stride, kernel, dilate, strict=True)
    ]
    surplus = [size - wanted for size, wanted in zip(whole, target, strict=True)]
    return tuple((each + 1) // 2 for each in surplus), tuple(each % 2 for each in surplus)


def bilinear_upsampling(scale: int) -> tuple[Numbers, Numbers, Numbers]:
    """Kernel, stride and padding of the transposed convolution that makes maps so many times larger."""
    side, pad = 2 * scale - scale % 2, scale // 2
    return (side, side), (scale, scale), (pad, pad)

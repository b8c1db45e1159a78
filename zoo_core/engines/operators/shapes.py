"""Which axes and sizes the settings of MXNet's operators mean."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

__all__ = ["adaptive_sizes", "as_tuple", "collapsed_axes", "cut", "pieces", "reduced_axes", "reshaped", "resized_maps"]


def as_tuple(value: Any) -> tuple[Any, ...]:
    """A setting that may be written as one number, or none."""
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def adaptive_sizes(output_size: tuple[int, ...]) -> tuple[int, int]:
    """Height and width that adaptive pooling gives, of which one number alone is both."""
    height, width = (output_size * 2)[:2] or (1, 1)
    return height, width


def reduced_axes(rank: int, axis: int | tuple[int, ...] | None, *, exclude: bool = False) -> tuple[int, ...]:
    """The axes over which a reduction of a tensor of this rank goes: all where none is given, whatever `exclude` says.

    Args:
        rank: how many axes the tensor has.
        axis: as it is set; may count from the end.
        exclude: whether the axes are those that remain.
    """
    if axis is None or axis == ():
        return tuple(range(rank))
    chosen = {each % rank for each in as_tuple(axis)}
    return tuple(each for each in range(rank) if (each in chosen) != exclude)


def cut(sizes: Sequence[int], wanted: Sequence[int], offset: Sequence[int], *, center: bool) -> list[tuple[int, int]]:
    """From where to where each axis of a map is cut out of one of these sizes, by the settings of ``Crop``."""
    starts = [(size - side) // 2 for size, side in zip(sizes, wanted, strict=True)] if center else offset
    return [(start, start + side) for start, side in zip(starts, wanted, strict=True)]


def pieces(size: int, indices: Sequence[int], sections: int) -> list[int]:
    """How long the pieces of an axis are, by the settings of ``split_v2``: so many equal ones, or between indices."""
    if sections:
        return [size // sections] * sections
    return [min(end, size) - start for start, end in pairwise((*indices, size))]


def reshaped(shape: Sequence[int], codes: Sequence[int], reverse: bool = False) -> tuple[int, ...]:
    """The shape that MXNet's codes mean.

    Args:
        shape: of the tensor.
        codes: a size; 0 for the same axis; -1 for what is left; -2 for all axes to come; -3 for two axes joined; -4
            for an axis in two, of which the sizes follow.
        reverse: axes are counted from the last.

    Source: MXNet 1.9, the documentation of ``Reshape``.
    """
    if reverse:
        return tuple(reversed(reshaped(list(reversed(shape)), list(reversed(codes)))))
    sizes, axis, remaining = list[int](), 0, iter(codes)
    for code in remaining:
        match code:
            case 0:
                sizes.append(shape[axis])
                axis += 1
            case -1:
                sizes.append(-1)
                axis += 1
            case -2:
                sizes += shape[axis:]
                axis = len(shape)
            case -3:
                sizes.append(shape[axis] * shape[axis + 1])
                axis += 2
            case -4:
                sizes += _parts(shape[axis], remaining)
                axis += 1
            case _:
                sizes.append(code)
                axis += 1
    if -1 in sizes:
        known = math.prod(each for each in sizes if each != -1)
        sizes[sizes.index(-1)] = math.prod(shape) // max(known, 1)
    return tuple(sizes)


def resized_maps(
    sizes: Sequence[int], height: int, width: int, scale_height: float | None, scale_width: float | None
) -> tuple[int, int] | None:
    """Height and width of maps that are resized to a size, or by a scale for each axis; None for a scale of one alone.

    Args:
        sizes: height and width before.
        height: that is wanted without scales.
        width: the same.
        scale_height: by which it is multiplied.
        scale_width: the same.
    """
    if scale_height is None and scale_width is None:
        return height, width
    if scale_height is None or scale_width is None:
        return None
    return int(sizes[0] * scale_height), int(sizes[1] * scale_width)


def collapsed_axes(size: Sequence[int]) -> list[int]:
    """The axes of maps (B, C, H, W) that become one number by resizing: MXNet takes the first, not the middle."""
    return [axis for axis, side in enumerate(size, start=2) if side == 1]


def _parts(size: int, codes: Iterator[int]) -> tuple[int, int]:
    first, second = next(codes), next(codes)
    if first == -1:
        first = size // second
    return first, size // first if second == -1 else second

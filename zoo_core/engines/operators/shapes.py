"""Which axes and sizes the settings of MXNet's operators mean."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

__all__ = ["as_tuple", "reduced_axes", "reshaped", "tiled"]


def as_tuple(value: Any) -> tuple[Any, ...]:
    """A setting that may be written as one number, or none."""
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def reduced_axes(rank: int, axis: int | tuple[int, ...] | None, *, exclude: bool = False) -> tuple[int, ...]:
    """The axes over which a reduction of a tensor of this rank goes: all where none is given.

    Args:
        rank: how many axes the tensor has.
        axis: as it is set; may count from the end.
        exclude: whether the axes are those that remain.
    """
    given = range(rank) if axis is None or axis == () else as_tuple(axis)
    chosen = {each % rank for each in given}
    return tuple(each for each in range(rank) if (each in chosen) != exclude)


def tiled(rank: int, reps: Any) -> tuple[int, ...]:
    """How often each axis is repeated, of a tensor that has at least as many axes as there are numbers."""
    times = as_tuple(reps)
    return (1,) * (rank - len(times)) + times


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


def _parts(size: int, codes: Iterator[int]) -> tuple[int, int]:
    first, second = next(codes), next(codes)
    if first == -1:
        first = size // second
    return first, size // first if second == -1 else second

"""Sizes and ratios of anchors from shapes of objects: what the settings of anchor generators need to be fitted.

Standard library only, as all that settings stand on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import exp, log, sqrt

__all__ = ["fitted_ratios", "ratios_of", "rounded", "sides_of", "spread"]


def rounded(value: float) -> float:
    """The value with three digits, as people write sizes; never 0."""
    return float(f"{value:.3g}")


def sides_of(shapes: Iterable[tuple[float, float]]) -> list[float]:
    """The sides of squares of the same areas."""
    return [sqrt(width * height) for width, height in shapes]


def ratios_of(shapes: Iterable[tuple[float, float]]) -> list[float]:
    """Width : height of each shape."""
    return [width / height for width, height in shapes]


def spread(values: Sequence[float], count: int) -> list[float]:
    """`count` numbers that stand for positive values, ascending: the geometric means of equal parts of them.

    >>> spread([1, 4, 9, 16], 2)
    [2.0, 12.0]
    """
    ordered = sorted(values)
    ends = [round(index * len(ordered) / count) for index in range(count + 1)]
    parts = [ordered[begin : max(end, begin + 1)] or ordered[-1:] for begin, end in pairwise(ends)]
    return [exp(sum(map(log, part)) / len(part)) for part in parts]


def fitted_ratios(shapes: Sequence[tuple[float, float]], count: int, first: float) -> tuple[float, ...]:
    """`count` ratios of shapes: `first`, which stays as it is, then those that differ most from it."""
    others = sorted(spread(ratios_of(shapes), count), key=lambda ratio: abs(log(ratio / first)))[1:]
    return (first, *(rounded(ratio) for ratio in sorted(others, reverse=True)))

"""To which level of a pyramid each anchor belongs, seen from the anchors alone.

An encoder is given boxes and no maps, so that it works with every generator. But a generator
draws the anchors of a map with the same few shapes in every cell, and other maps with other
shapes. So anchors of one width and height are taken for a level.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from zoo_core import Anchors, BoxFormat

__all__ = ["levels_of"]

_SAME = 1e-3
"""Sides that differ by less than this share are equal but for rounding: corners in float32 lose digits."""


@lru_cache(maxsize=4)
def levels_of(anchors: Anchors) -> tuple[NDArray[np.intp], ...]:
    """The indices of the anchors of each level, ascending; remembered, for all images of a training share them."""
    sides = anchors.to(BoxFormat.CENTER_PIXEL).boxes[:, 2:]
    widths, heights = _numbered(sides[:, 0]), _numbered(sides[:, 1])
    shapes = widths * (heights.max(initial=0) + 1) + heights
    return tuple(np.flatnonzero(shapes == shape) for shape in np.unique(shapes))


def _numbered(sides: NDArray[np.float32]) -> NDArray[np.intp]:
    """A number for each side, the same for those that are equal but for rounding."""
    order = np.argsort(sides)
    ascending = sides[order]
    numbers = np.zeros(len(sides), dtype=np.intp)
    numbers[order[1:]] = np.cumsum(np.diff(ascending) > _SAME * ascending[1:])
    return numbers

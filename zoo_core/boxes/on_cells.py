"""Anchors on the cells of feature maps, and those on the cells around given points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.boxes import Anchors
from zoo_core.parts.components import Shape
from zoo_core.parts.geometry import BoxFormat, FeatureMap, ImageSize

__all__ = ["anchors_around", "anchors_on_cells"]


def anchors_on_cells(maps: Sequence[FeatureMap], shapes: Sequence[Sequence[Shape]], image: ImageSize) -> Anchors:
    """Anchors center/pixel around the middle of each cell, map by map, row by row, cell by cell.

    The middle of cell (i, j) is ((j + 1/2) stride, (i + 1/2) stride).

    Args:
        maps: on whose cells they stand.
        shapes: width and height in pixels of the anchors of a cell, of each map.
        image: to which they belong.

    Raises:
        ValueError: there are not shapes for as many maps.
    """
    boxes = [_on_map(map_, np.array(sides)) for map_, sides in zip(maps, shapes, strict=True)]
    return Anchors(np.concatenate(boxes), BoxFormat.CENTER_PIXEL, image)


def _on_map(map_: FeatureMap, sides: NDArray[Any]) -> NDArray[np.float64]:
    boxes = np.empty((map_.height, map_.width, len(sides), 4))
    boxes[..., 0] = ((np.arange(map_.width) + 0.5) * map_.stride)[:, None]
    boxes[..., 1] = ((np.arange(map_.height) + 0.5) * map_.stride)[:, None, None]
    boxes[..., 2:] = sides
    return boxes.reshape(-1, 4)


def anchors_around(anchors: Anchors, points: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
    """Indices (M, K) of the anchors in whose cells points lie, in the order of the anchors; -1 for none.

    K is the number of anchors that stand in one cell of each map. A point beyond the cells of a map has none there.

    Args:
        anchors: know their cells.
        points: (M, 2), x and y in pixels of the image of the anchors.

    Raises:
        BoxFormatError: the anchors do not know their cells.
    """
    anchors.cells  # noqa: B018  # raises
    start, found = 0, list[NDArray[np.int64]]()
    for level in anchors.levels:
        column, row = np.floor(points / level.stride).astype(np.int64).T
        inside = (column >= 0) & (column < level.width) & (row >= 0) & (row < level.height)
        first = start + (row * level.width + column) * level.per_cell
        found.append(np.where(inside[:, None], first[:, None] + np.arange(level.per_cell), -1))
        start += level.anchors
    around = np.concatenate(found, axis=1)
    if anchors.indices is None:
        return around
    own = np.full(start + 1, -1)  # the last for those that are nowhere
    own[anchors.indices] = np.arange(len(anchors))
    return own[around]

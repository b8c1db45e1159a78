"""Anchors stand around the middle of cells, and are found again by points in these cells."""

import numpy as np
import pytest

from zoo_core.boxes.boxes import Anchors
from zoo_core.boxes.on_cells import anchors_around, anchors_on_cells
from zoo_core.common.errors import BoxFormatError
from zoo_core.parts.geometry import FeatureMap, ImageSize, Level

MAPS = (FeatureMap(8, 2, 3, 4), FeatureMap(8, 1, 2, 8))
SHAPES = (((1, 2),), ((3, 4), (5, 6)))
IMAGE = ImageSize(8, 12)


def placed():
    bare = anchors_on_cells(MAPS, SHAPES, IMAGE)
    levels = tuple(Level(*map_[1:], len(each)) for map_, each in zip(MAPS, SHAPES, strict=True))
    return Anchors(bare.boxes, bare.format, IMAGE, levels)


def test_anchors_stand_row_by_row_cell_by_cell_rank_by_rank():
    boxes = anchors_on_cells(MAPS, SHAPES, IMAGE).boxes.tolist()
    assert boxes[:4] == [[2, 2, 1, 2], [6, 2, 1, 2], [10, 2, 1, 2], [2, 6, 1, 2]]
    assert boxes[6:] == [[4, 4, 3, 4], [4, 4, 5, 6], [12, 4, 3, 4], [12, 4, 5, 6]]
    with pytest.raises(ValueError, match="zip"):
        anchors_on_cells(MAPS, SHAPES[:1], IMAGE)


def test_points_have_the_anchors_of_their_cells():
    """Not beyond the cells of a map, on either side, though another map reaches farther."""
    points = np.array([[9, 5], [0, 0], [12, 3], [-0.1, 5], [4, 8]], np.float32)
    expected = [[5, 8, 9], [0, 6, 7], [-1, 8, 9], [-1, -1, -1], [-1, -1, -1]]
    assert anchors_around(placed(), points).tolist() == expected


def test_some_of_the_anchors_are_counted_among_themselves():
    some = placed().at([9, 5, 0])
    assert anchors_around(some, np.array([[9, 5], [1, 1]], np.float32)).tolist() == [[1, -1, 0], [2, -1, -1]]
    with pytest.raises(BoxFormatError, match="do not know their cells"):
        anchors_around(anchors_on_cells(MAPS, SHAPES, IMAGE), np.zeros((1, 2), np.float32))

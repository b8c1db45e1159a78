"""Detections and objects that overlap, of all images at once."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.boxes import areas

__all__ = ["Pairs", "overlapping"]

_Bools = NDArray[np.bool_]
_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]

_AT_ONCE = 1 << 16
"""About so many pairs are looked at in one step: they stay in the cache, and memory does not grow with the images."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Detections with objects that they overlap: detection after detection, the objects in order.

    Attributes:
        found: (P,) index of the detection.
        objects: (P,) index of the object.
        shared: (P,) the area that both share, above 0.
        iou: (P,) that, over the area that both cover together.
    """

    found: _Ints
    objects: _Ints
    shared: _Floats
    iou: _Floats

    def __getitem__(self, chosen: _Bools | _Ints) -> Pairs:
        """Some of them: where (P,) says so, or those at the indices (Q,)."""
        return Pairs(self.found[chosen], self.objects[chosen], self.shared[chosen], self.iou[chosen])

    def best(self) -> Pairs:
        """Of each detection the one with the largest overlap; of equal ones that with the first object."""
        first = np.flatnonzero(np.diff(self.found, prepend=-1))
        most = np.maximum.reduceat(self.iou, first) if len(first) else self.iou
        best = np.flatnonzero(self.iou == np.repeat(most, np.diff(first, append=len(self.found))))
        return self[best[np.diff(self.found[best], prepend=-1) != 0]]

    def exclusive(self, order: _Ints) -> Pairs:
        """Those that are left when nothing may be in two: of any two that have a box in common, the earlier one.

        Args:
            order: (P,) their indices, from the one that goes first.
        """
        left, found, objects = [], set(), set()
        columns = order, self.found[order], self.objects[order]
        for index, one, other in zip(*(each.tolist() for each in columns), strict=True):
            if one not in found and other not in objects:
                left.append(index)
                found.add(one)
                objects.add(other)
        return self[np.sort(np.array(left, np.int64))]


def overlapping(
    boxes: _Floats,
    groups: _Ints,
    true_boxes: _Floats,
    true_groups: _Ints,
    box_areas: tuple[_Floats, _Floats] | None = None,
) -> Pairs:
    """All detections and objects of one group that overlap.

    Args:
        boxes: (M, 4) corner boxes of the detections.
        groups: (M,) a number, at least 0, for what may be paired, as the image.
        true_boxes: (K, 4) corner boxes of the objects.
        true_groups: (K,) the same of the objects.
        box_areas: (M,) and (K,) in square units; worked out from the corners when None.
    """
    order = np.argsort(true_groups, kind="stable")
    begin, end = (np.searchsorted(true_groups[order], groups, side) for side in ("left", "right"))
    # Corner by corner: columns that lie side by side are read faster than rows of four.
    corners, true_corners = np.ascontiguousarray(boxes.T), np.ascontiguousarray(true_boxes[order].T)
    sizes, true_sizes = box_areas or (areas(boxes), areas(true_boxes))
    true_sizes = true_sizes[order]
    parts = []
    for some in _slices(end - begin):
        count = end[some] - begin[some]
        owners = np.repeat(np.arange(some.start, some.stop), count)
        those = np.arange(len(owners)) + np.repeat(begin[some] - np.cumsum(count) + count, count)
        (x1, y1, x2, y2), (a1, b1, a2, b2) = corners[:, owners], true_corners[:, those]
        width, height = np.minimum(x2, a2) - np.maximum(x1, a1), np.minimum(y2, b2) - np.maximum(y1, b1)
        both = np.flatnonzero((width > 0) & (height > 0))
        owners, those, shared = owners[both], those[both], width[both] * height[both]
        parts.append((owners, order[those], shared, shared / (sizes[owners] + true_sizes[those] - shared)))
    return Pairs(*(np.concatenate(each) for each in zip(*parts, strict=True)))


def _slices(counts: _Ints) -> Iterator[slice]:
    """Slices of detections (M,) that have so many pairs each, with about `_AT_ONCE` together."""
    cuts = np.searchsorted(np.cumsum(counts), np.arange(_AT_ONCE, counts.sum(), _AT_ONCE), "right")
    return itertools.starmap(slice, itertools.pairwise([0, *cuts.tolist(), len(counts)]))

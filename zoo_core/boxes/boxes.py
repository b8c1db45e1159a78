"""Boxes that say what they are: anchors with their format, conversion, overlap.

Corner boxes are (x1, y1, x2, y2), centre boxes (cx, cy, width, height); unit is measured
in widths and heights of the image, pixel in its pixels. No 1 is added anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoo_core.common.errors import BoxFormatError
from zoo_core.parts.geometry import BoxFormat, ImageSize, Level, Placement

__all__ = [
    "Anchors",
    "BoxFormat",
    "Cells",
    "ImageSize",
    "areas",
    "convert",
    "into_input",
    "out_of_input",
    "pairwise_iou",
]

Floats = NDArray[np.floating[Any]]


class Cells(NamedTuple):
    """Where anchors stand: of each its feature map, row and column there, and rank in its cell; four arrays (N,) int64.

    All count from 0. A stride of the level is what lies between neighbouring rows in pixels of the image.
    """

    level: NDArray[np.int64]
    row: NDArray[np.int64]
    column: NDArray[np.int64]
    rank: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Anchors:
    """Boxes of one image size with their format.

    Args:
        boxes: (N, 4), kept as read-only float32.
        format: what the four numbers mean.
        image: the size of the image that the boxes belong to.
        levels: the feature maps on whose cells they stand, map by map, row by row, cell by cell; a generator need not
            say them, since the zoo adds them to what it makes.
        indices: (N,) which of the anchors of these levels they are; None for all.

    Raises:
        BoxFormatError: the boxes are not of shape (N, 4), no format is given, or levels have another number of anchors.
    """

    boxes: NDArray[np.float32]
    format: BoxFormat
    image: ImageSize
    levels: tuple[Level, ...] = ()
    indices: NDArray[np.int64] | None = None
    _converted: dict[BoxFormat, Anchors] = field(default_factory=dict, repr=False, compare=False, init=False)

    def __post_init__(self) -> None:
        boxes = np.array(self.boxes, dtype=np.float32)
        if boxes.ndim != 2 or boxes.shape[1] != 4:
            raise BoxFormatError(f"anchors should be an array of shape (N, 4), not {boxes.shape}")
        try:
            object.__setattr__(self, "format", BoxFormat(self.format))
        except ValueError:
            formats = ", ".join(BoxFormat)
            raise BoxFormatError(f"{self.format!r} is not a box format; the formats are {formats}") from None
        promised = sum(level.anchors for level in self.levels) if self.indices is None else len(self.indices)
        if self.levels and promised != len(boxes):
            raise BoxFormatError(f"{len(boxes)} anchors cannot stand on levels of {promised}")
        boxes.flags.writeable = False
        object.__setattr__(self, "boxes", boxes)
        object.__setattr__(self, "image", ImageSize(*self.image))

    def __len__(self) -> int:
        return len(self.boxes)

    def __repr__(self) -> str:
        return f"<Anchors: {len(self)} boxes, {self.format}, for images of {self.image}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Anchors, (self.boxes, self.format, self.image, self.levels, self.indices)

    @cached_property
    def cells(self) -> Cells:
        """Where they stand.

        Raises:
            BoxFormatError: these anchors do not know their levels.
        """
        if not self.levels:
            raise BoxFormatError("these anchors do not know their cells: make them with zoo_core.boxes.placing.place")
        whole = _cells_of(self.levels)
        return whole if self.indices is None else Cells(*(each[self.indices] for each in whole))

    @property
    def strides(self) -> NDArray[np.float32]:
        """(N,) the stride of the map of each, in pixels of the image; raises as `cells`."""
        return np.array([level.stride for level in self.levels], np.float32)[self.cells.level]

    def at(self, indices: ArrayLike) -> Anchors:
        """Some of them, which know their cells as before.

        Args:
            indices: (K,) of anchors, or (N,) bool.
        """
        chosen = np.asarray(indices)
        if chosen.dtype == np.bool_:
            chosen = np.flatnonzero(chosen)
        chosen = chosen.astype(np.int64, copy=False)
        own = chosen if self.indices is None else self.indices[chosen]
        return Anchors(self.boxes[chosen], self.format, self.image, self.levels, own if self.levels else None)

    def to(self, format: BoxFormat) -> Anchors:
        """The same boxes in another format; converted once, then cached."""
        target = BoxFormat(format)
        if target is self.format:
            return self
        if target not in self._converted:
            boxes = convert(self.boxes, self.format, target, self.image)
            self._converted[target] = Anchors(boxes, target, self.image, self.levels, self.indices)
        return self._converted[target]

    @staticmethod
    def require(value: object) -> Anchors:
        """`value` itself when it is `Anchors`.

        Raises:
            BoxFormatError: it is anything else, for example a bare array, whose format is unknown.
        """
        if isinstance(value, Anchors):
            return value
        raise BoxFormatError(
            "boxes cross an interface as zoo_core.Anchors(boxes, format, image), "
            f"not as a bare {type(value).__name__}: without their format pixels cannot be told from fractions "
            "or corners from centres"
        )


@lru_cache(maxsize=16)
def _cells_of(levels: tuple[Level, ...]) -> Cells:
    """The cells of all anchors of some levels."""
    grids = [np.indices((level.height, level.width, level.per_cell)).reshape(3, -1) for level in levels]
    number = np.repeat(np.arange(len(levels)), [level.anchors for level in levels])
    cells = Cells(number, *np.concatenate(grids, axis=1))
    for each in cells:
        each.flags.writeable = False
    return cells


def convert(boxes: ArrayLike, source: BoxFormat, target: BoxFormat, image: Sequence[int]) -> Floats:
    """Boxes (..., 4) of format `source` in format `target`, for an image of (height, width).

    Float arrays keep their precision; everything else becomes float32.
    """
    source, target = BoxFormat(source), BoxFormat(target)
    found = np.asarray(boxes)
    result: Floats = found.astype(found.dtype if found.dtype.kind == "f" else np.float32)
    if source.is_unit != target.is_unit:
        height, width = image
        scale = np.array([width, height, width, height], dtype=result.dtype)
        result = result * scale if source.is_unit else result / scale
    if source.is_corner and not target.is_corner:
        low, high = result[..., :2], result[..., 2:]
        result = np.concatenate([(low + high) / 2, high - low], axis=-1)
    elif target.is_corner and not source.is_corner:
        center, half = result[..., :2], result[..., 2:] / 2
        result = np.concatenate([center - half, center + half], axis=-1)
    return result


def into_input(boxes: Floats, placement: Placement) -> Floats:
    """Boxes (..., 4) corner/unit of a picture in units of the network's input in which it lies."""
    if placement.fills:
        return boxes
    start, sides = _placed(placement)
    result: Floats = (start + boxes.astype(np.float64) * sides).astype(boxes.dtype)
    return result


def out_of_input(boxes: Floats, placement: Placement) -> Floats:
    """Boxes (..., 4) corner/unit of the network's input in units of the picture that lies in it: `into_input` back."""
    if placement.fills:
        return boxes
    start, sides = _placed(placement)
    result: Floats = ((boxes.astype(np.float64) - start) / sides).astype(boxes.dtype)
    return result


def _placed(placement: Placement) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The upper left corner of a picture, twice, and its sides, twice, in units of the input; x first."""
    scale, (left, top, *sides) = np.tile(np.array(placement.input[::-1], np.float64), 2), placement.region
    return np.tile([left, top], 2) / scale, np.tile(sides, 2) / scale


def areas(boxes: Floats) -> Floats:
    """Areas (...,) of corner boxes (..., 4)."""
    # Side by side: a difference of corners (..., 2) would take ten times as long.
    width: Floats = boxes[..., 2] - boxes[..., 0]
    height: Floats = boxes[..., 3] - boxes[..., 1]
    return width * height


def pairwise_iou(first: Floats, second: Floats) -> Floats:
    """Intersection over union (M, N) of corner boxes (M, 4) and (N, 4) in one unit.

    Two boxes without area have an overlap of 0, and so has an inverted box with any.
    """
    dtype = np.result_type(first, second)
    first, second = first.astype(dtype, copy=False), second.astype(dtype, copy=False)
    overlaps: Floats = np.empty((len(first), len(second)), dtype)
    columns = np.ascontiguousarray(second.T)[:, None]
    # No area of 0, so that no union is 0 either.
    sizes = np.maximum(areas(second), np.finfo(dtype).tiny)
    # Some rows at a time, in buffers that stay in the cache: several times faster than (M, N, 4) at once. Their numbers
    # are written out, because numpy takes the larger of two arrays four times faster than that of array and number.
    rows = max(1, min(len(first), _AT_ONCE // max(1, len(second))))
    corners = np.empty((4, rows, len(second)), dtype)
    unions, zeros = np.empty_like(corners[0]), np.zeros_like(corners[0])
    for start in range(0, len(first), rows):
        boxes, part = first[start : start + rows], overlaps[start : start + rows]
        low, high = corners[:2, : len(part)], corners[2:, : len(part)]
        union, zero = unions[: len(part)], zeros[: len(part)]
        low[...], high[...] = boxes.T[:2, :, None], boxes.T[2:, :, None]
        np.maximum(columns[:2], low, out=low)
        np.minimum(columns[2:], high, out=high)
        width, height = np.maximum(np.subtract(high, low, out=high), zero, out=high)
        shared = np.multiply(width, height, out=width)
        own = np.maximum(areas(boxes), 0)[:, None]  # that of an inverted box would be negative
        np.subtract(np.add(sizes, own, out=union), shared, out=union)
        np.divide(shared, union, out=part)
    return overlaps


_AT_ONCE = 1 << 13
"""Overlaps that are worked out together."""

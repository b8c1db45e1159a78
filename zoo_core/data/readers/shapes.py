"""A data set that draws itself: circles, squares and triangles on textured backgrounds.

A picture is a pure function of (seed, split, number), so nothing is stored or downloaded,
and the pictures to train on and to score on are drawn from different streams.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.boxes import pairwise_iou
from zoo_core.boxes.protocols import Sample
from zoo_core.common.arguments import index_among
from zoo_core.common.errors import DatasetError
from zoo_core.common.messages import closest, counted, in_short, listed
from zoo_core.data.settings import SHAPES, ShapesSettings

__all__ = ["ShapesDataset", "ShapesReader"]

_TRAIN, _VALIDATION = 0, 1
_SMALLEST, _LARGEST = 0.2, 0.55
"""Sides of an object as shares of the image."""
_MOST_OVERLAP = 0.05
"""The greatest IoU of two objects of a picture."""
_ATTEMPTS = 20
"""How often a place is sought for an object before the picture goes without it."""
_LEAST_CONTRAST = 90
"""By how much, at least, an object differs from its background in some colour channel."""
_CELLS = 8
"""Cells of the coarse background noise along each side."""


class ShapesReader:
    """Implements `zoo_core.boxes.protocols.DatasetReader`."""

    def __init__(self, settings: ShapesSettings) -> None:
        self.settings = settings

    def train(self, class_names: Sequence[str]) -> ShapesDataset:
        """The pictures to train on; see `ShapesDataset` for the errors."""
        return ShapesDataset(self.settings, class_names, _TRAIN, self.settings.train_images)

    def validation(self, class_names: Sequence[str]) -> ShapesDataset:
        """The pictures to score on."""
        return ShapesDataset(self.settings, class_names, _VALIDATION, self.settings.validation_images)


class ShapesDataset:
    """Drawn pictures of one split; implements `zoo_core.boxes.protocols.Dataset`.

    Args:
        settings: size of the pictures, objects in them, seed.
        class_names: some of `SHAPES`, in any order; only these are drawn.
        split: which stream of random numbers to draw from.
        length: number of pictures.

    Raises:
        DatasetError: a class is not a shape that can be drawn.
    """

    problems: tuple[str, ...] = ()

    def __init__(self, settings: ShapesSettings, class_names: Sequence[str], split: int, length: int) -> None:
        for name in class_names:
            if name not in SHAPES:
                near = closest(name, SHAPES)
                guess = f"did you mean {near!r}? " if near else ""
                raise DatasetError(f"no shape is named {name!r}; {guess}the shapes are {listed(SHAPES)}")
        self.class_names = tuple(class_names)
        self._settings = settings
        self._split = split
        self._length = length
        # In the order of SHAPES, so that the order of the classes does not change a picture.
        self._drawn = tuple(name for name in SHAPES if name in self.class_names)

    def __len__(self) -> int:
        return self._length

    def __repr__(self) -> str:
        return f"<ShapesDataset: {counted(len(self), 'image')}, {in_short(self.class_names)}>"

    def __getitem__(self, index: int) -> Sample:
        """Draw the picture of this number."""
        index = index_among(self._length, "picture", index)
        rng = np.random.default_rng([self._settings.seed, self._split, index])
        image, base = _background(self._settings.image_size, rng)
        boxes: list[NDArray[np.float32]] = []
        labels: list[int] = []
        for _ in range(int(rng.integers(1, self._settings.most_objects, endpoint=True))):
            name = self._drawn[rng.integers(len(self._drawn))]
            outline = _placed(name, self._settings.image_size, boxes, rng)
            if outline is not None:
                cv2.fillPoly(image, [outline], _contrasting(base, rng))
                boxes.append(_box(outline))
                labels.append(self.class_names.index(name))
        return Sample(
            image=image,
            boxes=np.stack(boxes),
            labels=np.array(labels, dtype=np.int64),
            difficult=np.zeros(len(boxes), dtype=np.bool_),
            crowd=np.zeros(len(boxes), dtype=np.bool_),
            image_id=f"shapes/{'validation' if self._split else 'train'}/{index}",
        )


def _background(side: int, rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """A texture of coarse and fine noise around one colour, and that colour."""
    base = rng.integers(40, 216, 3)
    coarse = np.clip(base + rng.integers(-40, 41, (_CELLS, _CELLS, 3)), 0, 255).astype(np.uint8)
    image = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    fine = np.frombuffer(rng.bytes(side * side * 3), np.uint8).reshape(side, side, 3) >> 3
    return np.asarray(cv2.add(image, fine), dtype=np.uint8), base


def _contrasting(base: NDArray[np.int64], rng: np.random.Generator) -> tuple[int, int, int]:
    while True:
        color = rng.integers(0, 256, 3)
        if np.abs(color - base).max() >= _LEAST_CONTRAST:
            return int(color[0]), int(color[1]), int(color[2])


def _placed(
    name: str, side: int, boxes: list[NDArray[np.float32]], rng: np.random.Generator
) -> NDArray[np.int32] | None:
    """The outline of an object (P, 2) that hardly overlaps those already there, or None."""
    for _ in range(_ATTEMPTS):
        outline = _outline(name, rng.uniform(_SMALLEST, _LARGEST) * side, rng)
        room = side - 1 - outline.max(axis=0)
        outline += rng.integers(0, room, endpoint=True).astype(np.int32)
        box = _box(outline)
        if not boxes or pairwise_iou(box[None], np.stack(boxes)).max() <= _MOST_OVERLAP:
            return outline
    return None


def _outline(name: str, size: float, rng: np.random.Generator) -> NDArray[np.int32]:
    """Corners (P, 2) of a shape whose longer side is about `size` pixels, from (0, 0) on."""
    corners, tilt = {
        "circle": (40, 0.0),
        "square": (4, np.pi / 4 + rng.uniform(-0.35, 0.35)),
        "triangle": (3, -np.pi / 2 + rng.uniform(-0.35, 0.35)),
    }[name]
    angles = tilt + np.arange(corners) * 2 * np.pi / corners
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1) * [1.0, rng.uniform(0.8, 1.25)]
    points -= points.min(axis=0)
    outline: NDArray[np.int32] = np.rint(points * (size / points.max())).astype(np.int32)
    return outline


def _box(outline: NDArray[np.int32]) -> NDArray[np.float32]:
    """The box (4,) corner/pixel of a filled outline; its last row and column are filled too."""
    box: NDArray[np.float32] = np.concatenate([outline.min(axis=0), outline.max(axis=0) + 1]).astype(np.float32)
    return box

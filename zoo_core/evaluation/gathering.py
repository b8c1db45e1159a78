"""All boxes of all images one after the other, so that scores are counted without a loop over images.

What is compared with what are the pairs of a detection and an object of its image and class.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes import areas
from zoo_core.errors import PredictionsError
from zoo_core.evaluation.results import ImageResult, Results

__all__ = ["Found", "Gathered", "Objects", "gather", "pairs", "shared_areas"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Found:
    """What was found in all images.

    Attributes:
        boxes: (M, 4) corner boxes.
        labels: (M,).
        images: (M,) number of the image of each.
        scores: (M,).
    """

    boxes: Floats
    labels: Ints
    images: Ints
    scores: Floats

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, chosen: Ints) -> Self:
        return type(self)(self.boxes[chosen], self.labels[chosen], self.images[chosen], self.scores[chosen])


@dataclass(frozen=True, eq=False)
class Objects:
    """What there is in all images.

    Attributes:
        boxes: (K, 4) corner boxes.
        labels: (K,).
        images: (K,) number of the image of each.
        difficult: (K,).
        crowd: (K,).
        areas: (K,) in square pixels, by the annotation where it says, else of the box.
    """

    boxes: Floats
    labels: Ints
    images: Ints
    difficult: Bools
    crowd: Bools
    areas: Floats


@dataclass(frozen=True, eq=False)
class Gathered:
    """What was found beside what there is.

    Attributes:
        class_count: labels are 0 to this less 1.
        found: detections, image by image, in the order in which they were given.
        objects: in the order of the annotations.
    """

    class_count: int
    found: Found
    objects: Objects


def gather(results: Results) -> Gathered:
    """The boxes of all images.

    Raises:
        PredictionsError: a score or a coordinate is not a number, a label is none of the classes, or
            boxes, scores and labels of an image are not equally many.
    """
    images = results.images
    for each in images:
        _check_counts(each)
    boxes = _joined(images, lambda each: each.true_boxes, np.float64).reshape(-1, 4)
    gathered = Gathered(
        len(results.class_names),
        Found(
            boxes=_joined(images, lambda each: each.boxes, np.float64).reshape(-1, 4),
            labels=_joined(images, lambda each: each.labels, np.int64),
            images=_numbers(images, lambda each: each.labels),
            scores=_joined(images, lambda each: each.scores, np.float64),
        ),
        Objects(
            boxes=boxes,
            labels=_joined(images, lambda each: each.true_labels, np.int64),
            images=_numbers(images, lambda each: each.true_labels),
            difficult=_joined(images, lambda each: each.difficult, np.bool_),
            crowd=_joined(images, lambda each: each.crowd, np.bool_),
            areas=_joined(images, _areas, np.float64),
        ),
    )
    _check_values(gathered, images)
    return gathered


def _areas(each: ImageResult) -> Floats:
    boxes: Floats = np.asarray(each.true_boxes, dtype=np.float64).reshape(-1, 4)
    return areas(boxes) if each.true_areas is None else each.true_areas


def _joined(images: Sequence[ImageResult], part: Callable[[ImageResult], Any], dtype: Any) -> NDArray[Any]:
    parts = [np.asarray(part(each)).reshape(-1) for each in images]
    joined: NDArray[Any] = np.concatenate([np.empty(0, dtype), *parts]).astype(dtype, copy=False)
    return joined


def _numbers(images: Sequence[ImageResult], part: Callable[[ImageResult], Any]) -> Ints:
    return np.repeat(np.arange(len(images)), [len(part(each)) for each in images])


def _check_counts(each: ImageResult) -> None:
    sides = {
        "found": (each.boxes, each.scores, each.labels),
        "true": (each.true_boxes, each.true_labels, each.difficult, each.crowd),
    }
    for side, arrays in sides.items():
        if len({len(array) for array in arrays}) > 1:
            raise PredictionsError(
                f"image {each.image_id}: {len(arrays[0])} {side} boxes need as many of everything that is said of "
                f"them, not {', '.join(str(len(array)) for array in arrays[1:])}"
            )


def _check_values(gathered: Gathered, images: Sequence[ImageResult]) -> None:
    for boxes in (gathered.found, gathered.objects):
        strange = (boxes.labels < 0) | (boxes.labels >= gathered.class_count)
        if strange.any():
            first = int(np.argmax(strange))
            raise PredictionsError(
                f"image {images[boxes.images[first]].image_id}: labels are 0 to {gathered.class_count - 1}, "
                f"and one is {boxes.labels[first]}"
            )
    found = gathered.found
    unknown = ~np.isfinite(np.column_stack([found.boxes, found.scores])).all(axis=1)
    if unknown.any():
        first = int(np.argmax(unknown))
        raise PredictionsError(
            f"image {images[found.images[first]].image_id}: a box or score that was found there is not a number; "
            "the weights of the detector may be damaged"
        )


def pairs(found: Found, objects: Objects, class_count: int) -> tuple[Ints, Ints]:
    """The places of a detection and an object for every two of one image and class, each (P,).

    Detection after detection, and for each of them the objects in their order.
    """
    wanted = found.images * class_count + found.labels
    offered = objects.images * class_count + objects.labels
    order = np.argsort(offered, kind="stable")
    begin = np.searchsorted(offered[order], wanted, "left")
    count = np.searchsorted(offered[order], wanted, "right") - begin
    owner = np.repeat(np.arange(len(wanted)), count)
    before = np.cumsum(count) - count
    return owner, order[np.arange(len(owner)) + (begin - before)[owner]]


def shared_areas(first: Floats, second: Floats) -> Floats:
    """Areas (P,) that corner boxes (P, 4) share with their partners (P, 4)."""
    width = np.minimum(first[:, 2], second[:, 2]) - np.maximum(first[:, 0], second[:, 0])
    height = np.minimum(first[:, 3], second[:, 3]) - np.maximum(first[:, 1], second[:, 1])
    shared: Floats = np.maximum(width, 0) * np.maximum(height, 0)
    return shared

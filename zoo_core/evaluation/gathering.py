"""All boxes of all images one after the other, so that scores are counted without a loop over images."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes import areas
from zoo_core.errors import PredictionsError
from zoo_core.evaluation.pairs import Pairs, overlapping
from zoo_core.evaluation.results import ImageResult, Results

__all__ = ["Found", "Gathered", "Objects", "gather"]

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
        image_count: numbers of images are 0 to this less 1.
        class_count: labels are 0 to this less 1.
        found: detections, image by image, in the order in which they were given.
        objects: in the order of the annotations.
    """

    image_count: int
    class_count: int
    found: Found
    objects: Objects

    @cached_property
    def ranking(self) -> Ints:
        """The places (M,) of the detections class by class, the surest first; equal scores stay in order."""
        # Small integers are sorted by their digits: faster than np.lexsort((-scores, labels)), and the same.
        order: Ints = np.argsort(self.found.labels.astype(np.min_scalar_type(self.class_count)), kind="stable")
        ends = np.searchsorted(self.found.labels[order], np.arange(self.class_count + 1))
        for begin, end in itertools.pairwise(ends):
            mine = order[begin:end]
            order[begin:end] = mine[np.argsort(-self.found.scores[mine], kind="stable")]
        return order

    @cached_property
    def groups(self) -> Ints:
        """A number (M,) for image and class of each detection."""
        return self.found.images * self.class_count + self.found.labels

    @cached_property
    def pairs(self) -> Pairs:
        """All of one image and class that overlap."""
        objects = self.objects
        offered = objects.images * self.class_count + objects.labels
        return overlapping(self.found.boxes, self.groups, objects.boxes, offered)

    @cached_property
    def pairs_of_any_class(self) -> Pairs:
        """All of one image that overlap."""
        return overlapping(self.found.boxes, self.found.images, self.objects.boxes, self.objects.images)


def gather(results: Results) -> Gathered:
    """The boxes of all images.

    Raises:
        PredictionsError: a score or a coordinate is not a number, a label is none of the classes, or
            boxes, scores and labels of an image are not equally many.
    """
    images = results.images
    for each in images:
        _check_counts(each)
    boxes = _joined([each.true_boxes for each in images], np.float64, 4)
    said = [each.true_areas for each in images if each.true_areas is not None]
    gathered = Gathered(
        len(images),
        len(results.class_names),
        Found(
            boxes=_joined([each.boxes for each in images], np.float64, 4),
            labels=_joined([each.labels for each in images], np.int64),
            images=np.repeat(np.arange(len(images)), [len(each.labels) for each in images]),
            scores=_joined([each.scores for each in images], np.float64),
        ),
        Objects(
            boxes=boxes,
            labels=_joined([each.true_labels for each in images], np.int64),
            images=np.repeat(np.arange(len(images)), [len(each.true_labels) for each in images]),
            difficult=_joined([each.difficult for each in images], np.bool_),
            crowd=_joined([each.crowd for each in images], np.bool_),
            areas=areas(boxes) if not said else _joined([_areas(each) for each in images], np.float64),
        ),
    )
    _check_values(gathered, images)
    return gathered


def _areas(each: ImageResult) -> Floats:
    return areas(each.true_boxes.astype(np.float64)) if each.true_areas is None else each.true_areas


def _joined(parts: Sequence[NDArray[Any]], dtype: Any, *shape: int) -> NDArray[Any]:
    joined: NDArray[Any] = np.concatenate([np.empty((0, *shape), dtype), *parts], dtype=dtype, casting="unsafe")
    return joined


def _check_counts(each: ImageResult) -> None:
    found, objects = len(each.boxes), len(each.true_boxes)
    if not found == len(each.scores) == len(each.labels):
        raise PredictionsError(
            f"image {each.image_id}: {found} boxes were found there, with {len(each.scores)} scores and "
            f"{len(each.labels)} labels"
        )
    if not objects == len(each.true_labels) == len(each.difficult) == len(each.crowd):
        raise PredictionsError(f"image {each.image_id}: its {objects} true boxes need as many labels and flags")


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
    if not (np.isfinite(found.boxes).all() and np.isfinite(found.scores).all()):
        first = int(np.argmin(np.isfinite(np.column_stack([found.boxes, found.scores])).all(axis=1)))
        raise PredictionsError(
            f"image {images[found.images[first]].image_id}: a box or score that was found there is not a number; "
            "the weights of the detector may be damaged"
        )

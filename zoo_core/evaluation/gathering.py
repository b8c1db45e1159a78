"""All boxes of all images one after the other, so that scores are counted without a loop over images."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.boxes import areas
from zoo_core.common.errors import PredictionsError
from zoo_core.evaluation.pairs import Pairs, overlapping
from zoo_core.evaluation.results import ImageResult, Results

__all__ = ["FlatDetections", "Gathered", "GroundTruth", "gather"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class FlatDetections:
    """What was found in all images.

    Attributes:
        boxes: (M, 4) corner boxes.
        labels: (M,).
        images: (M,) number of the image of each.
        scores: (M,).
        areas: (M,) of the boxes, in square pixels.
    """

    boxes: Floats
    labels: Ints
    images: Ints
    scores: Floats
    areas: Floats

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class GroundTruth:
    """What there is in all images.

    Attributes:
        boxes: (K, 4) corner boxes.
        labels: (K,).
        images: (K,) number of the image of each.
        difficult: (K,).
        crowd: (K,).
        areas: (K,) in square pixels, by the annotation where it says, else of the box.
        box_areas: (K,) of the boxes, in square pixels.
    """

    boxes: Floats
    labels: Ints
    images: Ints
    difficult: Bools
    crowd: Bools
    areas: Floats
    box_areas: Floats


@dataclass(frozen=True, eq=False)
class Gathered:
    """Detections and ground truth.

    Attributes:
        image_count: numbers of images are 0 to this less 1.
        class_count: labels are 0 to this less 1.
        found: detections, image by image, in the order in which they were given.
        objects: in the order of the annotations.
        image_order: the images in the order in which equal scores rank: by their ids where a file of COCO has such, as
            pycocotools does, else as they came.
    """

    image_count: int
    class_count: int
    found: FlatDetections
    objects: GroundTruth
    image_order: Ints

    @cached_property
    def ranking(self) -> Ints:
        """The indices (M,) of the detections class by class, highest score first; equal scores stay in order."""
        begins = np.searchsorted(self.found.images, self.image_order)
        ends = np.searchsorted(self.found.images, self.image_order, side="right")
        by_image = np.concatenate([np.empty(0, np.int64), *map(np.arange, begins, ends)])
        # Small integers are sorted by their digits: faster than np.lexsort((-scores, labels)), and the same.
        labels = self.found.labels[by_image].astype(np.min_scalar_type(self.class_count))
        order: Ints = by_image[np.argsort(labels, kind="stable")]
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
        return overlapping(self.found.boxes, self.groups, objects.boxes, offered, self._areas)

    @cached_property
    def pairs_of_any_class(self) -> Pairs:
        """All of one image that overlap."""
        return overlapping(self.found.boxes, self.found.images, self.objects.boxes, self.objects.images, self._areas)

    @property
    def _areas(self) -> tuple[Floats, Floats]:
        return self.found.areas, self.objects.box_areas


def gather(results: Results) -> Gathered:
    """The boxes of all images.

    Raises:
        PredictionsError: a score or a coordinate is not a number, a label is not one of the classes, or
            boxes, scores and labels of an image are not equally many.
    """
    images = results.images
    for each in images:
        _check_counts(each)
    boxes = _joined([each.true_boxes for each in images], np.float64, 4)
    box_areas = _joined([_areas(each.true_boxes, each.true_box_areas) for each in images], np.float64)
    said = [_areas(each.true_boxes, _first(each.true_areas, each.true_box_areas)) for each in images]
    gathered = Gathered(
        len(images),
        len(results.class_names),
        FlatDetections(
            boxes=_joined([each.boxes for each in images], np.float64, 4),
            labels=_joined([each.labels for each in images], np.int64),
            images=np.repeat(np.arange(len(images)), [len(each.labels) for each in images]),
            scores=_joined([each.scores for each in images], np.float64),
            areas=_joined([_areas(each.boxes, each.box_areas) for each in images], np.float64),
        ),
        GroundTruth(
            boxes=boxes,
            labels=_joined([each.true_labels for each in images], np.int64),
            images=np.repeat(np.arange(len(images)), [len(each.true_labels) for each in images]),
            difficult=_joined([each.difficult for each in images], np.bool_),
            crowd=_joined([each.crowd for each in images], np.bool_),
            areas=_joined(said, np.float64),
            box_areas=box_areas,
        ),
        _image_order(results),
    )
    _check_values(gathered, images)
    return gathered


def _areas(boxes: NDArray[np.floating[Any]], said: Floats | None) -> Floats:
    return areas(boxes.astype(np.float64).reshape(-1, 4)) if said is None else said


def _first(*choices: Floats | None) -> Floats | None:
    return next((each for each in choices if each is not None), None)


def _image_order(results: Results) -> Ints:
    count = len(results.images)
    ids = results.coco_ids.images if results.coco_ids else ()
    if len({type(each) for each in ids}) != 1:
        return np.arange(count)
    return np.array(sorted(range(count), key=ids.__getitem__), dtype=np.int64)


def _joined(parts: Sequence[NDArray[Any]], dtype: Any, *shape: int) -> NDArray[Any]:
    joined: NDArray[Any] = np.concatenate([np.empty((0, *shape), dtype), *parts], dtype=dtype, casting="unsafe")
    return joined


def _check_counts(each: ImageResult) -> None:
    found, objects = len(each.boxes), len(each.true_boxes)
    if not found == len(each.scores) == len(each.labels):
        raise PredictionsError(
            f"image {each.image_id}: {found} boxes were found, but {len(each.scores)} scores and "
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
            f"image {images[found.images[first]].image_id}: a detected box or score is not a number; "
            "the weights of the detector may be damaged"
        )

"""Detections in the images of a data set with the ground truth, from which scores and reports are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.protocols import CocoIds, Sample
from zoo_core.common.arguments import instance
from zoo_core.common.messages import counted, in_short
from zoo_core.evaluation.conditions import Conditions
from zoo_core.parts.geometry import ImageSize

__all__ = ["RESULTS", "ImageResult", "Results", "corners_of"]


def corners_of(coco_boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Corner boxes (M, 4) of boxes (M, 4) x, y, width, height."""
    corners: NDArray[np.float64] = np.hstack([coco_boxes[:, :2], coco_boxes[:, :2] + coco_boxes[:, 2:]])
    return corners


@dataclass(frozen=True, eq=False)
class ImageResult:
    """Objects of an image, and what was found in it. Labels count the classes of the `Results`.

    Attributes:
        image_id: the name of the image in its data set.
        size: size of the original image, to which all boxes belong.
        true_boxes: (K, 4) float32 corner/pixel of the objects; float64 where a file of COCO says them.
        true_labels: (K,) int64.
        difficult: (K,) bool; by VOC's rule neither found nor missed.
        crowd: (K,) bool; a box around a group, by COCO's rule.
        boxes: (M, 4) float32 corner/pixel of what was found; float64 where a file says them.
        scores: (M,) float32, or float64 too.
        labels: (M,) int64.
        true_areas: (K,) float64, of the objects in square pixels, where the annotation says them (that of a mask is
            smaller than that of its box); None for those of the boxes.
        true_box_areas: (K,) float64, width times height where a file of COCO says these, which is not to the last
            digit what the corners give; None for those of the corners.
        box_areas: (M,) float64, the same of what was found.
    """

    image_id: str
    size: ImageSize
    true_boxes: NDArray[np.floating[Any]]
    true_labels: NDArray[np.int64]
    difficult: NDArray[np.bool_]
    crowd: NDArray[np.bool_]
    boxes: NDArray[np.floating[Any]]
    scores: NDArray[np.floating[Any]]
    labels: NDArray[np.int64]
    true_areas: NDArray[np.float64] | None = None
    true_box_areas: NDArray[np.float64] | None = None
    box_areas: NDArray[np.float64] | None = None

    @classmethod
    def of(cls, sample: Sample) -> Self:
        """The objects of an image, in which nothing was found so far."""
        written = sample.coco_boxes
        return cls(
            image_id=sample.image_id,
            size=ImageSize(*sample.image.shape[:2]),
            true_boxes=sample.boxes if written is None else corners_of(written),
            true_box_areas=None if written is None else written[:, 2] * written[:, 3],
            true_labels=sample.labels,
            difficult=sample.difficult,
            crowd=sample.crowd,
            boxes=np.empty((0, 4), np.float32),
            scores=np.empty(0, np.float32),
            labels=np.empty(0, np.int64),
            true_areas=sample.areas,
        )


@dataclass(frozen=True, eq=False)
class Results:
    """All images of a data set, in its order.

    Attributes:
        class_names: the classes of which all labels are indices: those of the data set, in its order.
        images: one for each image.
        seconds: that reading, network and finding boxes took together; 0 where the boxes come from a file.
        reading_seconds: the part of it in which images were read.
        coco_ids: the ids by which files of COCO call the images and classes, where the data set has such.
        conditions: how the detections came about; None where they come from a file, or from no detector of the zoo.
    """

    class_names: tuple[str, ...]
    images: tuple[ImageResult, ...]
    seconds: float = 0.0
    reading_seconds: float = 0.0
    coco_ids: CocoIds | None = None
    conditions: Conditions | None = None

    def __repr__(self) -> str:
        return f"<Results: {counted(len(self.images), 'image')}, {in_short(self.class_names)}>"


RESULTS = instance(Results, "what was found in a data set, as zoo_core.collect gives it")
"""The rule of arguments that are results."""

"""What a detector found in the images of a data set, beside what there is: scores and reports are made from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoo_core.geometry import ImageSize

__all__ = ["ImageResult", "Results"]


@dataclass(frozen=True, eq=False)
class ImageResult:
    """Objects of an image, and what was found in it. Labels count the classes of the `Results`.

    Attributes:
        image_id: the name of the image in its data set.
        size: of the original image, to which all boxes belong.
        true_boxes: (K, 4) float32 corner/pixel of the objects.
        true_labels: (K,) int64.
        difficult: (K,) bool; by VOC's rule neither found nor missed.
        crowd: (K,) bool; a box around a group, by COCO's rule.
        boxes: (M, 4) float32 corner/pixel of what was found.
        scores: (M,) float32.
        labels: (M,) int64.
        true_areas: (K,) float64, of the objects in square pixels, where the annotation says them (that of a mask is
            smaller than that of its box); None for those of the boxes.
    """

    image_id: str
    size: ImageSize
    true_boxes: NDArray[np.float32]
    true_labels: NDArray[np.int64]
    difficult: NDArray[np.bool_]
    crowd: NDArray[np.bool_]
    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    labels: NDArray[np.int64]
    true_areas: NDArray[np.float64] | None = None


@dataclass(frozen=True, eq=False)
class Results:
    """All images of a data set, in its order.

    Attributes:
        class_names: what all labels count: those of the data set, in its order.
        images: one for each image.
        seconds: that reading, network and finding boxes took together; 0 where the boxes come from a file.
        reading_seconds: the part of it in which images were read.
    """

    class_names: tuple[str, ...]
    images: tuple[ImageResult, ...]
    seconds: float = 0.0
    reading_seconds: float = 0.0

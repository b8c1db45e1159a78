"""Detections of objects that are neither to be found nor to be missed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes import areas, pairwise_iou
from zoo_core.evaluation.results import ImageResult

__all__ = ["counted_objects", "on_ignored_objects"]


def counted_objects(image: ImageResult) -> NDArray[np.bool_]:
    """Whether each object (K,) is to be found: difficult ones, by VOC's rule, and crowds, by COCO's, are not."""
    return ~(image.difficult | image.crowd)


def on_ignored_objects(image: ImageResult, iou: float) -> NDArray[np.bool_]:
    """Whether each detection (M,) lies on an object of its class that does not count, and so is not wrong.

    On a difficult object it lies with an overlap of at least `iou`, in a crowd with at least that part of itself.
    """
    same = image.labels[:, None] == image.true_labels
    found, truth = image.boxes.astype(np.float64), image.true_boxes.astype(np.float64)
    overlaps = pairwise_iou(found, truth)
    # The intersection, from the union that the overlap was divided by: i = iou * (a + b) / (1 + iou).
    sizes = areas(found)[:, None]
    shared = overlaps * (sizes + areas(truth)) / (1 + overlaps)
    inside = np.divide(shared, sizes, out=np.zeros_like(shared), where=sizes > 0)
    lies = (image.difficult & (overlaps >= iou)) | (image.crowd & (inside >= iou))
    on: NDArray[np.bool_] = (same & lies).any(axis=1)
    return on

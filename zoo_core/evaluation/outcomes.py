"""What became of every object and every detection at one score threshold: found, taken for another, missed, made up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes import pairwise_iou
from zoo_core.evaluation.ignored import counted_objects, on_ignored_objects
from zoo_core.evaluation.results import ImageResult
from zoo_core.matching import UNMATCHED

__all__ = ["Outcome", "outcome_of"]


@dataclass(frozen=True, eq=False)
class Outcome:
    """Objects (K,) and detections (M,) of an image in pairs.

    Attributes:
        detection_of: (K,) the detection of each object, or `UNMATCHED`.
        object_of: (M,) the object of each detection, or `UNMATCHED`.
        objects: (K,) whether an object is to be found: neither difficult nor a crowd.
        detections: (M,) whether a detection counts: its score reaches the threshold, and it lies on
            no object that is not to be found.
        right: (M,) whether it counts and has an object of its class.
        missed: (K,) whether an object is to be found, and no detection of its class has it.
    """

    detection_of: NDArray[np.int64]
    object_of: NDArray[np.int64]
    objects: NDArray[np.bool_]
    detections: NDArray[np.bool_]
    right: NDArray[np.bool_]
    missed: NDArray[np.bool_]

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """(M,) whether a detection counts and is not right."""
        return self.detections & ~self.right


def outcome_of(image: ImageResult, score: float, iou: float) -> Outcome:
    """Pair the objects of an image with what was found at a threshold.

    A pair overlaps by at least `iou`. Pairs of one class are made first, so that what was found right
    is never given away, and then those of two classes; each time the largest overlap first. Nothing is in
    two pairs.

    Args:
        image: what was found in it, beside what there is.
        score: the least score of a detection that counts.
        iou: the least overlap of a pair.
    """
    objects, detections = counted_objects(image), image.scores >= score
    overlaps = pairwise_iou(image.boxes.astype(np.float64), image.true_boxes.astype(np.float64))
    same = image.labels[:, None] == image.true_labels
    rows, columns = np.nonzero((overlaps >= iou) & detections[:, None] & objects)
    order = np.lexsort((-overlaps[rows, columns], ~same[rows, columns]))  # stable: then the surer, listed first
    object_of = np.full(len(image.labels), UNMATCHED, np.int64)
    detection_of = np.full(len(image.true_labels), UNMATCHED, np.int64)
    for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        if object_of[row] == detection_of[column] == UNMATCHED:
            object_of[row], detection_of[column] = column, row
    found = object_of != UNMATCHED
    right = found.copy()
    right[found] = same[np.flatnonzero(found), object_of[found]]
    missed = objects.copy()
    missed[object_of[right]] = False
    counted = detections & (found | ~on_ignored_objects(image, iou))
    return Outcome(detection_of, object_of, objects, counted, right, missed)

"""Which class is taken for which: the confusion matrix of a detector at one score threshold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.matching import UNMATCHED
from zoo_core.evaluation.outcomes import Outcome
from zoo_core.evaluation.results import Results

__all__ = ["BACKGROUND", "ConfusionMatrix", "confusion_matrix"]

BACKGROUND = "background"


@dataclass(frozen=True, eq=False)
class ConfusionMatrix:
    """What objects were taken for.

    Attributes:
        names: names of the classes, and last that of the background.
        counts: (C + 1, C + 1) int64; a row is what there is, a column what was found. The last row counts
            detections without an object, the last column objects without a detection.
    """

    names: tuple[str, ...]
    counts: NDArray[np.int64]

    @property
    def shares(self) -> NDArray[np.float64]:
        """Of each row the part in each column, (C + 1, C + 1); 0 in a row of nothing."""
        sums = self.counts.sum(axis=1, keepdims=True)
        return np.divide(self.counts, sums, out=np.zeros(self.counts.shape), where=sums > 0)

    def to_dict(self) -> dict[str, Any]:
        """As plain values: the names, and the rows of counts."""
        return {"names": list(self.names), "counts": self.counts.tolist()}


def confusion_matrix(results: Results, outcomes: Iterable[Outcome]) -> ConfusionMatrix:
    """Count the pairs of all images by class.

    Args:
        results: detections and ground truth.
        outcomes: outcomes of each image.
    """
    none = len(results.class_names)
    counts = np.zeros((none + 1, none + 1), np.int64)
    for image, outcome in zip(results.images, outcomes, strict=True):
        detections, objects = np.flatnonzero(outcome.detections), np.flatnonzero(outcome.objects)
        paired = outcome.object_of[detections]
        labels = np.append(image.true_labels, none)  # UNMATCHED, -1, is the last
        np.add.at(counts, (labels[paired], image.labels[detections]), 1)
        unfound = objects[outcome.detection_of[objects] == UNMATCHED]
        np.add.at(counts, (image.true_labels[unfound], none), 1)
    return ConfusionMatrix((*results.class_names, BACKGROUND), counts)

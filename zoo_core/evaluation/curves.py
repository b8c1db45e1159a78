"""Precision against recall as the score threshold falls, and the threshold at which both are best together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoo_core.evaluation.voc import Judged

__all__ = ["Curve", "OperatingPoint", "best_point", "curve", "mean_curve"]

_RECALLS = np.linspace(0, 1, 101)

_Floats = NDArray[np.float64]


@dataclass(frozen=True)
class OperatingPoint:
    """A score threshold and what it gives; NaN is what no detections, or no objects, leave undefined.

    Attributes:
        score: the threshold: detections with this score or a higher one are reported.
        precision: the part of the reported detections that is right.
        recall: the part of the objects that is found.
    """

    score: float
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def to_dict(self) -> dict[str, float]:
        """As plain values; NaN stays."""
        return {"score": self.score, "precision": self.precision, "recall": self.recall, "f1": self.f1}


@dataclass(frozen=True, eq=False)
class Curve:
    """The best precision at each recall or a higher one: the area under it is VOC 2010's average precision.

    Attributes:
        recall: (P,) rising; empty where there are no objects or no detections.
        precision: (P,) falling.
        best: where F1 is highest, the highest such threshold; all NaN where nothing was found.
    """

    recall: _Floats
    precision: _Floats
    best: OperatingPoint


_NOWHERE = OperatingPoint(float("nan"), float("nan"), float("nan"))


def curve(judged: Judged, label: int) -> Curve:
    """The curve of a class."""
    mine = judged.labels == label
    scores, right, objects = judged.scores[mine], judged.right[mine], int(judged.objects[label])
    if not objects or not len(right):
        return Curve(np.empty(0), np.empty(0), _NOWHERE)
    hits = np.cumsum(right)
    precision = hits / np.arange(1, len(hits) + 1)
    highest = np.maximum.accumulate(precision[::-1])[::-1]
    found = np.flatnonzero(right)  # between these nothing changes
    return Curve(hits[found] / objects, highest[found], _best(scores, hits, objects))


def best_point(judged: Judged) -> OperatingPoint:
    """Where F1 is highest for the detections of all classes together, with one threshold for all."""
    order = np.argsort(-judged.scores, kind="stable")
    return _best(judged.scores[order], np.cumsum(judged.right[order]), int(judged.objects.sum()))


def _best(scores: _Floats, hits: NDArray[np.int64], objects: int) -> OperatingPoint:
    if not hits.any():
        return _NOWHERE
    # No threshold parts equal scores: only the last of them can be where the report ends.
    ends = np.flatnonzero(np.append(scores[1:] < scores[:-1], [True]))
    f1 = 2 * hits[ends] / (ends + 1 + objects)
    end = ends[f1.argmax()]
    return OperatingPoint(float(scores[end]), float(hits[end] / (end + 1)), float(hits[end] / objects))


def mean_curve(curves: list[Curve]) -> Curve:
    """The mean precision of classes at the recalls 0, .01 ... 1.

    Args:
        curves: curves of the classes that have objects; one without detections counts with a precision of 0.
    """
    if not curves:
        return Curve(np.empty(0), np.empty(0), _NOWHERE)
    heights = [np.append(each.precision, 0.0)[np.searchsorted(each.recall, _RECALLS)] for each in curves]
    return Curve(_RECALLS, np.mean(heights, axis=0), _NOWHERE)

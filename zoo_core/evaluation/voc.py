"""Average precision by the rules of Pascal VOC.

A detection is right when the object of its class in its image that it overlaps most is
overlapped by at least the threshold, and no detection with a higher score had that object.
Objects marked as difficult count neither as found nor as missed, nor do detections on them.

Boxes are continuous here, so no 1 is added to their sides. The development kit adds 1
because its corners are whole pixels that both belong to the box: its (x1, y1, x2, y2) is
(x1 - 1, y1 - 1, x2, y2) here, and then both give the same overlaps.

Source: Everingham et al., The Pascal Visual Object Classes (VOC) Challenge, 2010, section
4.2, and VOCevaldet.m of the development kits of 2007 and 2012.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoo_core.boxes import areas

__all__ = ["VocMetric", "VocScores", "area_under_curve", "eleven_point_average"]

_Bools = NDArray[np.bool_]
_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class VocScores:
    """Average precisions and what they were counted from; each (C,), by class.

    Attributes:
        ap_voc07: by the rule of 2007; NaN for a class without objects.
        ap_voc10: by the rule of 2010 and later; NaN for a class without objects.
        objects: how many are to be found; difficult ones are not among them.
        difficult: objects that are not counted.
        detections: all that were given.
    """

    ap_voc07: _Floats
    ap_voc10: _Floats
    objects: _Ints
    difficult: _Ints
    detections: _Ints


@dataclass(frozen=True, eq=False)
class _Boxes:
    """Boxes of one image, or one after the other of all.

    Attributes:
        boxes: (M, 4) corner boxes.
        labels: (M,).
        images: (M,) number of the image of each.
        values: (M,) scores of detections; of objects 1 where difficult, else 0.
    """

    boxes: _Floats
    labels: _Ints
    images: _Ints
    values: _Floats

    @classmethod
    def joined(cls, parts: list[_Boxes]) -> _Boxes:
        empty = cls(np.empty((0, 4)), np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
        each = [empty, *parts]
        return cls(
            np.concatenate([part.boxes for part in each]),
            np.concatenate([part.labels for part in each]),
            np.concatenate([part.images for part in each]),
            np.concatenate([part.values for part in each]),
        )


class VocMetric:
    """Collects detections and objects image by image, and scores all of them at once.

    Args:
        class_count: labels are 0 to this less 1.
        iou: the least overlap at which a detection is right.
    """

    def __init__(self, class_count: int, iou: float = 0.5) -> None:
        self._class_count = class_count
        self._iou = iou
        self._found: list[_Boxes] = []
        self._truth: list[_Boxes] = []

    def add(
        self,
        boxes: ArrayLike,
        scores: ArrayLike,
        labels: ArrayLike,
        *,
        true_boxes: ArrayLike,
        true_labels: ArrayLike,
        difficult: ArrayLike | None = None,
    ) -> None:
        """Add an image.

        Args:
            boxes: (M, 4) corner boxes that were found, in any order.
            scores: (M,), higher is surer.
            labels: (M,) of the boxes found.
            true_boxes: (K, 4) corner boxes of the objects, in the same unit.
            true_labels: (K,) of the objects.
            difficult: (K,) whether an object is not to be counted; none is when None.

        Raises:
            ValueError: the arrays do not belong together, a label is none of the classes, or a
                score is not a number.
        """
        hard = np.zeros(np.shape(true_labels)) if difficult is None else difficult
        self._found.append(self._checked(boxes, labels, scores))
        self._truth.append(self._checked(true_boxes, true_labels, hard))

    def _checked(self, boxes: ArrayLike, labels: ArrayLike, values: ArrayLike) -> _Boxes:
        corners = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
        ids, numbers = np.asarray(labels, dtype=np.int64), np.asarray(values, dtype=np.float64)
        if not ids.shape == numbers.shape == (len(corners),):
            raise ValueError(
                f"{len(corners)} boxes need as many labels and scores, not arrays of shape {ids.shape} and "
                f"{numbers.shape}"
            )
        if len(ids) and not 0 <= ids.min() <= ids.max() < self._class_count:
            raise ValueError(f"labels are 0 to {self._class_count - 1}, and these are {ids.min()} to {ids.max()}")
        if np.isnan(numbers).any():
            raise ValueError("a score is not a number")
        return _Boxes(corners, ids, np.full(len(ids), len(self._truth)), numbers)

    def result(self) -> VocScores:
        """The scores of all images added so far; equal scores rank as they were added."""
        found, truth = _Boxes.joined(self._found), _Boxes.joined(self._truth)
        ranked = np.lexsort((-found.values, found.labels))  # class by class, best first, stable
        found = _Boxes(found.boxes[ranked], found.labels[ranked], found.images[ranked], found.values[ranked])
        difficult = truth.values > 0
        right, counted = _judged(found, truth, difficult, self._iou, self._class_count)
        objects = np.bincount(truth.labels[~difficult], minlength=self._class_count)
        by_class = [right[counted & (found.labels == label)] if count else None for label, count in enumerate(objects)]

        def averaged(rule: Callable[[_Bools, int], float]) -> _Floats:
            pairs = zip(by_class, objects, strict=True)
            return np.array([np.nan if each is None else rule(each, int(count)) for each, count in pairs])

        return VocScores(
            ap_voc07=averaged(eleven_point_average),
            ap_voc10=averaged(area_under_curve),
            objects=objects,
            difficult=np.bincount(truth.labels[difficult], minlength=self._class_count),
            detections=np.bincount(found.labels, minlength=self._class_count),
        )


def _judged(found: _Boxes, truth: _Boxes, difficult: _Bools, iou: float, class_count: int) -> tuple[_Bools, _Bools]:
    """For detections (M,), best first: which are right, and which count at all."""
    object_of, overlap = _best_objects(found, truth, class_count)
    hits = np.flatnonzero(overlap >= iou)
    right, counted = np.zeros(len(overlap), np.bool_), np.ones(len(overlap), np.bool_)
    counted[hits] = ~difficult[object_of[hits]]
    # `unique` finds the first of equal values: of all detections of an object, the best one.
    _, first = np.unique(object_of[hits], return_index=True)
    right[hits[first]] = True
    return right & counted, counted


def _best_objects(found: _Boxes, truth: _Boxes, class_count: int) -> tuple[_Ints, _Floats]:
    """For detections (M,) the object of its image and class that it overlaps most, and the IoU; 0 and -1 if none.

    All pairs of a detection and an object of its image and class stand one after the other
    in one array, so that nothing is looped over.
    """
    wanted = found.images * class_count + found.labels
    offered = truth.images * class_count + truth.labels
    order = np.argsort(offered, kind="stable")
    begin = np.searchsorted(offered[order], wanted, "left")
    count = np.searchsorted(offered[order], wanted, "right") - begin
    some = np.flatnonzero(count)
    begin, count = begin[some], count[some]
    first = np.cumsum(count) - count
    owner = np.repeat(np.arange(len(some)), count)
    objects = order[np.arange(len(owner)) - first[owner] + begin[owner]]
    overlaps = _iou_of_pairs(found.boxes[some][owner], truth.boxes[objects])
    object_of, overlap = np.zeros(len(wanted), np.int64), np.full(len(wanted), -1.0)
    if len(some):
        most = np.maximum.reduceat(overlaps, first)
        best = np.flatnonzero(overlaps == most[owner])
        _, earliest = np.unique(owner[best], return_index=True)  # of equal overlaps the first object
        object_of[some], overlap[some] = objects[best[earliest]], most
    return object_of, overlap


def _iou_of_pairs(first: _Floats, second: _Floats) -> _Floats:
    """Intersection over union (P,) of corner boxes (P, 4) with their partners (P, 4)."""
    sides = np.minimum(first[:, 2:], second[:, 2:]) - np.maximum(first[:, :2], second[:, :2])
    shared = np.where((sides > 0).all(axis=1), sides[:, 0] * sides[:, 1], 0.0)
    union = areas(first) + areas(second) - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=shared > 0)


def eleven_point_average(right: _Bools, objects: int) -> float:
    """Average precision by the rule of 2007.

    The mean, over the recalls 0, 0.1 ... 1, of the best precision at that recall or a higher one.

    Args:
        right: (M,) whether each detection is right, best first.
        objects: how many there are to be found, at least 1.
    """
    recall, precision = _curve(right, objects)
    # As floating-point sums, 0.30000000000000004 among them: the scripts to which published
    # numbers are compared have these, and at a recall of exactly 3/10 it makes a difference.
    wanted = np.searchsorted(recall, np.arange(0.0, 1.1, 0.1))
    return float(np.append(precision, 0.0)[wanted].sum() / 11)


def area_under_curve(right: _Bools, objects: int) -> float:
    """Average precision by the rule of 2010 and later: the area under the best precision at each recall.

    Args:
        right: (M,) whether each detection is right, best first.
        objects: how many there are to be found, at least 1.
    """
    recall, precision = _curve(right, objects)
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def _curve(right: _Bools, objects: int) -> tuple[_Floats, _Floats]:
    """Recall after each detection, and the best precision at that recall or a higher one."""
    hits = np.cumsum(right)
    precision = hits / np.arange(1, len(right) + 1)
    return hits / objects, np.maximum.accumulate(precision[::-1])[::-1]

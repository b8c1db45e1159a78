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

from dataclasses import dataclass

import numpy as np

from zoo_core.evaluation.gathering import Bools, Floats, Gathered, Ints

__all__ = ["Judged", "VocScores", "area_under_curve", "eleven_point_average", "judge", "mean_precision", "voc_scores"]


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

    ap_voc07: Floats
    ap_voc10: Floats
    objects: Ints
    difficult: Ints
    detections: Ints


@dataclass(frozen=True, eq=False)
class Judged:
    """Detections (M,) that count, class by class, highest score first.

    Attributes:
        labels: (M,).
        scores: (M,).
        right: (M,) whether each is right.
        objects: (C,) how many of each class are to be found; difficult ones are not among them.
    """

    labels: Ints
    scores: Floats
    right: Bools
    objects: Ints


def judge(gathered: Gathered, iou: float = 0.5) -> Judged:
    """Which detections are right; equal scores rank in the order of the images, and in that given.

    Args:
        gathered: detections and ground truth.
        iou: the least overlap at which a detection is right.
    """
    found, truth, ranking = gathered.found, gathered.objects, gathered.ranking
    best = gathered.pairs[gathered.pairs.iou >= iou].best()
    hits, objects = best.found, best.objects
    rank = np.empty_like(ranking)
    rank[ranking] = np.arange(len(ranking))
    best_first = np.argsort(rank[hits])
    hits, objects = hits[best_first], objects[best_first]
    right, counted = np.zeros(len(found), np.bool_), np.ones(len(found), np.bool_)
    counted[hits] = ~truth.difficult[objects]
    # `unique` finds the first of equal values: of all detections of an object, the best one.
    _, first = np.unique(objects, return_index=True)
    right[hits[first]] = True
    ranking = ranking[counted[ranking]]
    return Judged(
        labels=found.labels[ranking],
        scores=found.scores[ranking],
        right=right[ranking],
        objects=np.bincount(truth.labels[~truth.difficult], minlength=gathered.class_count),
    )


def voc_scores(gathered: Gathered, iou: float = 0.5) -> VocScores:
    """The scores of each class.

    Args:
        gathered: detections and ground truth.
        iou: the least overlap at which a detection is right.
    """
    count, truth, judged = gathered.class_count, gathered.objects, judge(gathered, iou)
    ends = np.searchsorted(judged.labels, np.arange(count + 1))
    averages = np.full((2, count), np.nan)
    for label in np.flatnonzero(judged.objects):
        hits = judged.right[slice(*ends[label : label + 2])]
        averages[:, label] = [rule(hits, judged.objects[label]) for rule in (eleven_point_average, area_under_curve)]
    return VocScores(
        ap_voc07=averages[0],
        ap_voc10=averages[1],
        objects=judged.objects,
        difficult=np.bincount(truth.labels[truth.difficult], minlength=count),
        detections=np.bincount(gathered.found.labels, minlength=count),
    )


def eleven_point_average(right: Bools, objects: int) -> float:
    """Average precision by the rule of 2007.

    The mean, over the recalls 0, 0.1 ... 1, of the best precision at that recall or a higher one.

    Args:
        right: (M,) whether each detection is right, best first.
        objects: how many there are to be found, at least 1.
    """
    # The scripts to which published numbers are compared have these, among them 0.30000000000000004,
    # 0.6000000000000001 and 0.7000000000000001, which recalls of exactly 3/10, 6/10 and 7/10 do not reach.
    return mean_precision(right, objects, np.arange(0.0, 1.1, 0.1))


def mean_precision(right: Bools, objects: int, recalls: Floats) -> float:
    """The mean, over some recalls, of the best precision at that recall or a higher one; 0 where none is reached.

    Args:
        right: (M,) whether each detection is right, best first.
        objects: how many there are to be found, at least 1.
        recalls: (R,) between 0 and 1.
    """
    recall, precision = _curve(right, objects)
    return float(np.append(precision, 0.0)[np.searchsorted(recall, recalls)].mean())


def area_under_curve(right: Bools, objects: int) -> float:
    """Average precision by the rule of 2010 and later: the area under the best precision at each recall.

    Args:
        right: (M,) whether each detection is right, best first.
        objects: how many there are to be found, at least 1.
    """
    recall, precision = _curve(right, objects)
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def _curve(right: Bools, objects: int) -> tuple[Floats, Floats]:
    """Recall after each detection, and the best precision at that recall or a higher one."""
    hits = np.cumsum(right)
    precision = hits / np.arange(1, len(right) + 1)
    return hits / objects, np.maximum.accumulate(precision[::-1])[::-1]

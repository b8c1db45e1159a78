"""The kinds of error that a detector makes, and how much average precision each costs.

Each detection of an image takes, in descending order of score, the free object of its class that it
overlaps most, if by at least .5. One that takes none is wrong, and of the first kind that fits:

- localisation: it overlaps an object of its class by .1 to .5;
- classification: it overlaps an object of another class by at least .5;
- duplicate: it overlaps an object of its class by at least .5 that a higher-scoring one has taken;
- background: it overlaps no object by more than .1;
- both: whatever is left, wrong in position and class.

An object that nothing took is missed, unless a detection wrong in position or in class would be
right on it. The cost of a kind is what average precision gains when an oracle corrects its
errors and no others: errors of position and class become right, the highest-scoring one on each free object,
and vanish where they cannot; the other wrong detections vanish; missed objects are not looked for.

Average precision is that of COCO at an IoU of .5 (101 recalls), over classes that have objects,
and an image gives its 100 highest-scoring detections.

Source: Bolya et al., TIDE: A General Toolbox for Identifying Object Detection Errors, 2020, and
quantify.py of tidecv, to whose numbers these are equal. There are two differences. Detections
of difficult objects and crowds are not errors here: tidecv leaves them out of the precision, and
counts them among the errors all the same. And a class without objects is in no mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from zoo_core.evaluation.gathering import Bools, FlatDetections, Gathered, Ints
from zoo_core.evaluation.ignored import counted_objects, on_ignored_objects
from zoo_core.evaluation.pairs import Pairs
from zoo_core.evaluation.voc import mean_precision

__all__ = ["ErrorKind", "ErrorReport", "error_report"]

_FOREGROUND, _BACKGROUND = 0.5, 0.1
"""t_f and t_b of the paper."""
_MOST = 100
_RECALLS = np.arange(101) / 100


class ErrorKind(StrEnum):
    """What can be wrong, in the order of the paper."""

    CLASSIFICATION = "classification"
    LOCALISATION = "localisation"
    BOTH = "both"
    DUPLICATE = "duplicate"
    BACKGROUND = "background"
    MISSED = "missed"


_KINDS = tuple(ErrorKind)
_RIGHT = -1
_PLACE_OR_CLASS = [_KINDS.index(ErrorKind.LOCALISATION), _KINDS.index(ErrorKind.CLASSIFICATION)]


@dataclass(frozen=True)
class ErrorReport:
    """The errors of a detector on a data set.

    Attributes:
        ap50: average precision at an IoU of .5, between 0 and 1; NaN when there are no objects.
        counts: how many errors there are of each kind.
        costs: the average precision that is lost to each kind, at least 0.
        false_positives: what is lost to all wrong detections, as if each came after all that are right.
        false_negatives: what is lost to all objects that nothing took, as if there were none of them.
    """

    ap50: float
    counts: dict[ErrorKind, int]
    costs: dict[ErrorKind, float]
    false_positives: float
    false_negatives: float

    def to_dict(self) -> dict[str, Any]:
        """As plain values; NaN stays."""
        return {
            "ap50": self.ap50,
            "kinds": {kind.value: {"count": self.counts[kind], "cost": self.costs[kind]} for kind in ErrorKind},
            "false_positives": {"cost": self.false_positives},
            "false_negatives": {"cost": self.false_negatives},
        }


@dataclass(frozen=True, eq=False)
class _Judged:
    """The detections (M,) that count, highest score first, and the objects (K,) that are to be found.

    Attributes:
        labels: labels of the detections.
        kinds: which kind of error each is, or `_RIGHT`.
        corrected: the label that each has when its error is corrected.
        correctable: whether it is then right; else it vanishes.
        true_labels: labels of the objects.
        taken: whether an object was.
        missed: whether no detection would be right on it even when corrected.
    """

    labels: Ints
    kinds: Ints
    corrected: Ints
    correctable: Bools
    true_labels: Ints
    taken: Bools
    missed: Bools


def error_report(gathered: Gathered) -> ErrorReport:
    """Sort the errors of a detector by kind, and say what each kind costs.

    Args:
        gathered: detections and ground truth.
    """
    judged = _judge(gathered)
    objects, unfound, missed = (
        np.bincount(judged.true_labels[chosen], minlength=gathered.class_count)
        for chosen in (np.ones_like(judged.taken), ~judged.taken, judged.missed)
    )
    asked = objects > 0
    right = judged.kinds == _RIGHT
    base = _mean_ap(judged.labels, right, objects, asked)

    def cost_of(kind: int) -> float:
        if _KINDS[kind] is ErrorKind.MISSED:
            return _mean_ap(judged.labels, right, objects - missed, asked) - base
        mine = judged.kinds == kind
        correct = mine & judged.correctable
        kept = ~mine | correct
        labels = np.where(correct, judged.corrected, judged.labels)
        return _mean_ap(labels[kept], (right | correct)[kept], objects, asked) - base

    counts = np.bincount(judged.kinds[~right], minlength=len(_KINDS))
    counts[_KINDS.index(ErrorKind.MISSED)] = judged.missed.sum()
    right_first = np.argsort(~right, kind="stable")
    return ErrorReport(
        ap50=base,
        counts=dict(zip(_KINDS, counts.tolist(), strict=True)),
        costs={kind: max(cost_of(index), 0.0) for index, kind in enumerate(_KINDS)},
        false_positives=_mean_ap(judged.labels[right_first], right[right_first], objects, asked) - base,
        false_negatives=_mean_ap(judged.labels, right, objects - unfound, asked) - base,
    )


def _judge(gathered: Gathered) -> _Judged:
    found, objects = gathered.found, gathered.objects
    counted, by_score = counted_objects(objects), np.argsort(-found.scores, kind="stable")
    looked_at = _highest_scoring_of_image(found, by_score)
    pairs = gathered.pairs_of_any_class
    pairs = pairs[looked_at[pairs.found] & counted[pairs.objects]]
    same = found.labels[pairs.found] == objects.labels[pairs.objects]
    own, other = pairs[same], pairs[~same]
    right, taken = np.zeros(len(found), np.bool_), np.zeros(len(counted), np.bool_)
    takers = _taking(own, by_score)
    right[takers.found], taken[takers.objects] = True, True
    kinds, targets = _kinds(own, other, right, taken)
    kept = looked_at & (right | ~on_ignored_objects(gathered, _FOREGROUND))
    judged = by_score[kept[by_score]]
    on_free = judged[np.isin(kinds[judged], _PLACE_OR_CLASS)]
    on_free = on_free[~taken[targets[on_free]]]
    wanted, ranked = np.unique(targets[on_free], return_index=True)
    corrected, correctable = found.labels.copy(), np.zeros_like(right)
    corrected[on_free[ranked]], correctable[on_free[ranked]] = objects.labels[wanted], True
    missed = ~taken
    missed[wanted] = False
    return _Judged(
        labels=found.labels[judged],
        kinds=kinds[judged],
        corrected=corrected[judged],
        correctable=correctable[judged],
        true_labels=objects.labels[counted],
        taken=taken[counted],
        missed=missed[counted],
    )


def _highest_scoring_of_image(found: FlatDetections, by_score: Ints) -> Bools:
    """Whether each detection (M,) is one of the `_MOST` highest-scoring of its image."""
    by_image = by_score[np.argsort(found.images[by_score], kind="stable")]
    first = np.searchsorted(found.images, found.images)  # detections are listed image by image
    looked_at = np.zeros(len(found), np.bool_)
    looked_at[by_image] = np.arange(len(found)) - first < _MOST
    return looked_at


def _taking(own: Pairs, by_score: Ints) -> Pairs:
    """Which detections take which object of their class."""
    enough = own[own.iou >= _FOREGROUND]
    rank = np.empty_like(by_score)
    rank[by_score] = np.arange(len(rank))
    return enough.exclusive(np.lexsort((-enough.iou, rank[enough.found])))  # stable: then the first object


def _kinds(own: Pairs, other: Pairs, right: Bools, taken: Bools) -> tuple[Ints, Ints]:
    """The kind of error (M,) of each detection, and the object (M,) on which it would be right in position and class.

    Args:
        own: detections on objects of their class.
        other: those on objects of another class.
        right: (M,) whether a detection is.
        taken: (K,) whether an object is.
    """
    near_own, near_other = np.zeros((2, len(right)))
    on_own, on_other = np.zeros((2, len(right)), np.int64)
    for pairs, near, on in ((own, near_own, on_own), (other, near_other, on_other)):
        best = pairs.best()
        near[best.found], on[best.found] = best.iou, best.objects
    on_taken = np.zeros_like(right)
    on_taken[own.found[taken[own.objects] & (own.iou >= _FOREGROUND)]] = True
    conditions = {
        _RIGHT: right,
        _KINDS.index(ErrorKind.LOCALISATION): (near_own >= _BACKGROUND) & (near_own <= _FOREGROUND),
        _KINDS.index(ErrorKind.CLASSIFICATION): near_other >= _FOREGROUND,
        _KINDS.index(ErrorKind.DUPLICATE): on_taken,
        _KINDS.index(ErrorKind.BACKGROUND): np.maximum(near_own, near_other) <= _BACKGROUND,
    }
    kinds = np.select(list(conditions.values()), list(conditions), _KINDS.index(ErrorKind.BOTH)).astype(np.int64)
    return kinds, np.where(kinds == _KINDS.index(ErrorKind.LOCALISATION), on_own, on_other)


def _mean_ap(labels: Ints, right: Bools, objects: Ints, asked: Bools) -> float:
    """The mean over the classes that were asked for; one with no object and no detection left is out of it.

    NaN where no class was asked for, and 1 where none is left: then nothing is wrong any more.

    Args:
        labels: (M,) of detections, highest score first.
        right: (M,) whether each is.
        objects: (C,) how many of each class are to be found.
        asked: (C,) which classes are asked for.
    """
    if not asked.any():
        return float("nan")
    # Small integers are sorted by their digits, which is fast.
    by_class = np.argsort(labels.astype(np.min_scalar_type(len(objects))), kind="stable")
    right, ends = right[by_class], np.searchsorted(labels[by_class], np.arange(len(objects) + 1))
    values = []
    for label in np.flatnonzero(asked):
        hits = right[slice(*ends[label : label + 2])]
        if objects[label]:
            values.append(mean_precision(hits, int(objects[label]), _RECALLS))
        elif len(hits):
            values.append(0.0)
    return float(np.mean(values)) if values else 1.0

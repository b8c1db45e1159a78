"""The kinds of error that a detector makes, and how much average precision each costs.

Each detection of an image takes, from the surest on, the free object of its class that it
overlaps most, if by at least .5. One that takes none is wrong, and of the first kind that fits:

- localisation: it overlaps an object of its class by .1 to .5;
- classification: it overlaps an object of another class by at least .5;
- duplicate: it overlaps an object of its class by at least .5 that a surer one has taken;
- background: it overlaps no object by more than .1;
- both: whatever is left, wrong in place and class.

An object that nothing took is missed, unless a detection wrong in place or in class would be
right on it. The cost of a kind is what average precision gains when an oracle corrects its
errors and no others: errors of place and class become right, the surest on each free object,
and vanish where they cannot; the other wrong detections vanish; missed objects are not looked for.

Average precision is that of COCO at an IoU of .5 (101 recalls), over classes that have objects,
and an image gives its 100 surest detections.

Source: Bolya et al., TIDE: A General Toolbox for Identifying Object Detection Errors, 2020, and
quantify.py of tidecv, to whose numbers these are equal. There are two differences. Detections
of difficult objects and crowds are no errors here: tidecv leaves them out of the precision, and
counts them among the errors all the same. And a class without objects is in no mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes import pairwise_iou
from zoo_core.evaluation.ignored import counted_objects, on_ignored_objects
from zoo_core.evaluation.results import ImageResult, Results

__all__ = ["ErrorKind", "ErrorReport", "error_report"]

_FOREGROUND, _BACKGROUND = 0.5, 0.1
"""t_f and t_b of the paper."""
_MOST = 100
_RECALLS = np.arange(101) / 100

_Bools = NDArray[np.bool_]
_Floats = NDArray[np.float64]
_Ints = NDArray[np.int64]


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
    """The detections (M,) of an image, or of all, that count, the surest of an image first, and its objects (K,).

    Attributes:
        labels: of the detections.
        scores: of the detections.
        kinds: which kind of error each is, or `_RIGHT`.
        corrected: the label that each has when its error is corrected.
        correctable: whether it is then right; else it vanishes.
        true_labels: of the objects that are to be found.
        taken: whether an object was.
        missed: whether no detection would be right on it even when corrected.
    """

    labels: _Ints
    scores: _Floats
    kinds: _Ints
    corrected: _Ints
    correctable: _Bools
    true_labels: _Ints
    taken: _Bools
    missed: _Bools


def error_report(results: Results) -> ErrorReport:
    """Sort the errors of a detector by kind, and say what each kind costs."""
    judged = _joined([_judge(image) for image in results.images])
    classes = len(results.class_names)
    objects, unfound, missed = (
        np.bincount(judged.true_labels[chosen], minlength=classes)
        for chosen in (np.ones_like(judged.taken), ~judged.taken, judged.missed)
    )
    asked = objects > 0
    right = judged.kinds == _RIGHT
    base = _mean_ap(judged.labels, judged.scores, right, objects, asked)

    def cost_of(kind: int) -> float:
        if _KINDS[kind] is ErrorKind.MISSED:
            return _mean_ap(judged.labels, judged.scores, right, objects - missed, asked) - base
        mine = judged.kinds == kind
        correct = mine & judged.correctable
        kept = ~mine | correct
        labels = np.where(correct, judged.corrected, judged.labels)
        return _mean_ap(labels[kept], judged.scores[kept], (right | correct)[kept], objects, asked) - base

    counts = np.bincount(judged.kinds[~right], minlength=len(_KINDS))
    counts[_KINDS.index(ErrorKind.MISSED)] = judged.missed.sum()
    return ErrorReport(
        ap50=base,
        counts=dict(zip(_KINDS, counts.tolist(), strict=True)),
        costs={kind: max(cost_of(place), 0.0) for place, kind in enumerate(_KINDS)},
        false_positives=_mean_ap(judged.labels, right.astype(np.float64), right, objects, asked) - base,
        false_negatives=_mean_ap(judged.labels, judged.scores, right, objects - unfound, asked) - base,
    )


def _judge(image: ImageResult) -> _Judged:
    order = np.argsort(-image.scores, kind="stable")[:_MOST]
    counted = counted_objects(image)
    labels, true_labels = image.labels[order], image.true_labels[counted]
    overlaps = pairwise_iou(image.boxes[order].astype(np.float64), image.true_boxes[counted].astype(np.float64))
    same = labels[:, None] == true_labels
    right, taken = _taking(np.where(same, overlaps, 0))
    kept = right | ~on_ignored_objects(image, _FOREGROUND)[order]
    kinds, targets = _kinds(overlaps, same, taken)
    kinds[right] = _RIGHT
    correctable, wanted = np.zeros(len(order), np.bool_), np.zeros(len(true_labels), np.bool_)
    on_free = np.flatnonzero(kept & np.isin(kinds, _PLACE_OR_CLASS))
    on_free = on_free[~taken[targets[on_free]]]
    _, surest = np.unique(targets[on_free], return_index=True)
    correctable[on_free[surest]] = True
    wanted[targets[on_free]] = True
    return _Judged(
        labels=labels[kept],
        scores=image.scores[order][kept].astype(np.float64),
        kinds=kinds[kept],
        corrected=(true_labels[targets] if len(true_labels) else labels)[kept],
        correctable=correctable[kept],
        true_labels=true_labels,
        taken=taken,
        missed=~taken & ~wanted,
    )


def _taking(overlaps: _Floats) -> tuple[_Bools, _Bools]:
    """Which detections (M,), the surest first, take an object, and which objects (K,) are taken."""
    right, free = np.zeros(overlaps.shape[0], np.bool_), np.ones(overlaps.shape[1], np.bool_)
    for place in np.flatnonzero((overlaps >= _FOREGROUND).any(axis=1)):
        offered = np.where(free, overlaps[place], 0)
        best = offered.argmax()
        if offered[best] >= _FOREGROUND:
            right[place], free[best] = True, False
    return right, ~free


def _kinds(overlaps: _Floats, same: _Bools, taken: _Bools) -> tuple[_Ints, _Ints]:
    """The kind of error (M,) that each detection is if it is wrong, and the object (M,) on which it would be right."""
    own, other = np.where(same, overlaps, 0), np.where(same, 0, overlaps)
    nearest = own.max(axis=1, initial=0)
    conditions = {
        ErrorKind.LOCALISATION: (nearest >= _BACKGROUND) & (nearest <= _FOREGROUND),
        ErrorKind.CLASSIFICATION: other.max(axis=1, initial=0) >= _FOREGROUND,
        ErrorKind.DUPLICATE: (own[:, taken] >= _FOREGROUND).any(axis=1),
        ErrorKind.BACKGROUND: overlaps.max(axis=1, initial=0) <= _BACKGROUND,
    }
    numbers = [_KINDS.index(kind) for kind in conditions]
    kinds = np.select(list(conditions.values()), numbers, _KINDS.index(ErrorKind.BOTH)).astype(np.int64)
    if not overlaps.shape[1]:
        return kinds, np.zeros(len(kinds), np.int64)
    on_own = kinds == _KINDS.index(ErrorKind.LOCALISATION)
    return kinds, np.where(on_own, own.argmax(axis=1), other.argmax(axis=1))


def _joined(parts: Sequence[_Judged]) -> _Judged:
    empty = _judge_of_nothing()
    names = _Judged.__dataclass_fields__
    return _Judged(**{name: np.concatenate([getattr(each, name) for each in (empty, *parts)]) for name in names})


def _judge_of_nothing() -> _Judged:
    ints, bools = np.empty(0, np.int64), np.empty(0, np.bool_)
    return _Judged(ints, np.empty(0), ints, ints, bools, ints, bools, bools)


def _mean_ap(labels: _Ints, scores: _Floats, right: _Bools, objects: _Ints, asked: _Bools) -> float:
    """The mean over the classes that were asked for; one with no object and no detection left is out of it.

    NaN where no class was asked for, and 1 where none is left: then nothing is wrong any more.
    """
    if not asked.any():
        return float("nan")
    order = np.lexsort((-scores, labels))  # class by class, the surest first, stable
    right, ends = right[order], np.searchsorted(labels[order], np.arange(len(objects) + 1))
    values = []
    for label in np.flatnonzero(asked):
        hits = right[slice(*ends[label : label + 2])]
        if objects[label]:
            values.append(_average_precision(hits, int(objects[label])))
        elif len(hits):
            values.append(0.0)
    return float(np.mean(values)) if values else 1.0


def _average_precision(right: _Bools, objects: int) -> float:
    hits = np.cumsum(right)
    precision = np.maximum.accumulate((hits / np.arange(1, len(hits) + 1))[::-1])[::-1]
    wanted = np.searchsorted(hits / objects, _RECALLS)
    return float(np.append(precision, 0.0)[wanted].mean())

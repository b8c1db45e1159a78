"""The twelve numbers of COCO.

Of the detections of an image and class the 100 highest-scoring ones count. In descending order of score, each takes
the free object that it overlaps most, where that is by at least the threshold; of equal
overlaps the last. Only when there is none does it match an object that is not to be counted
(a crowd, or one outside of the range of areas), and then counts as little as that. The
overlap with a crowd is the part of the detection that lies in it, and a crowd is never taken
away from others. Detections that took nothing, and are outside of the range of areas, do not
count either. Precision is averaged over the recalls 0, 0.01 ... 1.

Source: Lin et al., Microsoft COCO: Common Objects in Context, 2014, and cocoeval.py and
maskApi.c of pycocotools, to which the numbers are equal.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from zoo_core.evaluation.gathering import Bools, Floats, Gathered, Ints

__all__ = ["CocoNumbers", "coco_numbers", "mean", "mean_numbers"]

_THRESHOLDS = np.linspace(0.5, 0.95, 10)
_AT_50, _AT_75 = 0, 5
_RECALLS = np.linspace(0, 1, 101)
_RANGES = np.array([(0, 1e5), (0, 32), (32, 96), (96, 1e5)]) ** 2
"""Areas in square pixels, from and to, both included: all, small, medium, large."""
_MOST = 100
"""So many detections of an image and class count."""


@dataclass(frozen=True)
class CocoNumbers:
    """The twelve numbers of COCO for one class, or their means over the classes; NaN where there is no object.

    Attributes:
        ap: average precision, the mean over the IoU thresholds .5, .55 ... .95.
        ap50: at an IoU of .5.
        ap75: at an IoU of .75.
        ap_small: `ap` for objects of at most 32x32 pixels.
        ap_medium: from there to 96x96 pixels.
        ap_large: from there on.
        ar1: the part of the objects that are found, with the highest-scoring detection of an image and class.
        ar10: the same with ten.
        ar100: the same with a hundred.
        ar_small: `ar100` for objects of at most 32x32 pixels.
        ar_medium: from there to 96x96 pixels.
        ar_large: from there on.
    """

    ap: float
    ap50: float
    ap75: float
    ap_small: float
    ap_medium: float
    ap_large: float
    ar1: float
    ar10: float
    ar100: float
    ar_small: float
    ar_medium: float
    ar_large: float


def coco_numbers(gathered: Gathered) -> list[CocoNumbers]:
    """The twelve numbers of each class; equal scores rank in the order of images of `Gathered`, and in that given.

    Args:
        gathered: detections and ground truth, in pixels.
    """
    count, objects = gathered.class_count, gathered.objects
    ranked, ranks = _highest_scoring(gathered)
    labels = gathered.found.labels[ranked]
    regular = _within(objects.areas) & ~objects.crowd
    wanted = np.stack([np.bincount(objects.labels[each], minlength=count) for each in regular], axis=1)
    inside = _within(gathered.found.areas[ranked])
    takers, has_taken, right = _taken(gathered, ranked, regular)
    of_class = np.searchsorted(labels, np.arange(count + 1))
    takers_of_class = np.searchsorted(labels[takers], np.arange(count + 1))
    numbers = []
    for label in range(count):
        first, mine = of_class[label], slice(*takers_of_class[label : label + 2])
        inside_so_far = np.cumsum(inside[:, first : of_class[label + 1]], axis=1)[:, takers[mine] - first]
        # Who took nothing counts where it is in the range of areas; who took something, where that counts.
        counts = np.where(has_taken[:, :, mine], right[:, :, mine], inside[:, None, takers[mine]])
        change = counts.astype(np.int64) - inside[:, None, takers[mine]]
        counted = inside_so_far[:, None] + np.cumsum(change, axis=2)
        numbers.append(_numbers(right[:, :, mine], counted, ranks[takers[mine]], wanted[label]))
    return numbers


def mean_numbers(each: Sequence[CocoNumbers]) -> CocoNumbers:
    """The means over the classes, each over those for which the number is defined."""
    return CocoNumbers(**{field.name: mean(getattr(one, field.name) for one in each) for field in fields(CocoNumbers)})


def _highest_scoring(gathered: Gathered) -> tuple[Ints, Ints]:
    """The indices of the detections that count, best first, and how many of their image and class are before them."""
    ranks = _equal_before(gathered.groups[gathered.ranking])
    some = np.flatnonzero(ranks < _MOST)
    return gathered.ranking[some], ranks[some]


def _equal_before(keys: Ints) -> Ints:
    """For each of some keys (M,), how many of those before it are equal to it."""
    order = np.argsort(keys, kind="stable")
    index = np.arange(len(keys))
    begins = np.diff(keys[order], prepend=-1) != 0
    counts = np.empty_like(index)
    counts[order] = index - np.maximum.accumulate(np.where(begins, index, 0))
    return counts


def _within(sizes: Floats) -> Bools:
    """Whether areas (M,) are in each of the ranges, (A, M)."""
    inside: Bools = (sizes >= _RANGES[:, :1]) & (sizes <= _RANGES[:, 1:])
    return inside


def _taken(gathered: Gathered, ranked: Ints, regular: Bools) -> tuple[Ints, Bools, Bools]:
    """Which detections match an object.

    In an image and class, one detection after the other takes its object. So this goes in rounds: in
    each, the next detection of every image and class takes one, for all ranges and thresholds at once.

    Args:
        gathered: detections and ground truth.
        ranked: (M,) indices of the detections that count, best first.
        regular: (A, K) whether an object counts in each range of areas.

    Returns:
        The indices (N,) in `ranked` of those that overlap something enough; whether each matches an object in
        each range and at each threshold, (A, T, N); and whether it takes one that counts, (A, T, N).
    """
    crowd = gathered.objects.crowd
    owners, offered, overlaps = _overlapping(gathered, ranked)
    takers, owners = np.unique(owners, return_inverse=True)
    rounds = _equal_before(gathered.groups[ranked[takers]])
    # The best of a detection comes last, and of equal ones the last object: the highest rank is the best.
    order = np.lexsort((overlaps, owners, rounds[owners]))
    owners, offered, overlaps = owners[order], offered[order], overlaps[order]
    cases = len(_RANGES), len(_THRESHOLDS)
    has_taken, right = np.zeros((2, *cases, len(takers)), np.bool_)
    free = np.ones((*cases, len(crowd)), np.bool_)
    ends = np.searchsorted(rounds[owners], np.arange(rounds.max(initial=-1) + 2))
    for begin, end in itertools.pairwise(ends):
        those, count = offered[begin:end], end - begin
        enough = overlaps[begin:end] >= _THRESHOLDS[:, None]
        ranks = np.arange(count) + count * regular[:, None, those]  # what counts goes before all that does not
        ranks = np.where(free[:, :, those] & enough, ranks, -1)
        first = np.flatnonzero(np.diff(owners[begin:end], prepend=-1))
        best = np.maximum.reduceat(ranks, first, axis=2)
        now = owners[begin:end][first]
        has_taken[:, :, now], right[:, :, now] = best >= 0, best >= count
        area, threshold, taker = np.nonzero(best >= 0)
        chosen = those[best[area, threshold, taker] % count]
        free[area, threshold, chosen] = crowd[chosen]
    return takers, has_taken, right


def _overlapping(gathered: Gathered, ranked: Ints) -> tuple[Ints, Ints, Floats]:
    """Place in `ranked`, object and overlap (each (P,)) of all pairs that overlap enough for the lowest threshold."""
    pairs, rank = gathered.pairs, np.full(len(gathered.found), -1)
    rank[ranked] = np.arange(len(ranked))
    in_crowd = gathered.objects.crowd[pairs.objects]
    overlaps = pairs.iou.copy()
    overlaps[in_crowd] = pairs.shared[in_crowd] / gathered.found.areas[pairs.found[in_crowd]]
    some = np.flatnonzero((overlaps >= _THRESHOLDS[0]) & (rank[pairs.found] >= 0))
    return rank[pairs.found[some]], pairs.objects[some], overlaps[some]


def _numbers(right: Bools, counted: Ints, ranks: Ints, wanted: Ints) -> CocoNumbers:
    """The numbers of a class.

    Args:
        right: (A, T, N) whether each detection, best first, is right.
        counted: (A, T, N) how many detections of the class up to it count.
        ranks: (N,) how many of its image and class are before it.
        wanted: (A,) how many objects there are to be found.
    """
    precision = [
        _average_precision(hits, so_far, int(number)) if number else np.full(len(_THRESHOLDS), np.nan)
        for hits, so_far, number in zip(right, counted, wanted, strict=True)
    ]
    every, small, medium, large = (float(each.mean()) for each in precision)

    def recall(area: int, most: int = _MOST) -> float:
        hits = np.count_nonzero(right[area][:, ranks < most], axis=1)
        return float((hits / wanted[area]).mean()) if wanted[area] else math.nan

    return CocoNumbers(
        every,
        float(precision[0][_AT_50]),
        float(precision[0][_AT_75]),
        small,
        medium,
        large,
        *(recall(0, most) for most in (1, 10, _MOST)),
        *(recall(area) for area in (1, 2, 3)),
    )


def _average_precision(right: Bools, counted: Ints, wanted: int) -> Floats:
    """The average precision at each threshold, (T,)."""
    hits = np.cumsum(right, axis=1)
    precision = np.divide(hits, counted, out=np.zeros(hits.shape), where=right)
    best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    # The recalls are reached with so many hits; a recall of 0 with the first.
    needed = np.searchsorted(np.arange(1, wanted + 1) / wanted, _RECALLS) + 1
    sums = [
        one[index[index < len(one)]].sum()
        for one, index in zip(best, (np.searchsorted(each, needed) for each in hits), strict=True)
    ]
    return np.array(sums) / len(_RECALLS)


def mean(values: Iterable[float]) -> float:
    """The mean of the numbers that are defined; NaN when none is."""
    defined = [value for value in values if not math.isnan(value)]
    return sum(defined) / len(defined) if defined else math.nan

"""Which anchor is assigned to which object: the steps that matching rules are made of.

Every step takes overlaps (M, N) of M objects with N anchors. A match (N,) of int64 says
for each anchor the index of the object to which it is assigned, `UNMATCHED`, or `IGNORED`; a step takes
a match and gives a new one, in which only anchors that were unmatched have changed. M may
be 0. Where overlaps are equal the anchor with the lower index goes first, and after that
the object with the lower index, as in MXNet and GluonCV.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["IGNORED", "UNMATCHED", "ignore_by_threshold", "match_bipartite", "match_by_threshold", "match_ties"]

UNMATCHED = -1
"""Of an anchor that answers for no object: it is background."""
IGNORED = -2
"""Of an anchor that is neither: the loss leaves it out."""

Overlaps = NDArray[np.floating[Any]]
Match = NDArray[np.int64]


def match_bipartite(overlaps: Overlaps, *, above: float = 0.0) -> Match:
    """Greedy bipartite matching: each object gets one anchor, each anchor at most one object.

    The highest overlap between an unmatched object and an unmatched anchor makes a pair,
    again and again, until every object has its anchor or no overlap is higher than `above`.

    Source: Liu et al., SSD: Single Shot MultiBox Detector, 2016, section 2.2.
    """
    match: Match = np.full(overlaps.shape[1], UNMATCHED, dtype=np.int64)
    if not overlaps.size:
        return match
    floor = overlaps.dtype.type(above)
    # The best free anchor of each object is kept, so that a row is searched again only
    # when another object took its anchor: M searches instead of M * M.
    anchors = overlaps.argmax(axis=1)
    waiting = dict(enumerate(zip(overlaps.max(axis=1), anchors, strict=True)))
    while waiting:
        chosen = min(waiting, key=lambda row: (-waiting[row][0], waiting[row][1], row))
        overlap, anchor = waiting.pop(chosen)
        if not overlap > floor:
            break
        match[anchor] = chosen
        for row, (_, wanted) in waiting.items():
            if wanted == anchor:
                free = np.where(match == UNMATCHED, overlaps[row], -1)
                other = free.argmax()
                waiting[row] = free[other], other
    return match


def match_by_threshold(overlaps: Overlaps, match: Match, threshold: float, *, strict: bool = False) -> Match:
    """Each unmatched anchor is assigned to the object that it overlaps most, if it overlaps it enough.

    Enough is an overlap of at least `threshold`, or of more than it when `strict`.

    Source: Liu et al., SSD: Single Shot MultiBox Detector, 2016, section 2.2.
    """
    result = match.copy()
    if overlaps.size:
        best = overlaps.max(axis=0)
        anchors, objects = _best_objects(overlaps, match, best > threshold if strict else best >= threshold)
        result[anchors] = objects
    return result


def ignore_by_threshold(overlaps: Overlaps, match: Match, threshold: float) -> Match:
    """Each unmatched anchor that overlaps some object by at least `threshold` is ignored.

    Source: Lin et al., Focal Loss for Dense Object Detection, 2017, section 4.
    """
    result = match.copy()
    if overlaps.size:
        result[(match == UNMATCHED) & (overlaps.max(axis=0) >= threshold)] = IGNORED
    return result


def match_ties(overlaps: Overlaps, match: Match, *, above: float = 0.0) -> Match:
    """Each unmatched anchor that overlaps its best object as much as any anchor does is assigned to it.

    So anchors that tie for an object are all assigned to it, whatever their order; an object whose
    overlaps are not higher than `above` is left alone.

    Source: GluonCV, gluoncv/nn/matcher.py, BipartiteMatcher with share_max=False.
    """
    result = match.copy()
    highest = overlaps.max(axis=1, initial=0)
    highest[highest <= above] = np.inf
    tied = np.zeros(overlaps.shape[1], dtype=np.bool_)
    for row, most in zip(overlaps, highest, strict=True):
        tied |= row >= most
    anchors, objects = _best_objects(overlaps, match, tied)
    is_tie = overlaps[objects, anchors] >= highest[objects]
    result[anchors[is_tie]] = objects[is_tie]
    return result


def _best_objects(overlaps: Overlaps, match: Match, chosen: NDArray[np.bool_]) -> tuple[Match, Match]:
    """The chosen anchors that are still unmatched, and the object that each overlaps most."""
    anchors = np.flatnonzero(chosen & (match == UNMATCHED))
    # Few anchors are chosen: to search only their columns is what makes this fast.
    objects = overlaps[:, anchors].argmax(axis=0) if len(anchors) else anchors
    return anchors, objects

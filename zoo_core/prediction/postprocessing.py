"""From what the network says to what is reported: threshold, decode, non-maximum suppression.

Only what survives the threshold is decoded.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.boxes import Anchors, pairwise_iou
from zoo_core.boxes.protocols import TargetEncoder
from zoo_core.config.detector import NmsSettings
from zoo_core.parts.outputs import Scoring

__all__ = ["Found", "candidates", "non_maximum_suppression", "postprocess"]

_AT_ONCE = 1024
"""Boxes whose overlaps are held together: of a picture that is cut into windows there may be tens of thousands."""


class Found(NamedTuple):
    """Objects of one image: boxes (M, 4) corner/unit, not clipped; scores (M,) descending; labels (M,)."""

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    labels: NDArray[np.int64]


def postprocess(
    probabilities: NDArray[np.float32],
    offsets: NDArray[np.float32],
    anchors: Anchors,
    encoder: TargetEncoder,
    nms: NmsSettings,
    scoring: Scoring = Scoring.SOFTMAX,
) -> Found:
    """The objects of one image.

    Args:
        probabilities: (N, S), the softmax or the sigmoid of the scores of the network.
        offsets: (N, 4).
        anchors: the N anchors of the network.
        encoder: that reads boxes from offsets.
        nms: which boxes are kept.
        scoring: what the S numbers mean.
    """
    found = candidates(probabilities, offsets, anchors, encoder, nms, scoring)
    groups = found.labels if nms.per_class else np.zeros_like(found.labels)
    with np.errstate(over="ignore", invalid="ignore"):  # boxes beyond every number suppress nothing
        kept = non_maximum_suppression(found.boxes, groups, nms.iou)[: nms.keep]
    return Found(found.boxes[kept], found.scores[kept], found.labels[kept])


def candidates(
    probabilities: NDArray[np.float32],
    offsets: NDArray[np.float32],
    anchors: Anchors,
    encoder: TargetEncoder,
    nms: NmsSettings,
    scoring: Scoring = Scoring.SOFTMAX,
) -> Found:
    """What takes part in the suppression: the `top_k` highest scores above the threshold, and their boxes.

    They belong to the `top_k` anchors whose best score is highest, of equal ones the earlier: only those are looked
    at. Where scores are equal the lower class goes first, then the earlier anchor. Arguments as for `postprocess`.
    """
    of_objects, objects = parted(probabilities, scoring)
    if nms.peaks:
        objects = peaks_alone(objects if of_objects is None else objects * of_objects, anchors, nms.peaks)
        of_objects = None
    best = objects.max(axis=1)
    if of_objects is not None:
        best = best * of_objects[:, 0]
    positions = np.flatnonzero(best > nms.score)
    positions = positions[_highest(best[positions], nms.top_k)]
    scores = objects[positions].T  # by class first
    if of_objects is not None:
        scores = scores * of_objects[positions, 0]
    labels, columns = np.nonzero(scores > nms.score)
    chosen = _highest(scores[labels, columns], nms.top_k)
    labels, columns = labels[chosen], columns[chosen]
    order = np.argsort(-scores[labels, columns], kind="stable")
    labels, columns = labels[order], columns[order]
    own = positions[columns]
    # A deep network that has learned nothing yet can say boxes beyond every number.
    with np.errstate(over="ignore", invalid="ignore"):
        boxes = encoder.decode(offsets[own], anchors.at(own))
    return Found(boxes, scores[labels, columns], labels)


def parted(
    probabilities: NDArray[np.float32], scoring: Scoring
) -> tuple[NDArray[np.float32] | None, NDArray[np.float32]]:
    """The probability (N, 1) that there is an object, where scores say it apart, and (N, C) those of the classes."""
    before = scoring.before_classes
    return probabilities[:, :1] if scoring is Scoring.OBJECTNESS else None, probabilities[:, before:]


def peaks_alone(scores: NDArray[np.float32], anchors: Anchors, window: int) -> NDArray[np.float32]:
    """Scores (N, C) with 0 where a neighbour has a higher one of the same class, on the same map at the same rank.

    Source: Zhou et al., Objects as Points, 2019, section 3.

    Args:
        scores: not below 0.
        anchors: know their cells.
        window: side of the neighbourhood in cells, odd.
    """
    peaks, start = np.zeros_like(scores), 0
    for level in anchors.levels:
        end = start + level.anchors
        of_level = scores[start:end].reshape(level.height, level.width, -1)
        highest = _highest_around(_highest_around(of_level, window, axis=0), window, axis=1)
        peaks[start:end] = np.where(of_level == highest, of_level, 0).reshape(level.anchors, -1)
        start = end
    return peaks


def _highest_around(scores: NDArray[np.float32], window: int, axis: int) -> NDArray[np.float32]:
    """The highest of each value and its neighbours along one axis."""
    highest, length = scores.copy(), scores.shape[axis]
    for apart in range(1, min(window // 2, length - 1) + 1):
        low, high = ([slice(None)] * scores.ndim for _ in range(2))
        low[axis], high[axis] = slice(None, length - apart), slice(apart, None)
        for here, there in ((tuple(low), tuple(high)), (tuple(high), tuple(low))):
            np.maximum(highest[here], scores[there], out=highest[here])
    return highest


def _highest(values: NDArray[np.float32], count: int) -> NDArray[np.intp]:
    """Indices, ascending, of the `count` highest values, of equal ones the earlier; so that few need to be sorted."""
    if len(values) <= count:
        return np.arange(len(values))
    least = np.partition(values, -count)[-count]
    chosen = values > least
    chosen[np.flatnonzero(values == least)[: count - np.count_nonzero(chosen)]] = True
    return np.flatnonzero(chosen)


def non_maximum_suppression(boxes: NDArray[np.float32], groups: NDArray[np.int64], iou: float) -> NDArray[np.int64]:
    """Indices of the boxes that stay, in order.

    Args:
        boxes: (M, 4) corner, highest score first.
        groups: (M,); only boxes of one group suppress each other.
        iou: a box is dropped when its overlap with an earlier one that stays is above this; none is above 1.
    """
    if iou >= 1:
        return np.arange(len(boxes))

    def rivals(rows: slice | NDArray[np.intp], columns: slice) -> NDArray[np.bool_]:
        same: NDArray[np.bool_] = groups[rows, None] == groups[columns]
        return same & (pairwise_iou(boxes[rows], boxes[columns]) > iou)

    stays = np.ones(len(boxes), dtype=bool)
    for start in range(0, len(boxes), _AT_ONCE):
        part = slice(start, min(start + _AT_ONCE, len(boxes)))
        stays[part] = ~rivals(np.flatnonzero(stays[:start]), part).any(axis=0)
        for index, row in enumerate(rivals(part, part), start):
            if stays[index]:
                stays[index + 1 : part.stop] &= ~row[index - start + 1 :]
    return np.flatnonzero(stays)

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

__all__ = ["Found", "candidates", "non_maximum_suppression", "postprocess"]


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
) -> Found:
    """The objects of one image.

    Args:
        probabilities: (N, C + 1) after softmax, background first.
        offsets: (N, 4).
        anchors: the N anchors of the network.
        encoder: that reads boxes from offsets.
        nms: which boxes are kept.
    """
    found = candidates(probabilities, offsets, anchors, encoder, nms)
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
) -> Found:
    """What takes part in the suppression: the `top_k` highest scores above the threshold, and their boxes.

    They belong to the `top_k` anchors whose best score is highest, of equal ones the earlier: only those are looked
    at. Where scores are equal the lower class goes first, then the earlier anchor. Arguments as for `postprocess`.
    """
    objects = probabilities[:, 1:]
    best = objects.max(axis=1)
    positions = np.flatnonzero(best > nms.score)
    positions = positions[_highest(best[positions], nms.top_k)]
    scores = objects[positions].T  # by class first
    labels, columns = np.nonzero(scores > nms.score)
    chosen = _highest(scores[labels, columns], nms.top_k)
    labels, columns = labels[chosen], columns[chosen]
    order = np.argsort(-scores[labels, columns], kind="stable")
    labels, columns = labels[order], columns[order]
    own = positions[columns]
    # A deep network that has learned nothing yet can say boxes beyond every number.
    with np.errstate(over="ignore", invalid="ignore"):
        boxes = encoder.decode(offsets[own], Anchors(anchors.boxes[own], anchors.format, anchors.image))
    return Found(boxes, scores[labels, columns], labels)


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
        iou: a box is dropped when its overlap with an earlier one that stays is above this.
    """
    rivals = (pairwise_iou(boxes, boxes) > iou) & (groups[:, None] == groups[None, :])
    stays = np.ones(len(boxes), dtype=bool)
    for index in range(len(boxes)):
        if stays[index]:
            stays[index + 1 :] &= ~rivals[index, index + 1 :]
    return np.flatnonzero(stays)

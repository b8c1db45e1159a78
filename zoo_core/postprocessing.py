"""From what the network says to what is reported: threshold, decode, non-maximum suppression.

Only what survives the threshold is decoded.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes import Anchors, pairwise_iou
from zoo_core.config import NmsSettings
from zoo_core.interfaces import TargetEncoder

__all__ = ["Found", "non_maximum_suppression", "postprocess"]


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
    scores = probabilities[:, 1:].T  # by class first: where scores are equal the lower class goes first
    labels, positions = np.nonzero(scores >= _least(scores[scores > nms.score], nms.top_k))
    values = scores[labels, positions]
    order = np.argsort(-values, kind="stable")[: nms.top_k]
    labels, positions, values = labels[order], positions[order], values[order]
    survivors = Anchors(anchors.boxes[positions], anchors.format, anchors.image)
    # A deep network that has learned nothing yet can say boxes beyond every number; they suppress nothing.
    with np.errstate(over="ignore", invalid="ignore"):
        boxes = encoder.decode(offsets[positions], survivors)
        kept = non_maximum_suppression(boxes, labels if nms.per_class else np.zeros_like(labels), nms.iou)[: nms.keep]
    return Found(boxes[kept], values[kept], labels[kept])


def _least(candidates: NDArray[np.float32], count: int) -> float:
    """The lowest of the `count` highest scores, so that few need to be sorted; infinite when there is no score."""
    if len(candidates) <= count:
        return float(candidates.min(initial=np.inf))
    return float(np.partition(candidates, -count)[-count])


def non_maximum_suppression(boxes: NDArray[np.float32], groups: NDArray[np.int64], iou: float) -> NDArray[np.int64]:
    """Indices of the boxes that stay, in order.

    Args:
        boxes: (M, 4) corner, the surest first.
        groups: (M,); only boxes of one group suppress each other.
        iou: a box is dropped when its overlap with an earlier one that stays is above this.
    """
    rivals = (pairwise_iou(boxes, boxes) > iou) & (groups[:, None] == groups[None, :])
    stays = np.ones(len(boxes), dtype=bool)
    for index in range(len(boxes)):
        if stays[index]:
            stays[index + 1 :] &= ~rivals[index, index + 1 :]
    return np.flatnonzero(stays)

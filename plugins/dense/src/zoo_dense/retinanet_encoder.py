"""Targets by RetinaNet's rule."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zoo_core.plugin_api import (
    UNMATCHED,
    Anchors,
    MatchingEncoder,
    ignore_by_threshold,
    match_by_threshold,
    pairwise_iou,
)
from zoo_dense.retinanet_settings import RetinaNetEncoderSettings

__all__ = ["RetinaNetEncoder"]

_EQUAL = 1 - 1e-5
"""Overlaps are equal from this share on: anchors of one area around a small object differ by rounding alone."""


class RetinaNetEncoder(MatchingEncoder):
    """An IoU from which anchors join, a lower one from which they are ignored; see `RetinaNetEncoderSettings`."""

    settings: RetinaNetEncoderSettings

    def match(self, anchors: Anchors, boxes: NDArray[np.float32]) -> NDArray[np.int64]:
        """For each anchor the index of its object, `UNMATCHED` or `IGNORED`."""
        overlaps = pairwise_iou(boxes, anchors.boxes)
        match = np.full(len(anchors), UNMATCHED, dtype=np.int64)
        if self.settings.low_quality:
            highest = overlaps.max(axis=1, keepdims=True)
            chosen = np.flatnonzero(((overlaps >= _EQUAL * highest) & (overlaps > 0)).any(axis=0))
            match[chosen] = overlaps[:, chosen].argmax(axis=0)
        match = match_by_threshold(overlaps, match, self.settings.iou)
        return ignore_by_threshold(overlaps, match, self.settings.ignore_iou)

"""Targets by the matching rule of GluonCV's SSD."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zoo_core.plugin_api import (
    Anchors,
    BoxFormat,
    MatchingEncoder,
    convert,
    match_bipartite,
    match_by_threshold,
    match_ties,
    pairwise_iou,
)
from zoo_gluoncv_ssd.encoder_settings import SSDEncoderSettings

__all__ = ["SSDEncoder"]

_NO_OVERLAP = 1e-12
"""GluonCV counts an overlap from here on."""


class SSDEncoder(MatchingEncoder):
    """Bipartite matching, ties, then IoU at or above the threshold; see `SSDEncoderSettings`."""

    settings: SSDEncoderSettings

    def match(self, anchors: Anchors, boxes: NDArray[np.float32]) -> NDArray[np.int64]:
        """For each anchor the index of its object; IoU is taken in pixels, as GluonCV takes it."""
        truth = convert(boxes, BoxFormat.CORNER_UNIT, BoxFormat.CORNER_PIXEL, anchors.image)
        overlaps = pairwise_iou(truth, anchors.to(BoxFormat.CORNER_PIXEL).boxes)
        match = match_bipartite(overlaps, above=_NO_OVERLAP)
        match = match_ties(overlaps, match, above=_NO_OVERLAP)
        return match_by_threshold(overlaps, match, self.settings.iou)

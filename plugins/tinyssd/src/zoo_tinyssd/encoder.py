"""Targets by MultiBoxTarget's matching rule."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from zoo_core.plugin_api import Anchors, MatchingEncoder, match_bipartite, match_by_threshold, pairwise_iou
from zoo_tinyssd.encoder_settings import MultiBoxEncoderSettings

__all__ = ["MultiBoxEncoder"]


class MultiBoxEncoder(MatchingEncoder):
    """Bipartite matching, then IoU above the threshold; see `MultiBoxEncoderSettings`."""

    settings: MultiBoxEncoderSettings

    def match(self, anchors: Anchors, boxes: NDArray[np.float32]) -> NDArray[np.int64]:
        """For each anchor the index of its object, or `zoo_core.boxes.matching.UNMATCHED`."""
        overlaps = pairwise_iou(boxes, anchors.boxes)
        # MultiBoxTarget starts its search for the best pair from this overlap.
        match = match_bipartite(overlaps, above=1e-6)
        return match_by_threshold(overlaps, match, self.settings.iou, strict=True)

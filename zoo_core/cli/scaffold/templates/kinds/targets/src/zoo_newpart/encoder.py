"""The heavy half: which anchor is assigned to which object."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from zoo_core import Anchors
from zoo_core.plugin_api import MatchingEncoder, match_bipartite, match_by_threshold, pairwise_iou

from zoo_newpart.settings import NewpartSettings

__all__ = ["Newpart"]


class Newpart(MatchingEncoder):
    """The anchors with the highest IoU; see `NewpartSettings`.

    What it inherits codes the boxes.
    """

    settings: NewpartSettings

    def match(self, anchors: Anchors, boxes: NDArray[np.float32]) -> NDArray[np.int64]:
        """For each anchor the index of its object, or `zoo_core.boxes.matching.UNMATCHED`."""
        overlaps = pairwise_iou(boxes, anchors.boxes)
        count = min(self.settings.anchors_per_object, len(anchors))
        lowest = np.partition(overlaps, -count, axis=1)[:, -count, None]
        among_the_best = np.where(overlaps >= lowest, overlaps, 0)
        return match_by_threshold(among_the_best, match_bipartite(overlaps), self.settings.iou)

"""The heavy half of adaptive training sample selection."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from zoo_core import Anchors, BoxFormat
from zoo_core.plugin_api import UNMATCHED, MatchingEncoder, convert, pairwise_iou

from zoo_fpn_atss.encoder_settings import AtssSettings
from zoo_fpn_atss.levels import levels_of

__all__ = ["Atss"]

_ROUNDING = 1e-6
"""By how much an IoU may miss its threshold: where candidates overlap alike, only rounding is between them."""


class Atss(MatchingEncoder):
    """Each object chooses its anchors; see `AtssSettings`."""

    settings: AtssSettings

    def match(self, anchors: Anchors, boxes: NDArray[np.float32]) -> NDArray[np.int64]:
        """For each anchor the index of its object, or `zoo_core.boxes.matching.UNMATCHED`.

        Args:
            anchors: corner/pixel, for distances in fractions of an oblong image would be askew.
            boxes: (M, 4) corner/unit.
        """
        truth = convert(boxes, BoxFormat.CORNER_UNIT, BoxFormat.CORNER_PIXEL, anchors.image)
        overlaps = pairwise_iou(truth, anchors.boxes)
        candidates = self._candidates(anchors, truth)
        found = np.take_along_axis(overlaps, candidates, axis=1).astype(np.float64)
        chosen = (found >= _threshold(found) - _ROUNDING) & _centres_inside(anchors, truth, candidates)
        claims = np.full(overlaps.shape, -1.0)
        np.put_along_axis(claims, candidates, np.where(chosen, found, -1.0), axis=1)
        return np.where(claims.max(axis=0) >= 0, claims.argmax(axis=0), UNMATCHED)

    def _candidates(self, anchors: Anchors, truth: NDArray[np.floating[Any]]) -> NDArray[np.intp]:
        """The indices (M, K) of the nearest anchors of every level; of equally near ones the first."""
        centres = anchors.to(BoxFormat.CENTER_PIXEL).boxes[:, :2]
        middles = (truth[:, :2] + truth[:, 2:]) / 2
        nearest = []
        for level in levels_of(anchors):
            distances = np.square(middles[:, None] - centres[level]).sum(axis=-1)
            nearest.append(level[np.argsort(distances, axis=1, kind="stable")[:, : self.settings.top_k]])
        return np.concatenate(nearest, axis=1)


def _threshold(overlaps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean plus standard deviation (M, 1) of the overlaps (M, K) of each object, as the authors' code has it."""
    spread = overlaps.std(axis=1, ddof=1, keepdims=True) if overlaps.shape[1] > 1 else 0
    threshold: NDArray[np.float64] = overlaps.mean(axis=1, keepdims=True) + spread
    return threshold


def _centres_inside(
    anchors: Anchors, truth: NDArray[np.floating[Any]], candidates: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Whether the centre of each candidate (M, K) is inside of the object, and not on its edge."""
    centres = anchors.to(BoxFormat.CENTER_PIXEL).boxes[candidates, :2]
    inside: NDArray[np.bool_] = np.all((truth[:, None, :2] < centres) & (centres < truth[:, None, 2:]), axis=-1)
    return inside

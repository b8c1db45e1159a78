"""Hard-negative mining, for losses: the few of the many background anchors that the network finds hardest."""

from __future__ import annotations

from typing import Any

__all__ = ["hard_negatives"]


def hard_negatives(F: Any, classes: Any, hardness: Any, most: Any) -> Any:  # noqa: N803  # gluon's name
    """1 for the background anchors (B, N) that count, those of an image that are hardest; no gradient goes through.

    Source: Liu et al., SSD: Single Shot MultiBox Detector, 2016, section 2.2.

    Args:
        F: ``mx.nd`` or ``mx.sym``.
        classes: (B, N) float32; 0 is background.
        hardness: (B, N) how hard each anchor is as background, never negative.
        most: (B, 1) how many may count.
    """
    background = classes == 0
    # Hardness is never negative, so everything that is not background ranks last.
    ranked = F.where(background, hardness, -F.ones_like(hardness))
    rank = F.argsort(F.argsort(ranked, axis=1, is_ascend=False), axis=1)
    return F.BlockGrad(F.broadcast_lesser(rank, most) * background)

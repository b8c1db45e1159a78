"""Cross-entropy of independent classes, for losses."""

from __future__ import annotations

from typing import Any

__all__ = ["sigmoid_cross_entropy"]


def sigmoid_cross_entropy(F: Any, scores: Any, wanted: Any) -> Any:  # noqa: N803  # gluon's name
    """Of the sigmoid of scores with numbers from 0 to 1, elementwise; nothing overflows.

    Args:
        F: ``mx.nd`` or ``mx.sym``.
        scores: before the sigmoid.
        wanted: what their sigmoid should be, of the same shape.
    """
    return F.Activation(scores, act_type="softrelu") - scores * wanted

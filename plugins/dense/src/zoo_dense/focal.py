"""What the losses of RetinaNet and FCOS are made of."""

from __future__ import annotations

from typing import Any

__all__ = ["focal_loss", "per_match"]


def focal_loss(F: Any, scores: Any, classes: Any, alpha: float, gamma: float) -> Any:  # noqa: N803
    """The focal loss (B,) of the scores (B, N, C) of all anchors that are not ignored.

    Args:
        F: gluon's functions.
        scores: before the sigmoid.
        classes: (B, N) as in `zoo_core.boxes.protocols.Targets`.
        alpha: weight of the class of a matched anchor; all others have 1 - alpha.
        gamma: power of the doubt.

    Source: Lin et al., Focal Loss for Dense Object Detection, 2017, equation 5.
    """
    numbers = F.cumsum(F.ones_like(scores), axis=2)  # those of the classes, from 1
    wanted = F.broadcast_equal(numbers, F.expand_dims(classes, axis=2))
    # What is right has the probability sigmoid(right). As powers of e, neither its complement to the power of gamma
    # nor the gradient of that is ever infinite, whatever gamma.
    right = scores * (2 * wanted - 1)
    weight = alpha * wanted + (1 - alpha) * (1 - wanted)
    loss = weight * F.exp(-gamma * _softplus(F, right)) * _softplus(F, -right)
    return F.sum(F.sum(loss, axis=2) * (classes >= 0), axis=1)


def per_match(F: Any, values: Any, classes: Any) -> Any:  # noqa: N803
    """Values (B,) over the number of matched anchors of the whole batch, at least 1."""
    return F.broadcast_div(values, F.maximum(F.sum(classes > 0), 1))


def _softplus(F: Any, values: Any) -> Any:  # noqa: N803
    """log(1 + exp(value)), which is -log(sigmoid(-value))."""
    return F.Activation(values, act_type="softrelu")

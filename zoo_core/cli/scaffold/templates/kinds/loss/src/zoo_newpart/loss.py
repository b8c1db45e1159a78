"""The heavy half: what training minimises."""

from __future__ import annotations

from typing import Any

from zoo_core.plugin_api import mx

from zoo_newpart.settings import NewpartSettings

__all__ = ["Newpart"]


class Newpart(mx.gluon.HybridBlock):
    """Focal loss and smooth L1; see `NewpartSettings`. Anchors of class -1 are left out."""

    def __init__(self, settings: NewpartSettings) -> None:
        super().__init__()
        self._gamma = settings.gamma
        self._box_weight = settings.box_weight

    def hybrid_forward(
        self, F: Any, scores: Any, offsets: Any, classes: Any, offset_targets: Any, mask: Any
    ) -> tuple[Any, Any]:
        """The class part and the box part, each (B,); shapes as in `zoo_core.boxes.protocols.Loss`."""
        classes = F.cast(classes, dtype="float32")
        log_probability = F.pick(F.log_softmax(scores, axis=-1), F.relu(classes), axis=-1)
        doubt = F.relu(1 - F.exp(log_probability))  # rounding can take it below 0, which has no root
        focal = -(doubt**self._gamma) * log_probability
        class_part = F.sum(focal * (classes >= 0), axis=1)
        box_part = F.sum(F.smooth_l1(offsets - offset_targets, scalar=1.0) * mask, axis=(1, 2))
        matched = F.maximum(F.sum(classes > 0), 1)
        return F.broadcast_div(class_part, matched), F.broadcast_div(box_part * self._box_weight, matched)

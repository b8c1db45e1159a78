"""The loss of GluonCV's SSD."""

from __future__ import annotations

from typing import Any

from zoo_core.plugin_api import hard_negatives, mx
from zoo_gluoncv_ssd.loss_settings import SSDMultiBoxLossSettings

__all__ = ["SSDMultiBoxLoss"]


class SSDMultiBoxLoss(mx.gluon.HybridBlock):
    """Mined cross-entropy and smooth L1, normalised by the whole batch; see `SSDMultiBoxLossSettings`.

    Anchors of class -1 are neither matched nor mined (GluonCV mistakes them for background).
    """

    def __init__(self, settings: SSDMultiBoxLossSettings) -> None:
        super().__init__()
        self.settings = settings

    def hybrid_forward(
        self,
        F: Any,  # noqa: N803  # gluon's name
        scores: Any,
        offsets: Any,
        classes: Any,
        offset_targets: Any,
        mask: Any,
    ) -> tuple[Any, Any]:
        """The class part and the box part, each (B,); shapes as in `zoo_core.boxes.protocols.Loss`."""
        classes = F.cast(classes, dtype="float32")  # comparisons keep the type of whole numbers
        entropy = -F.pick(F.log_softmax(scores, axis=-1), F.relu(classes), axis=-1)
        matched = classes > 0
        allowed = F.sum(matched, axis=1, keepdims=True) * self.settings.negative_mining_ratio
        most = F.maximum(allowed, self.settings.min_hard_negatives)
        counted = matched + hard_negatives(F, classes, entropy, most)
        class_part = F.sum(entropy * counted, axis=1)
        box_part = self.settings.lambd * F.sum(self._smooth_l1(F, offsets - offset_targets) * mask, axis=(1, 2))
        matches = F.maximum(F.sum(matched), 1)
        return F.broadcast_div(class_part, matches), F.broadcast_div(box_part, matches)

    def _smooth_l1(self, F: Any, errors: Any) -> Any:  # noqa: N803
        rho = self.settings.rho
        size = F.abs(errors)
        return F.where(size > rho, size - 0.5 * rho, (0.5 / rho) * F.square(size))

"""The loss of GluonCV's SSD."""

from __future__ import annotations

from typing import Any

from zoo_core.gluon import mx
from zoo_gluoncv_ssd.loss_settings import SSDMultiBoxLossSettings

__all__ = ["SSDMultiBoxLoss"]


class SSDMultiBoxLoss(mx.gluon.HybridBlock):
    """Mined cross-entropy and smooth L1, normalised by the whole batch; see `SSDMultiBoxLossSettings`.

    Anchors of class -1 are neither matched nor mined (GluonCV takes them for background).
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
        """The class part and the box part, each (B,); shapes as in `zoo_core.interfaces.Loss`."""
        classes = F.cast(classes, dtype="float32")  # comparisons keep the type of whole numbers
        entropy = -F.pick(F.log_softmax(scores, axis=-1), F.relu(classes), axis=-1)
        matched = classes > 0
        counted = matched + self._hard_negatives(F, entropy, classes)
        class_part = F.sum(entropy * counted, axis=1)
        box_part = self.settings.lambd * F.sum(self._smooth_l1(F, offsets - offset_targets) * mask, axis=(1, 2))
        matches = F.maximum(F.sum(matched), 1)
        return F.broadcast_div(class_part, matches), F.broadcast_div(box_part, matches)

    def _hard_negatives(self, F: Any, entropy: Any, classes: Any) -> Any:  # noqa: N803
        """1 for the background anchors (B, N) of an image that count, those with the highest entropy."""
        background = classes == 0
        allowed = F.sum(classes > 0, axis=1, keepdims=True) * self.settings.negative_mining_ratio
        # Entropy is never negative, so everything that is not background ranks last.
        ranked = F.where(background, entropy, -F.ones_like(entropy))
        rank = F.argsort(F.argsort(ranked, axis=1, is_ascend=False), axis=1)
        return F.broadcast_lesser(rank, F.maximum(allowed, self.settings.min_hard_negatives)) * background

    def _smooth_l1(self, F: Any, errors: Any) -> Any:  # noqa: N803
        rho = self.settings.rho
        size = F.abs(errors)
        return F.where(size > rho, size - 0.5 * rho, (0.5 / rho) * F.square(size))

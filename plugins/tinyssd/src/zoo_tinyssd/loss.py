"""The book's loss, with mining of hard negatives."""

from __future__ import annotations

from typing import Any

from zoo_core.plugin_api import hard_negatives, mx
from zoo_tinyssd.loss_settings import MultiBoxLossSettings

__all__ = ["MultiBoxLoss"]


class MultiBoxLoss(mx.gluon.HybridBlock):
    """Cross-entropy and masked absolute error, each a mean over the batch; see `MultiBoxLossSettings`.

    Anchors of class -1 are left out. With mining an image without objects has no loss of
    its own: it has no matched anchor for which negatives could be kept.
    """

    def __init__(self, settings: MultiBoxLossSettings) -> None:
        super().__init__()
        self._ratio = settings.negative_mining_ratio
        self._box_weight = settings.box_weight

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
        log_probabilities = F.log_softmax(scores, axis=-1)
        entropy = -F.pick(log_probabilities, F.relu(classes), axis=-1)
        counted = classes >= 0
        if self._ratio is not None:
            doubt = -F.squeeze(F.slice_axis(log_probabilities, axis=-1, begin=0, end=1), axis=-1)
            matched = classes > 0
            most = F.floor(F.sum(matched, axis=1, keepdims=True) * self._ratio)
            counted = matched + hard_negatives(F, classes, doubt, most)
        class_part = F.sum(entropy * counted, axis=1) / F.maximum(F.sum(counted, axis=1), 1)
        box_part = F.mean(F.abs(offsets - offset_targets) * mask, axis=(1, 2)) * self._box_weight
        return self._batch_mean(F, class_part), self._batch_mean(F, box_part)

    @staticmethod
    def _batch_mean(F: Any, values: Any) -> Any:  # noqa: N803
        """The values such that their sum over the batch is their mean."""
        return F.broadcast_div(values, F.sum(F.ones_like(values)))

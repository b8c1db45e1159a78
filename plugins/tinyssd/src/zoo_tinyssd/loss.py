"""The book's loss, with mining of hard negatives."""

from __future__ import annotations

from typing import Any

from zoo_core.gluon import mx
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
        """The class part and the box part, each (B,); shapes as in `zoo_core.interfaces.Loss`."""
        log_probabilities = F.log_softmax(scores, axis=-1)
        entropy = -F.pick(log_probabilities, F.relu(classes), axis=-1)
        counted = classes >= 0
        if self._ratio is not None:
            doubt = -F.squeeze(F.slice_axis(log_probabilities, axis=-1, begin=0, end=1), axis=-1)
            counted = (classes > 0) + self._hard_negatives(F, doubt, classes)
        class_part = F.sum(entropy * counted, axis=1) / F.maximum(F.sum(counted, axis=1), 1)
        box_part = F.mean(F.abs(offsets - offset_targets) * mask, axis=(1, 2)) * self._box_weight
        return self._batch_mean(F, class_part), self._batch_mean(F, box_part)

    def _hard_negatives(self, F: Any, doubt: Any, classes: Any) -> Any:  # noqa: N803
        """1 for the background anchors (B, N) that the network doubts most, up to the ratio."""
        allowed = F.floor(F.sum(classes > 0, axis=1, keepdims=True) * self._ratio)
        background = classes == 0
        # Doubt is never negative, so everything that is not background ranks last.
        ranked = F.where(background, doubt, -F.ones_like(doubt))
        rank = F.argsort(F.argsort(ranked, axis=1, is_ascend=False), axis=1)
        return F.BlockGrad(F.broadcast_lesser(rank, allowed) * background)

    @staticmethod
    def _batch_mean(F: Any, values: Any) -> Any:  # noqa: N803
        """The values such that their sum over the batch is their mean."""
        return F.broadcast_div(values, F.sum(F.ones_like(values)))

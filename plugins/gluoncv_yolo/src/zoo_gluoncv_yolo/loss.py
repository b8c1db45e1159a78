"""The loss of YOLO3."""

from __future__ import annotations

from typing import Any

from zoo_core.plugin_api import mx, sigmoid_cross_entropy
from zoo_gluoncv_yolo.loss_settings import YoloLossSettings

__all__ = ["YoloLoss"]

_MOST_SMOOTHING = 1 / 40


class YoloLoss(mx.gluon.HybridBlock):
    """Cross-entropy of objectness, classes and places, and the error of sizes; see `YoloLossSettings`."""

    def __init__(self, settings: YoloLossSettings) -> None:
        super().__init__()
        self.settings = settings

    def hybrid_forward(
        self,
        F: Any,  # noqa: N803  # gluon's name
        scores: Any,
        numbers: Any,
        classes: Any,
        number_targets: Any,
        mask: Any,
        weights: Any = None,
    ) -> tuple[Any, Any]:
        """The class part and the box part, each (B,); shapes as in `zoo_core.boxes.protocols.Loss`."""
        classes = F.cast(classes, dtype="float32")  # comparisons keep the type of whole numbers
        matched, counted = classes > 0, classes >= 0
        objectness = F.squeeze(F.slice_axis(scores, axis=2, begin=0, end=1), axis=2)
        of_classes = F.slice_axis(scores, axis=2, begin=1, end=None)
        entropy = F.sum(sigmoid_cross_entropy(F, of_classes, self._wanted(F, of_classes, classes)), axis=2)
        class_part = sigmoid_cross_entropy(F, objectness, matched) * counted + entropy * matched
        if weights is not None:
            class_part = class_part * weights
        place, size = (_two(F, numbers, start) for start in (0, 2))
        place_target, size_target = (_two(F, number_targets, start) for start in (0, 2))
        errors = F.concat(sigmoid_cross_entropy(F, place, F.sigmoid(place_target)), F.abs(size - size_target), dim=2)
        images = F.sum(F.ones_like(F.slice_axis(classes, axis=1, begin=0, end=1)))
        return (
            F.broadcast_div(F.sum(class_part, axis=1), images),
            F.broadcast_div(F.sum(errors * mask, axis=(1, 2)), images),
        )

    def _wanted(self, F: Any, of_classes: Any, classes: Any) -> Any:  # noqa: N803
        """(B, N, C) what should be said of each class."""
        number = F.cumsum(F.ones_like(of_classes), axis=2)
        own = F.broadcast_equal(number, F.expand_dims(classes, axis=2))
        if not self.settings.label_smoothing:
            return own
        smoothing = F.minimum(1 / F.max(number), _MOST_SMOOTHING)
        return F.broadcast_add(F.broadcast_mul(own, 1 - 2 * smoothing), smoothing)


def _two(F: Any, numbers: Any, start: int) -> Any:  # noqa: N803
    return F.slice_axis(numbers, axis=2, begin=start, end=start + 2)

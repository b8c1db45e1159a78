"""The loss of CenterNet."""

from __future__ import annotations

from typing import Any

from zoo_core.plugin_api import mx, sigmoid_cross_entropy
from zoo_gluoncv_centernet.loss_settings import CenterNetLossSettings

__all__ = ["CenterNetLoss"]


class CenterNetLoss(mx.gluon.HybridBlock):
    """Focal loss of heatmaps, and errors of places and sizes; see `CenterNetLossSettings`."""

    def __init__(self, settings: CenterNetLossSettings) -> None:
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
        soft: Any,
    ) -> tuple[Any, Any]:
        """The class part and the box part, each (B,); shapes as in `zoo_core.boxes.protocols.Loss`."""
        settings, classes = self.settings, F.cast(classes, dtype="float32")  # comparisons keep the type
        peaks = soft >= 1
        # The probability of what is wrong to the power of alpha; as a power of e its gradient is never infinite.
        doubts = F.exp(-settings.alpha * sigmoid_cross_entropy(F, scores, 1 - peaks))
        far = F.where(peaks, F.ones_like(soft), (1 - soft) ** settings.beta)
        focal = sigmoid_cross_entropy(F, scores, peaks) * doubts * far
        class_part = _per_image(F, F.broadcast_mul(focal, F.expand_dims(classes >= 0, axis=2)), peaks)
        errors = F.abs(numbers - number_targets) * mask
        places, sizes = (_per_image(F, _pair(F, errors, start), _pair(F, mask, start)) for start in (0, 2))
        return class_part, settings.place_weight * places + settings.size_weight * sizes


def _per_image(F: Any, values: Any, counted: Any) -> Any:  # noqa: N803
    """Sums (B,) of values (B, N, K), over the sum of what counts in the whole batch, at least 1."""
    return F.broadcast_div(F.sum(values, axis=(1, 2)), F.maximum(F.sum(counted), 1))


def _pair(F: Any, numbers: Any, start: int) -> Any:  # noqa: N803
    return F.slice_axis(numbers, axis=2, begin=start, end=start + 2)

"""The losses of RetinaNet and FCOS."""

from __future__ import annotations

from typing import Any

from zoo_core.plugin_api import mx, sigmoid_cross_entropy
from zoo_dense.fcos_settings import FcosLossSettings
from zoo_dense.focal import focal_loss, per_match
from zoo_dense.retinanet_settings import RetinaNetLossSettings

__all__ = ["FcosLoss", "RetinaNetLoss"]

_LARGEST = 12
"""No distance is more than e to this many strides, which float32 can still square."""


class RetinaNetLoss(mx.gluon.HybridBlock):
    """Focal loss and smooth L1; see `RetinaNetLossSettings`."""

    def __init__(self, settings: RetinaNetLossSettings) -> None:
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
        class_part = focal_loss(F, scores, classes, self.settings.alpha, self.settings.gamma)
        errors = F.sum(self._smooth_l1(F, offsets - offset_targets) * mask, axis=(1, 2))
        return per_match(F, class_part, classes), self.settings.box_weight * per_match(F, errors, classes)

    def _smooth_l1(self, F: Any, errors: Any) -> Any:  # noqa: N803
        beta, size = self.settings.beta, F.abs(errors)
        return F.where(size < beta, F.square(size) * (0.5 / beta), size - 0.5 * beta) if beta else size


class FcosLoss(mx.gluon.HybridBlock):
    """Focal loss, cross-entropy of centre-ness, generalised IoU; see `FcosLossSettings`."""

    def __init__(self, settings: FcosLossSettings) -> None:
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
        """The class part, in which the centre-ness is, and the box part, each (B,)."""
        classes = F.cast(classes, dtype="float32")  # comparisons keep the type of whole numbers
        centers = F.squeeze(F.slice_axis(scores, axis=2, begin=0, end=1), axis=2)
        of_classes = F.slice_axis(scores, axis=2, begin=1, end=None)
        class_part = focal_loss(F, of_classes, classes, self.settings.alpha, self.settings.gamma)
        doubts = F.sum(sigmoid_cross_entropy(F, centers, _centerness(F, offset_targets)) * (classes > 0), axis=1)
        class_part = class_part + self.settings.center_weight * doubts
        weights = F.squeeze(F.slice_axis(mask, axis=2, begin=0, end=1), axis=2)
        box_part = F.sum((1 - _generalized_iou(F, offsets, offset_targets)) * weights, axis=1)
        return per_match(F, class_part, classes), self.settings.box_weight * per_match(F, box_part, classes)


def _centerness(F: Any, sides: Any) -> Any:  # noqa: N803
    """How near to the middle a point is, (B, N) from 0 to 1, by the logarithms (B, N, 4) of its distances.

    The root of a ratio of distances is the exponential of half a difference of their logarithms.
    """
    before, after = (F.slice_axis(sides, axis=2, begin=start, end=start + 2) for start in (0, 2))
    return F.exp(-F.sum(F.abs(before - after), axis=2) / 2)


def _generalized_iou(F: Any, first: Any, second: Any) -> Any:  # noqa: N803
    """The generalised IoU (B, N) of two boxes around one point, by the logarithms (B, N, 4) of its distances."""
    one, other = (F.exp(F.clip(each, -_LARGEST, _LARGEST)) for each in (first, second))
    shared, around = _area(F, F.minimum(one, other)), _area(F, F.maximum(one, other))
    union = _area(F, one) + _area(F, other) - shared
    return shared / union - (around - union) / around


def _area(F: Any, sides: Any) -> Any:  # noqa: N803
    before, after = (F.slice_axis(sides, axis=2, begin=start, end=start + 2) for start in (0, 2))
    return F.prod(before + after, axis=2)

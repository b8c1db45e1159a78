"""A loss for each meaning of scores."""
# ruff: noqa: N803  # gluon's name

from zoo_core.plugin_api import mx, sigmoid_cross_entropy


class _Loss(mx.gluon.HybridBlock):
    def __init__(self, settings):
        super().__init__()
        self.settings = settings

    @staticmethod
    def per_match(F, values, classes):
        """(B,) sums over anchors, over the matches of the batch."""
        return F.broadcast_div(F.sum(values, axis=1), F.maximum(F.sum(classes > 0), 1))

    @staticmethod
    def wanted(F, scores, classes):
        """(B, N, C) 1 for the class of a matched anchor; scores (B, N, C)."""
        counted = F.cumsum(F.ones_like(scores), axis=2)
        return F.broadcast_equal(counted, F.expand_dims(classes, axis=2))


class FocalSides(_Loss):
    """See `FocalSettings`."""

    def hybrid_forward(self, F, scores, numbers, classes, number_targets, mask):
        """Class part and box part."""
        wanted = self.wanted(F, scores, classes)
        entropy = sigmoid_cross_entropy(F, scores, wanted)
        doubt = F.abs(wanted - F.sigmoid(scores)) ** 2
        class_part = F.sum(entropy * doubt, axis=2) * (classes >= 0)
        said, true = F.exp(F.clip(numbers, -10, 10)), F.exp(number_targets)
        size = lambda sides: (  # noqa: E731
            F.slice_axis(sides, axis=2, begin=0, end=2) + F.slice_axis(sides, axis=2, begin=2, end=4)
        )
        area = lambda sides: F.prod(size(sides), axis=2)  # noqa: E731
        shared = area(F.minimum(said, true))
        iou = shared / (area(said) + area(true) - shared)
        box_part = (1 - iou) * F.max(mask, axis=2)
        return self.per_match(F, class_part, classes), self.per_match(F, box_part, classes)


class Objectness(_Loss):
    """See `YoloLossSettings`."""

    def hybrid_forward(self, F, scores, numbers, classes, number_targets, mask):
        """Class part and box part."""
        matched = classes > 0
        of_object = F.squeeze(F.slice_axis(scores, axis=2, begin=0, end=1), axis=2)
        of_classes = F.slice_axis(scores, axis=2, begin=1, end=None)
        entropy = F.sum(sigmoid_cross_entropy(F, of_classes, self.wanted(F, of_classes, classes)), axis=2) * matched
        class_part = sigmoid_cross_entropy(F, of_object, matched) * (classes >= 0) + entropy
        place = lambda values: F.slice_axis(values, axis=2, begin=0, end=2)  # noqa: E731
        size = lambda values: F.slice_axis(values, axis=2, begin=2, end=4)  # noqa: E731
        errors = F.concat(
            sigmoid_cross_entropy(F, place(numbers), F.sigmoid(place(number_targets))),
            F.abs(size(numbers) - size(number_targets)),
            dim=2,
        )
        return self.per_match(F, class_part, classes), self.per_match(F, F.sum(errors * mask, axis=2), classes)


class HeatmapLoss(_Loss):
    """See `HeatmapLossSettings`."""

    def hybrid_forward(self, F, scores, numbers, classes, number_targets, mask, soft):
        """Class part and box part."""
        peak, counted = soft > 0.999, F.expand_dims(classes >= 0, axis=2)
        entropy = sigmoid_cross_entropy(F, scores, peak)
        doubt = F.abs(peak - F.sigmoid(scores)) ** 2 * F.where(peak, F.ones_like(soft), (1 - soft) ** 4)
        errors = F.sum(F.abs(numbers - number_targets) * mask, axis=2)
        return self.per_match(F, F.sum(F.broadcast_mul(entropy * doubt, counted), axis=2), classes), self.per_match(
            F, errors, classes
        )

"""What a network says of each anchor: scores, of which the loss decides what they mean, and four numbers.

Standard library only, as all that settings stand on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from zoo_core.parts.geometry import FeatureMap

__all__ = ["Normalizer", "Outputs", "Scoring"]


class Scoring(StrEnum):
    """What the S scores of an anchor mean, for C classes.

    ``softmax``: S = C + 1, background first, and P(c) = softmax(s)[c + 1].
    ``sigmoid``: S = C, and P(c) = sigmoid(s[c]); there is no background.
    ``objectness``: S = C + 1, and P(c) = sigmoid(s[0]) * sigmoid(s[c + 1]); the first says whether there is an object
    (YOLO), or how near its middle (the centre-ness of FCOS).
    """

    SOFTMAX = "softmax"
    SIGMOID = "sigmoid"
    OBJECTNESS = "objectness"

    @property
    def before_classes(self) -> int:
        """Scores of an anchor that stand before those of the classes."""
        return 0 if self is Scoring.SIGMOID else 1

    def scores(self, classes: int) -> int:
        """S, the scores of an anchor for so many classes."""
        return self.before_classes + classes


class Normalizer(StrEnum):
    """The divisor of the sums of a loss over a batch, so that the losses of its parts make up that of the whole.

    ``images``: the number of images.
    ``matches``: the number of matched anchors of the whole batch, at least 1.
    ``peaks``: the number of 1s in the soft targets of the whole batch, at least 1. That is more than matches where
    objects of several classes want one anchor.
    """

    IMAGES = "images"
    MATCHES = "matches"
    PEAKS = "peaks"


@dataclass(frozen=True)
class Outputs:
    """What a head has to predict.

    Attributes:
        feature_maps: from which it predicts, in their order, at the input size of the configuration; a network runs
            at other sizes too, so that only the number of maps and their channels are fixed.
        anchors_per_cell: of each feature map.
        classes: C, without a background.
        scoring: what scores mean.
    """

    feature_maps: tuple[FeatureMap, ...]
    anchors_per_cell: tuple[int, ...]
    classes: int
    scoring: Scoring

    @property
    def scores(self) -> int:
        """S, the scores of an anchor."""
        return self.scoring.scores(self.classes)

"""The parts of a network: what backbones, necks, heads, anchor generators and losses must be able to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from zoo_core.boxes.boxes import Anchors
from zoo_core.parts.geometry import FeatureMap, ImageSize

__all__ = [
    "AnchorGenerator",
    "Backbone",
    "ClassRows",
    "Head",
    "Loss",
    "Neck",
]


class Backbone(Protocol):
    """A gluon HybridBlock from images to feature maps.

    One that is made of a classification network may also have ``from_classifier(stored)``. It gets the arrays of a
    file by name, and gives those of the backbone by the names of its parameters, or None where the file is not of
    that network. `weights.source` can then name such a file.
    """

    def __call__(self, images: Any) -> Sequence[Any]:
        """Feature maps (B, C_k, H_k, W_k) of normalised RGB images (B, 3, H, W), as `feature_maps()` said."""


class Neck(Protocol):
    """A gluon HybridBlock from feature maps to feature maps.

    It is made of its settings and the feature maps of the backbone, a tuple of `FeatureMap` at the input size of the
    configuration: ``Neck(settings, maps)``. It runs at other sizes too.
    """

    def __call__(self, maps: Sequence[Any]) -> Sequence[Any]:
        """Feature maps (B, C_k, H_k, W_k), as the `feature_maps()` of its settings said."""


class ClassRows(NamedTuple):
    """How the first axis of the weight and the bias of a layer is divided: by anchor, and then its numbers.

    Attributes:
        anchors: in a cell.
        before: numbers of an anchor before those of its classes, which are the last.
        boxes: the layer with four rows for each of these anchors, where that is another one: by it weights for another
            number of anchors are told from weights for other classes.
    """

    anchors: int
    before: int
    boxes: str | None = None


class Head(Protocol):
    """A gluon HybridBlock from feature maps to what a network says of each anchor.

    It is made of its settings and what it has to predict: ``Head(settings, outputs)``. Its parameters have no prefix in
    files of weights, so no child of it is called ``backbone`` or ``neck``.
    """

    @property
    def class_rows(self) -> Mapping[str, ClassRows]:
        """Layers that have numbers for each class, by their names among its parameters, as ``class_predictors.0``.

        By these, weights of a detector of other classes can be taken over.
        """

    def __call__(self, maps: Sequence[Any]) -> tuple[Any, Any]:
        """Scores (B, N, S), before softmax or sigmoid, and numbers (B, N, 4), in the order of `Anchors`."""


class AnchorGenerator(Protocol):
    """Places anchors on the cells of feature maps."""

    def __call__(self, maps: Sequence[FeatureMap], image: ImageSize) -> Anchors:
        """Anchors of all maps: map by map, row by row, cell by cell."""


class Loss(Protocol):
    """A gluon HybridBlock from predictions and targets to what training minimises.

    Mining of hard negatives needs the scores of the network, so it belongs here.
    """

    def __call__(
        self,
        scores: Any,
        offsets: Any,
        classes: Any,
        offset_targets: Any,
        mask: Any,
        soft: Any = ...,
        weights: Any = ...,
    ) -> tuple[Any, Any]:
        """The class part and the box part, each (B,), whose sum over the batch is minimised.

        Args:
            scores: (B, N, S) scores before softmax or sigmoid; see `Scoring`.
            offsets: (B, N, 4) the four numbers that the network says.
            classes: (B, N) as in `Targets`, as are those that follow.
            offset_targets: (B, N, 4).
            mask: (B, N, 4).
            soft: (B, N, C); given only to a loss whose settings say ``soft = True``.
            weights: (B, N); given only to a loss whose settings say ``weighted = True``, and where there are any; the
                sixth argument of one without soft targets.
        """

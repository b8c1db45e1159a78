"""The heavy halves: what the classes named by components must be able to do.

`zoo_core.make(settings)` calls the component's class with the settings (a neck and a head are told
of the feature maps, too), and the result implements one of these protocols. Whether it really does is the
business of tests, not of `isinstance`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoo_core.boxes.boxes import Anchors
from zoo_core.boxes.coco_values import CocoId
from zoo_core.parts.geometry import FeatureMap, ImageSize

__all__ = [
    "AnchorGenerator",
    "AugmentationStep",
    "Backbone",
    "ClassRows",
    "CocoIds",
    "Dataset",
    "DatasetReader",
    "DynamicEncoder",
    "ExportableEncoder",
    "Head",
    "Loss",
    "Neck",
    "OnnxGraph",
    "Sample",
    "SoftEncoder",
    "TargetEncoder",
    "Targets",
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


@dataclass(frozen=True, eq=False)
class Targets:
    """What a network should predict, for one image or, with a leading B, for a batch.

    Attributes:
        classes: (N,) int32; 0 is background, c + 1 is class c, -1 is ignored by the loss.
        offsets: (N, 4) float32, the four numbers by the code of the encoder; 0 where no object is matched.
        mask: (N, 4) float32; by how much the numbers count where an object is matched (usually 1), else 0.
        soft: (N, C) float32 from 0 to 1, how much each anchor should say each class: heatmaps; None where the loss
            wants none.
        weights: (N,) float32 above 0, by how much all that is said of an anchor counts, where objects weigh
            differently (mixup; `mask` has it, too); None where all weigh 1.
    """

    classes: NDArray[np.int32]
    offsets: NDArray[np.float32]
    mask: NDArray[np.float32]
    soft: NDArray[np.float32] | None = None
    weights: NDArray[np.float32] | None = None

    def for_loss(self) -> list[NDArray[Any]]:
        """The arrays as a loss gets them; soft ones and weights last, where there are some."""
        arrays = (self.classes, self.offsets, self.mask, self.soft, self.weights)
        return [each for each in arrays if each is not None]

    def of(self, images: slice) -> Targets:
        """Those of some images of a batch."""
        soft, weights = (None if each is None else each[images] for each in (self.soft, self.weights))
        return Targets(self.classes[images], self.offsets[images], self.mask[images], soft, weights)


class TargetEncoder(Protocol):
    """Encodes objects as targets on anchors, and decodes boxes from the four numbers of each.

    Law: ``decode(encode(anchors, boxes, labels).offsets, anchors)`` is the matched box at
    every matched anchor, within 1e-5: targets are what the network should say.
    """

    def encode(self, anchors: Anchors, boxes: NDArray[np.float32], labels: NDArray[np.int64]) -> Targets:
        """Targets of one image with boxes (M, 4) corner/unit and labels (M,); M may be 0: all background."""

    def encode_batch(
        self, anchors: Anchors, boxes: Sequence[NDArray[np.float32]], labels: Sequence[NDArray[np.int64]]
    ) -> Targets:
        """The same for a batch: every array has a leading B."""

    def decode(self, offsets: NDArray[np.float32], anchors: Anchors) -> NDArray[np.float32]:
        """Boxes (..., N, 4) corner/unit of offsets (..., N, 4); not clipped to the image."""


class SoftEncoder(TargetEncoder, Protocol):
    """A target encoder whose settings say ``soft = True``."""

    def soft_classes(
        self, anchors: Anchors, boxes: NDArray[np.float32], labels: NDArray[np.int64], class_count: int
    ) -> NDArray[np.float32]:
        """How much each anchor should say each class, (N, C) from 0 to 1; arguments as for `encode`."""


class DynamicEncoder(TargetEncoder, Protocol):
    """A target encoder that looks again at its targets when the network has spoken, in every step of training."""

    def reconsider(
        self,
        targets: Targets,
        scores: NDArray[np.float32],
        numbers: NDArray[np.float32],
        anchors: Anchors,
        boxes: Sequence[NDArray[np.float32]],
        labels: Sequence[NDArray[np.int64]],
    ) -> Targets:
        """Targets of a batch in place of those that `encode_batch` gave, which are not changed.

        No gradient goes through what is decided here.

        Args:
            targets: of the batch.
            scores: (B, N, S) that the network says, before softmax or sigmoid.
            numbers: (B, N, 4) that it says.
            anchors: on which the targets are.
            boxes: (M, 4) corner/unit, of each image.
            labels: (M,), of each image.
        """


class OnnxGraph(Protocol):
    """Where an encoder writes its decoding as ONNX operators (opset 13); tensors are known by their names."""

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Write an operator, as ``graph.op("Concat", a, b, axis=-1)``; returns the name of its one output."""

    def constant(self, value: ArrayLike, dtype: Any = None) -> str:
        """Write a constant; returns its name."""


class ExportableEncoder(TargetEncoder, Protocol):
    """A target encoder whose boxes can be decoded without Python: detectors with it can be exported.

    One without `priors` gets the boxes of the anchors, center/unit.
    """

    def priors(self, anchors: Anchors) -> NDArray[np.float32]:
        """What `onnx_decode` must know of each anchor, (N, P); it is written into the file."""

    def onnx_decode(self, graph: OnnxGraph, offsets: str, priors: str) -> str:
        """Write the same as `decode` for some of the anchors.

        Args:
            graph: to write to.
            offsets: the name of numbers (..., K, 4) float32.
            priors: the name of the priors of their anchors (..., K, P) float32.

        Returns:
            The name of the boxes (..., K, 4) corner/unit, not clipped to the image.
        """


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


@dataclass(frozen=True, eq=False)
class Sample:
    """An annotated image.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        boxes: (M, 4) float32 corner/pixel of this image.
        labels: (M,) int64, index of the class name.
        difficult: (M,) bool; not counted when VOC scores are made.
        crowd: (M,) bool; a box around a group, by COCO's rule.
        image_id: the name of the image in its data set.
        areas: (M,) float64, of the objects in square pixels, where the annotation says them (that of a mask is smaller
            than that of its box); None for those of the boxes. COCO's scores by size count with them.
        coco_boxes: (M, 4) float64, x, y, width and height to the last digit and not clipped, as a file of COCO has
            them; None in other formats. Scores count with them.
    """

    image: NDArray[np.uint8]
    boxes: NDArray[np.float32]
    labels: NDArray[np.int64]
    difficult: NDArray[np.bool_]
    crowd: NDArray[np.bool_]
    image_id: str
    areas: NDArray[np.float64] | None = None
    coco_boxes: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class CocoIds:
    """The ids by which files of COCO call the images and classes of a data set.

    Attributes:
        images: ids of each image, in the order of the data set.
        classes: ids of each class, in the order of the labels.
        other_images: further ids, each with the index of its image, where a file lists an image several times.
        other_classes: further ids, each with its label, where several categories share a name.
    """

    images: tuple[CocoId, ...]
    classes: tuple[CocoId, ...]
    other_images: tuple[tuple[CocoId, int], ...] = ()
    other_classes: tuple[tuple[CocoId, int], ...] = ()


class Dataset(Protocol):
    """Annotated images of one split, read one by one when asked for.

    A data set whose images and classes have ids of their own in files of COCO says them in an attribute
    `coco_ids`. One that knows the objects of an image and its size without reading it may have a method
    ``without_pixels(index)`` that gives the same sample with a black image. One whose files can change may have a
    method ``digest()``: a string that changes with images or objects, by which a resumed training notices it.
    """

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes of which `Sample.labels` are indices."""

    @property
    def problems(self) -> Sequence[str]:
        """What was found wrong in the data and left out, one line each that names the file."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Sample: ...


class DatasetReader(Protocol):
    """Opens the splits of a data set.

    Reading is cheap to copy to another process: opening lists the images and reads the
    annotations, the images are read when asked for.
    """

    def train(self, class_names: Sequence[str]) -> Dataset:
        """The images to train on, labelled by index in `class_names`."""

    def validation(self, class_names: Sequence[str]) -> Dataset:
        """The images to score on."""


class AugmentationStep(Protocol):
    """Changes training images and their boxes at random.

    Threads share it, and it is made once for a training, so it keeps no state between samples: equal generators give
    equal results.
    """

    def __call__(self, sample: Sample, rng: np.random.Generator, size: ImageSize) -> Sample:
        """A changed sample.

        Boxes, labels, difficult and crowd stay as many as each other. Boxes lie within the image, and have an area.

        Args:
            sample: is not changed, and neither are its arrays.
            rng: decides all that is random.
            size: that the image would have in the network's input, were this the last step.
        """

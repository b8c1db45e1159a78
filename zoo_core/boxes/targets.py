"""What a network should predict, and what encoders of such targets must be able to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoo_core.boxes.boxes import Anchors

__all__ = [
    "DynamicEncoder",
    "ExportableEncoder",
    "OnnxGraph",
    "SoftEncoder",
    "TargetEncoder",
    "Targets",
]


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

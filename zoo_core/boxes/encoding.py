"""Boxes as offsets from anchors, and back: one object for both directions.

The offsets of a box from its anchor are ((cx - cx_a) / w_a, (cy - cy_a) / h_a,
log(w / w_a), log(h / h_a)), each divided by its standard deviation.
Source: Girshick et al., Rich feature hierarchies, 2014, appendix C; the divisors are SSD's.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoo_core.boxes.boxes import Anchors
from zoo_core.boxes.matching import UNMATCHED
from zoo_core.boxes.protocols import OnnxGraph, Targets
from zoo_core.common.errors import BoxFormatError
from zoo_core.parts.components import EncoderSettings
from zoo_core.parts.geometry import BoxFormat

__all__ = ["MatchingEncoder"]

_FARTHEST = 2.0
"""No annotated object extends farther than this many images from the corner: what does is in pixels."""


class MatchingEncoder(ABC):
    """A target encoder that matches anchors to objects and encodes centre offsets.

    A subclass decides which anchor is assigned to which object. Implements
    `zoo_core.boxes.protocols.TargetEncoder`.
    """

    def __init__(self, settings: EncoderSettings) -> None:
        self.settings = settings
        self._stds = np.array(settings.stds, dtype=np.float32)

    @abstractmethod
    def match(self, anchors: Anchors, boxes: NDArray[np.float32]) -> NDArray[np.int64]:
        """For each anchor the index of its object, or `zoo_core.boxes.matching.UNMATCHED`.

        Args:
            anchors: in the format that the settings take.
            boxes: (M, 4) corner/unit, M at least 1.
        """

    def encode(self, anchors: Anchors, boxes: ArrayLike, labels: ArrayLike) -> Targets:
        """Targets of one image; see `zoo_core.boxes.protocols.TargetEncoder.encode`.

        Raises:
            BoxFormatError: the anchors are a bare array, the boxes are not corner/unit, or the
                labels do not fit them.
        """
        batch = self.encode_batch(anchors, [boxes], [labels])
        return Targets(batch.classes[0], batch.offsets[0], batch.mask[0])

    def encode_batch(self, anchors: Anchors, boxes: Sequence[ArrayLike], labels: Sequence[ArrayLike]) -> Targets:
        """Targets of a batch: every array has a leading B.

        Raises:
            BoxFormatError: as `encode`, or boxes and labels are of different numbers of images.
        """
        anchors = Anchors.require(anchors)
        if len(boxes) != len(labels):
            raise BoxFormatError(f"boxes of {len(boxes)} images and labels of {len(labels)} images are not a batch")
        shape = (len(boxes), len(anchors))
        targets = Targets(
            classes=np.zeros(shape, dtype=np.int32),
            offsets=np.zeros((*shape, 4), dtype=np.float32),
            mask=np.zeros((*shape, 4), dtype=np.float32),
        )
        for index, (truth, ids) in enumerate(map(_checked_truth, boxes, labels)):
            if not len(truth):
                continue  # no object: all background
            match = self.match(anchors.to(self.settings.takes), truth)
            positive = np.flatnonzero(match != UNMATCHED)
            matched = match[positive]
            center = anchors.to(BoxFormat.CENTER_UNIT).boxes[positive]
            targets.classes[index, positive] = ids[matched] + 1
            targets.offsets[index, positive] = self._offsets(center, truth[matched])
            targets.mask[index, positive] = 1
        return targets

    def decode(self, offsets: ArrayLike, anchors: Anchors) -> NDArray[np.float32]:
        """Boxes (..., N, 4) corner/unit of offsets (..., N, 4); not clipped to the image.

        A size that float32 cannot hold becomes infinite.

        Raises:
            BoxFormatError: the anchors are a bare array, or there are not as many as offsets.
        """
        center = Anchors.require(anchors).to(BoxFormat.CENTER_UNIT).boxes
        values = np.asarray(offsets, dtype=np.float32)
        if values.shape[-2:] != center.shape:
            raise BoxFormatError(
                f"offsets should be (..., {len(center)}, 4) for {len(center)} anchors, not {values.shape}"
            )
        # An untrained network may predict any number: that is not worth a warning.
        with np.errstate(over="ignore", invalid="ignore"):
            values = values * self._stds
            middle = values[..., :2] * center[:, 2:] + center[:, :2]
            half = np.exp(values[..., 2:]) * center[:, 2:] / 2
            decoded: NDArray[np.float32] = np.concatenate([middle - half, middle + half], axis=-1)
        return decoded

    def onnx_decode(self, graph: OnnxGraph, offsets: str, anchors: str) -> str:
        """`decode` as ONNX operators; see `zoo_core.boxes.protocols.ExportableEncoder.onnx_decode`."""
        values = graph.op("Mul", offsets, graph.constant(self._stds))
        moved, scaled = (_half(graph, values, start) for start in (0, 2))
        center, size = (_half(graph, anchors, start) for start in (0, 2))
        middle = graph.op("Add", graph.op("Mul", moved, size), center)
        half = graph.op("Div", graph.op("Mul", graph.op("Exp", scaled), size), graph.constant(2, np.float32))
        return graph.op("Concat", graph.op("Sub", middle, half), graph.op("Add", middle, half), axis=-1)

    def _offsets(self, anchors: NDArray[np.float32], boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Offsets (P, 4) of boxes (P, 4) corner/unit from anchors (P, 4) center/unit."""
        size = boxes[:, 2:] - boxes[:, :2]
        middle = (boxes[:, :2] + boxes[:, 2:]) / 2
        moved = (middle - anchors[:, :2]) / anchors[:, 2:]
        scaled: NDArray[np.float32] = np.concatenate([moved, np.log(size / anchors[:, 2:])], axis=-1) / self._stds
        return scaled


def _half(graph: OnnxGraph, tensor: str, start: int) -> str:
    """The two numbers from `start` on of the last axis."""
    return graph.op("Slice", tensor, *(graph.constant([each], np.int64) for each in (start, start + 2, -1)))


def _checked_truth(boxes: ArrayLike, labels: ArrayLike) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The boxes (M, 4) corner/unit and the labels (M,) of one image, as arrays.

    Raises:
        BoxFormatError: they are not valid boxes and labels.
    """
    truth = _checked_boxes(boxes)
    given = np.asarray(labels)
    if given.shape != truth.shape[:1]:
        raise BoxFormatError(f"{len(truth)} boxes need {len(truth)} labels, not an array of shape {given.shape}")
    ids: NDArray[np.int64] = given.astype(np.int64)
    if wrong := [
        label for label, index in zip(given.tolist(), ids.tolist(), strict=True) if label != index or index < 0
    ]:
        raise BoxFormatError(f"labels should be class indices, integers from 0, but one is {wrong[0]}")
    return truth, ids


def _checked_boxes(boxes: ArrayLike) -> NDArray[np.float32]:
    if isinstance(boxes, Anchors):
        raise BoxFormatError("the boxes of objects should be an array (M, 4) corner/unit, not Anchors")
    truth: NDArray[np.float32] = np.asarray(boxes, dtype=np.float32)
    if truth.shape == (0,):
        truth = truth.reshape(0, 4)  # an empty list has lost its second axis
    if truth.ndim != 2 or truth.shape[1] != 4:
        raise BoxFormatError(f"the boxes of objects should have shape (M, 4), not {truth.shape}")
    if not np.all(truth[:, 2:] > truth[:, :2]):
        raise BoxFormatError("the boxes of objects should have x1 < x2 and y1 < y2, but some are empty or inverted")
    farthest = np.abs(truth).max(initial=0)
    if farthest > _FARTHEST:
        raise BoxFormatError(
            "the boxes of objects should be corner/unit, fractions of the image, "
            f"but one reaches {farthest:g}: are they pixels?"
        )
    return truth

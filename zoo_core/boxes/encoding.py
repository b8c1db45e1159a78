"""Target encoders that match anchors to objects: what is the same for all of them.

What differs is the rule of matching and the code of boxes; the usual code is `zoo_core.boxes.deltas`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoo_core.boxes.boxes import Anchors
from zoo_core.boxes.deltas import Deltas
from zoo_core.boxes.matching import IGNORED, UNMATCHED
from zoo_core.boxes.protocols import OnnxGraph, SoftEncoder, TargetEncoder, Targets
from zoo_core.common.errors import BoxFormatError
from zoo_core.parts.components import TargetEncoderSettings
from zoo_core.parts.geometry import BoxFormat
from zoo_core.parts.promises import broken_promise

__all__ = ["MatchingEncoder", "checked_numbers", "encode_batch"]

_FARTHEST = 2.0
"""No annotated object extends farther than this many images from the corner: what does is in pixels."""


class MatchingEncoder(ABC):
    """A target encoder that matches anchors to objects, and encodes the box of each matched anchor as four numbers.

    A subclass decides which anchor is assigned to which object. The numbers are deltas, for which the settings have
    `stds`; a subclass with another code overrides `code`, `decode`, `onnx_decode` and, where these need other facts of
    an anchor than its box, `priors`. Implements `zoo_core.boxes.protocols.TargetEncoder`.
    """

    def __init__(self, settings: TargetEncoderSettings) -> None:
        self.settings = settings

    @abstractmethod
    def match(self, anchors: Anchors, boxes: NDArray[np.float32]) -> NDArray[np.int64]:
        """For each anchor the index of its object, or `UNMATCHED` or `IGNORED` of `zoo_core.boxes.matching`.

        Args:
            anchors: in the format that the settings take; they know their cells.
            boxes: (M, 4) corner/unit, M at least 1.
        """

    def weights(self, anchors: Anchors, boxes: NDArray[np.float32]) -> NDArray[np.float32]:  # noqa: ARG002
        """By how much the numbers of a matched anchor count, (P,) and above 0.

        Args:
            anchors: those that are matched, P of them.
            boxes: (P, 4) corner/unit of their objects.
        """
        return np.ones(len(boxes), dtype=np.float32)

    def code(self, anchors: Anchors, boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        """The four numbers (P, 4) that a network should say, where `decode` makes these boxes of them.

        Args:
            anchors: P of them.
            boxes: (P, 4) corner/unit.
        """
        return self._deltas.code(anchors.to(BoxFormat.CENTER_UNIT).boxes, boxes)

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
            PluginError: `match`, `code` or `weights` gives something else than it promises.
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
            match = self._checked_match(anchors, truth)
            positive = np.flatnonzero(match >= 0)
            matched = match[positive]
            targets.classes[index, match == IGNORED] = -1
            chosen, objects = anchors.at(positive), truth[matched]
            targets.classes[index, positive] = ids[matched] + 1
            targets.offsets[index, positive] = self._of_matched("code", (len(objects), 4), chosen, objects)
            targets.mask[index, positive] = self._of_matched("weights", (len(objects),), chosen, objects)[:, None]
        return targets

    def decode(self, offsets: ArrayLike, anchors: Anchors) -> NDArray[np.float32]:
        """Boxes (..., N, 4) corner/unit of numbers (..., N, 4); not clipped to the image.

        A size that float32 cannot hold becomes infinite.

        Raises:
            BoxFormatError: the anchors are a bare array, or there are not as many as offsets.
        """
        return self._deltas.decode(checked_numbers(offsets, anchors), anchors.to(BoxFormat.CENTER_UNIT).boxes)

    def priors(self, anchors: Anchors) -> NDArray[np.float32]:
        """What `onnx_decode` must know of each anchor, (N, P) float32; here its box, center/unit."""
        return anchors.to(BoxFormat.CENTER_UNIT).boxes

    def onnx_decode(self, graph: OnnxGraph, offsets: str, priors: str) -> str:
        """`decode` as ONNX operators; see `zoo_core.boxes.protocols.ExportableEncoder.onnx_decode`."""
        return self._deltas.onnx_decode(graph, offsets, priors)

    def _checked_match(self, anchors: Anchors, truth: NDArray[np.float32]) -> NDArray[np.int64]:
        match, first = np.asarray(self.match(anchors.to(self.settings.takes), truth)), min(IGNORED, UNMATCHED)
        is_whole = match.shape == (len(anchors),) and match.dtype.kind == "i"
        if is_whole and (not len(match) or first <= match.min() <= match.max() < len(truth)):
            return match
        promised = f"match() as ({len(anchors)},) of whole numbers from {first} to below {len(truth)}, the objects"
        reach = f" from {match.min()} to {match.max()}" if is_whole else ""
        raise broken_promise(self.settings, promised, f"{match.shape} of {match.dtype}{reach}")

    def _of_matched(
        self, method: str, shape: tuple[int, ...], anchors: Anchors, boxes: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """What a method gives for the matched anchors and the boxes of their objects."""
        found: NDArray[np.float32] = np.asarray(getattr(self, method)(anchors, boxes))
        if found.shape != shape:
            promised = f"{method}() of {len(boxes)} matched anchors as {shape}"
            raise broken_promise(self.settings, promised, str(found.shape))
        return found

    @cached_property
    def _deltas(self) -> Deltas:
        stds = getattr(self.settings, "stds", None)
        if stds is None:
            raise TypeError(
                f"{type(self).__name__} codes boxes as deltas, for which its settings should be "
                "DeltaEncoderSettings; an encoder with another code overrides code(), decode() and onnx_decode()"
            )
        return Deltas(stds)


def encode_batch(
    encoder: TargetEncoder,
    anchors: Anchors,
    boxes: Sequence[NDArray[np.float32]],
    labels: Sequence[NDArray[np.int64]],
    soft_classes: int | None = None,
    weights: Sequence[NDArray[np.float32]] | None = None,
) -> Targets:
    """The targets of a batch by any encoder, with soft ones and weights where they are wanted.

    Args:
        encoder: whose settings say ``soft = True``, for soft targets.
        anchors: on which the targets are.
        boxes: (M, 4) corner/unit, of each image.
        labels: (M,), of each image.
        soft_classes: C, for soft targets; None for none.
        weights: (M,) above 0, of the objects of each image; None where all weigh 1.
    """
    if weights is None:
        targets = encoder.encode_batch(anchors, boxes, labels)
    else:
        targets = _weighted(encoder, anchors, boxes, labels, weights)
    if soft_classes is None:
        return targets
    soften = cast("SoftEncoder", encoder).soft_classes
    each = [soften(anchors, *_checked_truth(*truth), soft_classes) for truth in zip(boxes, labels, strict=True)]
    return replace(targets, soft=np.stack(each).astype(np.float32, copy=False))


def _weighted(
    encoder: TargetEncoder,
    anchors: Anchors,
    boxes: Sequence[NDArray[np.float32]],
    labels: Sequence[NDArray[np.int64]],
    weights: Sequence[NDArray[np.float32]],
) -> Targets:
    """Targets with the weight of its object at each matched anchor, and 1 elsewhere."""
    # With the indices of the objects for their labels, targets say which object each anchor was given.
    targets = encoder.encode_batch(anchors, boxes, [np.arange(len(each)) for each in labels])
    classes, of_anchors = targets.classes.copy(), np.ones(targets.classes.shape, np.float32)
    for of_image, weight, ids, of_objects in zip(classes, of_anchors, labels, weights, strict=True):
        matched = np.flatnonzero(of_image > 0)
        objects = of_image[matched] - 1
        of_image[matched], weight[matched] = ids[objects] + 1, of_objects[objects]
    return replace(targets, classes=classes, mask=targets.mask * of_anchors[..., None], weights=of_anchors)


def checked_numbers(numbers: ArrayLike, anchors: Anchors) -> NDArray[np.float32]:
    """Numbers (..., N, 4) as float32, for N anchors.

    Raises:
        BoxFormatError: the anchors are a bare array, or there are not as many as numbers.
    """
    anchors, values = Anchors.require(anchors), np.asarray(numbers, dtype=np.float32)
    if values.shape[-2:] != (len(anchors), 4):
        raise BoxFormatError(
            f"offsets should be (..., {len(anchors)}, 4) for {len(anchors)} anchors, not {values.shape}"
        )
    return values


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

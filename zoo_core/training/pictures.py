"""A batch as pictures, with what the network is taught about them: to see faults of data, anchors and targets."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes import convert
from zoo_core.config import Normalization
from zoo_core.contact_sheet import contact_sheet, fitted
from zoo_core.data.loading import Batch
from zoo_core.detector import Detector
from zoo_core.drawing import with_boxes
from zoo_core.errors import counted
from zoo_core.geometry import BoxFormat, ImageSize

__all__ = ["batch_sheet"]

_COLUMNS, _SIDE = 4, 420
_ANCHOR = (255, 255, 255)
_SAME = 4
"""Decimals to which decoded boxes, as shares of the image, are one: offsets are rounded to float32."""


def batch_sheet(batches: Iterable[Batch], detector: Detector) -> NDArray[np.uint8]:
    """The images of batches with their targets, as the network gets both.

    Matched anchors are thin white lines. The boxes are decoded from the offsets that the network should give at them,
    with the class that it should say and the number of anchors that should say so.

    Args:
        batches: at least one.
        detector: for which they were made.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    pictures = [_taught(batch, place, detector) for batch in batches for place in range(len(batch.images))]
    return contact_sheet(pictures, columns=_COLUMNS, side=_SIDE)


def _taught(batch: Batch, place: int, detector: Detector) -> NDArray[np.uint8]:
    image = fitted(pixels_of(batch.images[place], detector.config.normalization), _SIDE)
    size = ImageSize(*image.shape[:2])
    classes = batch.targets.classes[place]
    matched = np.flatnonzero(classes > 0)
    anchors = detector.anchors.to(BoxFormat.CORNER_UNIT).boxes[matched]
    for box in convert(anchors, BoxFormat.CORNER_UNIT, BoxFormat.CORNER_PIXEL, size).round().astype(int).tolist():
        cv2.rectangle(image, (box[0], box[1]), (box[2], box[3]), _ANCHOR, 1, cv2.LINE_AA)
    decoded = detector.encoder.decode(batch.targets.offsets[place], detector.anchors)[matched]
    said = np.column_stack([classes[matched] - 1, decoded.round(_SAME)])
    taught, anchors_of = np.unique(said, axis=0, return_counts=True)
    labels, boxes = taught[:, 0].astype(np.int64), taught[:, 1:].astype(np.float32)
    captions = [
        f"{detector.class_names[label]}: {counted(number, 'anchor')}"
        for label, number in zip(labels.tolist(), anchors_of.tolist(), strict=True)
    ]
    return with_boxes(image, convert(boxes, BoxFormat.CORNER_UNIT, BoxFormat.CORNER_PIXEL, size), labels, captions)


def pixels_of(image: NDArray[np.float32], normalization: Normalization) -> NDArray[np.uint8]:
    """The image (H, W, 3) uint8 RGB of the network's input (3, H, W): the other way of normalisation."""
    shares = image.transpose(1, 2, 0) * np.array(normalization.std, np.float32) + np.array(
        normalization.mean, np.float32
    )
    return np.ascontiguousarray((shares * 255).round().clip(0, 255).astype(np.uint8))

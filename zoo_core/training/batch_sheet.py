"""A batch as pictures, with what the network is taught about them: to see problems of data, anchors and targets."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.boxes import convert, pairwise_iou
from zoo_core.boxes.contact_sheet import SheetHead, contact_sheet, fitted
from zoo_core.boxes.drawing import draw_anchor, with_boxes
from zoo_core.boxes.legend import class_entries
from zoo_core.common.messages import counted
from zoo_core.config.detector import Normalization
from zoo_core.data.pipeline.batches import Batch
from zoo_core.parts.geometry import BoxFormat, ImageSize
from zoo_core.prediction.detector import Detector

__all__ = ["batch_sheet"]

_COLUMNS, _SIDE = 4, 420
_SHOWN_ANCHORS = 2
_SAME = 4
"""Decimals to which decoded boxes, as fractions of the image, count as equal: offsets are rounded to float32."""


_NOTE = (
    "in colour: the boxes that are taught, with their class and how many anchors are assigned to each; "
    "thin, white in black: those two of them that fit best"
)


def batch_sheet(batches: Iterable[Batch], detector: Detector, title: str) -> NDArray[np.uint8]:
    """The images of batches with their targets, as the network gets both.

    The boxes are decoded from the offsets that the network should predict at matched anchors, with the class that it
    should predict and the number of anchors that should do so. The two of them that fit best are thin lines.

    Args:
        batches: at least one.
        detector: the one for which they were made.
        title: of the sheet.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    batches = list(batches)
    pictures = [_taught(batch, index, detector) for batch in batches for index in range(len(batch.images))]
    names = [name for batch in batches for name in batch.image_ids]
    classes = np.concatenate([batch.targets.classes.ravel() for batch in batches])
    head = SheetHead(title, _NOTE, class_entries(detector.class_names, classes[classes > 0] - 1))
    return contact_sheet(pictures, names, head, _COLUMNS, _SIDE)


def _taught(batch: Batch, index: int, detector: Detector) -> NDArray[np.uint8]:
    image = fitted(pixels_of(batch.images[index], detector.config.normalization), _SIDE)
    classes = batch.targets.classes[index]
    matched = np.flatnonzero(classes > 0)
    placed = detector.anchors_at(ImageSize(*batch.images.shape[2:]))
    anchors = placed.to(BoxFormat.CORNER_UNIT).boxes[matched]
    decoded = detector.encoder.decode(batch.targets.offsets[index], placed)[matched]
    said = np.column_stack([classes[matched] - 1, decoded.round(_SAME)])
    taught, which, anchors_of = np.unique(said, axis=0, return_inverse=True, return_counts=True)
    labels, boxes = taught[:, 0].astype(np.int64), taught[:, 1:].astype(np.float32)
    captions = [
        f"{detector.class_names[label]}: {counted(number, 'anchor')}"
        for label, number in zip(labels.tolist(), anchors_of.tolist(), strict=True)
    ]
    size = ImageSize(*image.shape[:2])
    for number, box in enumerate(boxes):
        of_box = _best_fitting(anchors[which == number], box)
        for anchor in convert(of_box, BoxFormat.CORNER_UNIT, BoxFormat.CORNER_PIXEL, size):
            draw_anchor(image, anchor)
    return with_boxes(image, convert(boxes, BoxFormat.CORNER_UNIT, BoxFormat.CORNER_PIXEL, size), labels, captions)


def _best_fitting(anchors: NDArray[np.float32], box: NDArray[np.float32]) -> NDArray[np.float32]:
    """Few of the anchors of a box; all of them would hide what is in it."""
    overlaps = pairwise_iou(anchors, box[None])[:, 0]
    best = np.argsort(-overlaps, kind="stable")[:_SHOWN_ANCHORS]
    return np.asarray(anchors[best])


def pixels_of(image: NDArray[np.float32], normalization: Normalization) -> NDArray[np.uint8]:
    """The image (H, W, 3) uint8 RGB of the network's input (3, H, W): normalisation undone."""
    shares = image.transpose(1, 2, 0) * np.array(normalization.std, np.float32) + np.array(
        normalization.mean, np.float32
    )
    return np.ascontiguousarray((shares * 255).round().clip(0, 255).astype(np.uint8))

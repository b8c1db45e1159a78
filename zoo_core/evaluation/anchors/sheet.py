"""The objects that no anchor reaches, drawn on their pictures with the anchor that is nearest to each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.contact_sheet import contact_sheet, fitted
from zoo_core.boxes.drawing import with_boxes
from zoo_core.boxes.protocols import Dataset
from zoo_core.evaluation.anchors.report import Unreached

__all__ = ["unreached_sheet"]

_SIDE = 480
"""The longer side of a picture on the sheet, in pixels."""
_COLUMNS = 4
_OBJECT, _ANCHOR = 0, 1
"""Labels, for their colours."""


def unreached_sheet(dataset: Dataset, objects: Sequence[Unreached], count: int = 12) -> NDArray[np.uint8]:
    """The pictures with the farthest objects, each object with its class, and its best anchor with the IoU.

    Args:
        dataset: the one with these objects.
        objects: at least one, the farthest first.
        count: number of pictures, at most.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    images = list(dict.fromkeys(each.image for each in objects))[:count]
    pictures = [_drawn(dataset[index].image, [each for each in objects if each.image == index]) for index in images]
    return contact_sheet(pictures, columns=_COLUMNS, side=_SIDE)


def _drawn(image: NDArray[np.uint8], objects: Sequence[Unreached]) -> NDArray[np.uint8]:
    small = fitted(image, _SIDE)
    height, width = small.shape[:2]
    scale = np.array([width, height, width, height], dtype=np.float32)
    anchors = [each.best_anchor for each in objects if each.best_iou > 0]
    boxes = np.clip(np.array([*anchors, *(each.box for each in objects)], dtype=np.float32), 0, 1) * scale
    labels = np.array([_ANCHOR] * len(anchors) + [_OBJECT] * len(objects))
    captions = [f"{each.best_iou:.2f}" for each in objects if each.best_iou > 0]
    captions += [each.class_name + " (no anchor)" * each.missed for each in objects]
    return with_boxes(small, boxes, labels, captions)

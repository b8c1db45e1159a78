"""The objects that no anchor reaches, drawn on their pictures with the anchor that is nearest to each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.contact_sheet import SheetHead, contact_sheet, fitted
from zoo_core.boxes.drawing import draw_anchor, with_boxes
from zoo_core.boxes.legend import class_entries
from zoo_core.boxes.protocols import Dataset
from zoo_core.common.messages import counted
from zoo_core.evaluation.anchors.report import Unreached

__all__ = ["unreached_sheet"]

_SIDE = 480
"""The longer side of a picture on the sheet, in pixels."""
_COLUMNS = 4
_NOTE = (
    "in colour: an object, with its class and the IoU of the anchor that is nearest to it; "
    "thin, white in black: that anchor"
)


def unreached_sheet(dataset: Dataset, objects: Sequence[Unreached], count: int = 12) -> NDArray[np.uint8]:
    """The pictures with the farthest objects, each object with its class, its best anchor and their IoU.

    Args:
        dataset: the one with these objects.
        objects: at least one, the farthest first.
        count: number of pictures, at most.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    names = dict.fromkeys(each.image for each in objects)
    shown = {index: [each for each in objects if each.image == index] for index in list(names)[:count]}
    pictures = [_drawn(dataset[index].image, found, dataset.class_names) for index, found in shown.items()]
    labels = [dataset.class_names.index(each.class_name) for found in shown.values() for each in found]
    head = SheetHead(
        f"{counted(len(objects), 'object')} that no anchor reaches, the farthest of them in "
        f"{counted(len(shown), 'picture')}",
        _NOTE,
        class_entries(dataset.class_names, np.array(labels)),
    )
    return contact_sheet(pictures, [found[0].image_id for found in shown.values()], head, _COLUMNS, _SIDE)


def _drawn(image: NDArray[np.uint8], objects: Sequence[Unreached], class_names: Sequence[str]) -> NDArray[np.uint8]:
    small = fitted(image, _SIDE)
    height, width = small.shape[:2]
    scale = np.array([width, height, width, height], dtype=np.float32)
    for each in objects:
        if each.best_iou > 0:
            draw_anchor(small, np.clip(np.array(each.best_anchor, np.float32), 0, 1) * scale)
    boxes = np.clip(np.array([each.box for each in objects], dtype=np.float32), 0, 1) * scale
    labels = np.array([class_names.index(each.class_name) for each in objects])
    captions = [f"{each.class_name} {each.best_iou:.2f}" + " (no anchor)" * each.missed for each in objects]
    return with_boxes(small, boxes, labels, captions)

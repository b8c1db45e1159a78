"""Boxes drawn on images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["with_boxes"]

_SMALL = 200
"""The shorter side of a picture, in pixels, below which lines are thin."""


def with_boxes(
    image: NDArray[np.uint8], boxes: NDArray[np.float32], labels: NDArray[np.int64], captions: Sequence[str]
) -> NDArray[np.uint8]:
    """The image with boxes and captions drawn on it, in a colour for each label.

    Captions go where they hide nothing, get smaller where room is short, and are left out where there is none.

    Args:
        image: (H, W, 3) uint8 RGB; it stays as it is.
        boxes: (M, 4) corner/pixel.
        labels: (M,).
        captions: a text for each box, those first that matter most.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    import supervision as sv

    from zoo_core.boxes.captions import draw_caption, placed_captions

    size = image.shape[:2]
    thickness = sv.calculate_optimal_line_thickness(size[::-1]) if min(size) >= _SMALL else 1
    found = sv.Detections(xyxy=boxes.reshape(-1, 4), class_id=labels.astype(int))
    scene = sv.BoxAnnotator(thickness=thickness).annotate(np.ascontiguousarray(image[:, :, ::-1]), found)
    scene = np.ascontiguousarray(scene[:, :, ::-1])
    for label, caption in zip(labels, placed_captions(captions, found.xyxy, size), strict=True):
        if caption is not None:
            draw_caption(scene, caption, sv.ColorPalette.DEFAULT.by_idx(int(label)).as_rgb())
    return scene

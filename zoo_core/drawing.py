"""Boxes drawn on images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["with_boxes"]


def with_boxes(
    image: NDArray[np.uint8], boxes: NDArray[np.float32], labels: NDArray[np.int64], captions: Sequence[str]
) -> NDArray[np.uint8]:
    """The image with boxes and captions drawn on it, in a colour for each label.

    Args:
        image: (H, W, 3) uint8 RGB; it stays as it is.
        boxes: (M, 4) corner/pixel.
        labels: (M,).
        captions: a text for each box.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    import supervision as sv

    scene = np.ascontiguousarray(image[:, :, ::-1])
    thickness = sv.calculate_optimal_line_thickness(scene.shape[1::-1])
    scale = max(0.3, 0.6 * sv.calculate_optimal_text_scale(scene.shape[1::-1]))
    found = sv.Detections(xyxy=boxes.reshape(-1, 4), class_id=labels.astype(int))
    scene = sv.BoxAnnotator(thickness=thickness).annotate(scene, found)
    labeller = sv.LabelAnnotator(text_scale=scale, text_padding=3, smart_position=True)
    scene = labeller.annotate(scene, found, labels=list(captions))
    return np.ascontiguousarray(scene[:, :, ::-1])

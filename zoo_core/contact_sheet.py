"""Many small pictures on one sheet."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["contact_sheet", "fitted"]

_GAP = 4
_PAPER = 255


def contact_sheet(images: Sequence[NDArray[np.uint8]], columns: int, side: int) -> NDArray[np.uint8]:
    """The images in rows on white, each scaled to fit a square cell.

    Args:
        images: (H, W, 3) uint8 RGB of any sizes; at least one.
        columns: cells in a row.
        side: of a cell, in pixels.

    Returns:
        (height, width, 3) uint8 RGB.
    """
    columns = min(columns, len(images))
    pitch = side + _GAP
    sheet = np.full((math.ceil(len(images) / columns) * pitch + _GAP, columns * pitch + _GAP, 3), _PAPER, np.uint8)
    for place, image in enumerate(images):
        row, column = divmod(place, columns)
        small = fitted(image, side)
        height, width = small.shape[:2]
        top = _GAP + row * pitch + (side - height) // 2
        left = _GAP + column * pitch + (side - width) // 2
        sheet[top : top + height, left : left + width] = small
    return sheet


def fitted(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The image scaled until its longer side is `side`; what is drawn on it later stays sharp."""
    scale = side / max(image.shape[:2])
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, size, interpolation=way), dtype=np.uint8)

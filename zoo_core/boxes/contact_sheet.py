"""Many small pictures on one sheet."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["contact_sheet", "fitted"]

_GAP = 4
_PAPER = 255


def contact_sheet(images: Sequence[NDArray[np.uint8]], columns: int, side: int) -> NDArray[np.uint8]:
    """The images in rows on white, each scaled until its longer side is `side`.

    Args:
        images: (H, W, 3) uint8 RGB of any sizes; at least one.
        columns: images in a row.
        side: side of the square into which each image fits, in pixels.

    Returns:
        (height, width, 3) uint8 RGB.
    """
    small = [fitted(image, side) for image in images]
    columns = min(columns, len(small))
    rows = [small[first : first + columns] for first in range(0, len(small), columns)]
    return _joined([_row(row, columns, side) for row in rows], axis=0)


def _row(images: Sequence[NDArray[np.uint8]], columns: int, side: int) -> NDArray[np.uint8]:
    """Images beside each other in cells as high as the highest of them."""
    height = max(image.shape[0] for image in images)
    cells = np.full((columns, height, side, 3), _PAPER, np.uint8)
    for cell, image in zip(cells, images, strict=False):  # the last row may have empty cells
        top, left = (height - image.shape[0]) // 2, (side - image.shape[1]) // 2
        cell[top : top + image.shape[0], left : left + image.shape[1]] = image
    return _joined(list(cells), axis=1)


def _joined(parts: Sequence[NDArray[np.uint8]], axis: int) -> NDArray[np.uint8]:
    """The parts in a line, with a gap after each but the last."""
    gap = [(0, 0), (0, 0), (0, 0)]
    gap[axis] = (0, _GAP)
    spaced = [np.pad(part, gap, constant_values=_PAPER) for part in parts[:-1]]
    return np.concatenate([*spaced, parts[-1]], axis=axis)


def fitted(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The image scaled until its longer side is `side`; what is drawn on it later stays sharp."""
    scale = side / max(image.shape[:2])
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, size, interpolation=way), dtype=np.uint8)

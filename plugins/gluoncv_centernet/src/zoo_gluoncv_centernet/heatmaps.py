"""Peaks of heatmaps."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["draw_peak", "peak_radius"]


def peak_radius(width: float, height: float, overlap: float) -> int:
    """How far, in cells, the Gaussian of an object reaches.

    Of three ways to move the corners of its box the one that least suffices; each is an equation of second degree. As
    in the code of CornerNet, CenterNet and GluonCV the root of the first and of the second is not the one that the
    paper means, so that the third decides. (Weights that were trained so want it so.)

    Source: Law and Deng, CornerNet, 2018, section 3.2; GluonCV 0.10.5, target_generator.py, _gaussian_radius.

    Args:
        width: of the box in cells; fractions count as a whole cell.
        height: likewise.
        overlap: IoU that should be left at least.
    """
    sides, area = math.ceil(width) + math.ceil(height), math.ceil(width) * math.ceil(height)
    first = sides + math.sqrt(sides**2 - 4 * area * (1 - overlap) / (1 + overlap))
    second = 2 * sides + math.sqrt(4 * sides**2 - 16 * area * (1 - overlap))
    third = -2 * overlap * sides + math.sqrt(4 * overlap**2 * sides**2 + 16 * overlap * area * (1 - overlap))
    return max(int(min(first, second, third) / 2), 0)


def draw_peak(heatmap: NDArray[np.float32], x: float, y: float, radius: int) -> None:
    """Raise a heatmap (H, W) to a Gaussian, 1 in the cell of a point and cut off beyond the radius; none outside."""
    (height, width), row, column = heatmap.shape, math.floor(y), math.floor(x)
    if not (0 <= row < height and 0 <= column < width):
        return
    up, left = min(row, radius), min(column, radius)
    down, right = min(height - 1 - row, radius), min(width - 1 - column, radius)
    deviation = (2 * radius + 1) / 6
    rows, columns = np.ogrid[-up : down + 1, -left : right + 1]
    gaussian = np.exp(-(rows**2 + columns**2) / (2 * deviation**2)).astype(np.float32)
    around = heatmap[row - up : row + down + 1, column - left : column + right + 1]
    np.maximum(around, gaussian, out=around)

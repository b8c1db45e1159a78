"""What the four numbers of a box are in a file, and the way to corners and back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum

__all__ = ["Box", "Layout", "around", "from_corners", "to_corners", "turned"]

Box = tuple[float, float, float, float]
"""Corners (x1, y1, x2, y2)."""


class Layout(StrEnum):
    """What the four numbers of a box are in a format."""

    CORNERS = "x1, y1, x2, y2"
    SIZES = "x, y, width, height"
    CENTERS = "center x, center y, width, height"


def to_corners(numbers: Box, layout: Layout) -> Box:
    """The corners of a box that is written in a layout."""
    first, second, third, fourth = numbers
    if layout is Layout.SIZES:
        return first, second, first + third, second + fourth
    if layout is Layout.CENTERS:
        return first - third / 2, second - fourth / 2, first + third / 2, second + fourth / 2
    return numbers


def from_corners(box: Box, layout: Layout) -> Box:
    """The four numbers of a box in a layout."""
    x1, y1, x2, y2 = box
    if layout is Layout.SIZES:
        return x1, y1, x2 - x1, y2 - y1
    if layout is Layout.CENTERS:
        return (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
    return box


def around(points: Sequence[tuple[float, float]]) -> Box:
    """The corners of the smallest upright box around points (x, y), of which there is at least one."""
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def turned(box: Box, radians: float) -> Box:
    """The smallest upright box around one that is turned about its centre."""
    if not radians:
        return box
    x1, y1, x2, y2 = box
    cos, sin = abs(math.cos(radians)), abs(math.sin(radians))
    half_width, half_height = ((x2 - x1) * cos + (y2 - y1) * sin) / 2, ((x2 - x1) * sin + (y2 - y1) * cos) / 2
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    return x - half_width, y - half_height, x + half_width, y + half_height

"""Sizes and box formats: the words in which images, feature maps and boxes are described.

Standard library only, so that every light module can use it.
"""

from __future__ import annotations

import re
from enum import StrEnum
from numbers import Integral
from typing import NamedTuple, Self

__all__ = ["BoxFormat", "FeatureMap", "ImageSize", "Level", "Placement", "Region", "WarpedPlacement"]


class BoxFormat(StrEnum):
    """What the four numbers of a box mean.

    ``corner`` is (x1, y1, x2, y2), ``center`` is (cx, cy, width, height);
    ``unit`` is measured in widths and heights of the image, ``pixel`` in its pixels.
    """

    CORNER_UNIT = "corner/unit"
    CORNER_PIXEL = "corner/pixel"
    CENTER_UNIT = "center/unit"
    CENTER_PIXEL = "center/pixel"

    @property
    def is_corner(self) -> bool:
        """Whether boxes are (x1, y1, x2, y2) and not (cx, cy, width, height)."""
        return self.value.startswith("corner")

    @property
    def is_unit(self) -> bool:
        """Whether coordinates are fractions of the image and not pixels."""
        return self.value.endswith("unit")


class ImageSize(NamedTuple):
    """Height and width of an image in pixels, in this order; written ``300x400``."""

    height: int
    width: int

    def __str__(self) -> str:
        return f"{self.height}x{self.width}"

    @classmethod
    def parse(cls, value: object) -> ImageSize:
        """Read ``300`` (a square), ``"300x400"``, ``[300, 400]`` or ``{"height":, "width":}``.

        Raises:
            ValueError: `value` is none of these, or a side is not a positive whole number.
        """
        if isinstance(value, str) and (match := re.fullmatch(r"\s*(\d{1,18})\s*(?:[xX]\s*(\d{1,18})\s*)?", value)):
            height, width = match[1], match[2] or match[1]
            return cls._of(int(height), int(width))
        if isinstance(value, Integral):
            return cls._of(value, value)
        if isinstance(value, list | tuple) and len(value) == 2:
            return cls._of(*value)
        if isinstance(value, dict) and value.keys() == {"height", "width"}:
            return cls._of(value["height"], value["width"])
        raise ValueError("an image size is HEIGHTxWIDTH, as 300x400, or one number for a square")

    @classmethod
    def _of(cls, height: object, width: object) -> ImageSize:
        for side in (height, width):
            if not isinstance(side, Integral) or isinstance(side, bool) or int(side) < 1:
                raise ValueError("the sides of an image size are whole numbers of at least 1")
        return cls(int(height), int(width))  # type: ignore[call-overload]  # both were just seen to be integers


class FeatureMap(NamedTuple):
    """The shape of one output of a backbone for one image size.

    `stride` is the distance in input pixels between neighbouring cells by construction
    (the product of the strides on the way); a map of one cell made by global pooling has
    the longer side of the image.
    """

    channels: int
    height: int
    width: int
    stride: int

    def __str__(self) -> str:
        return f"{self.height}x{self.width}"

    @property
    def cells(self) -> int:
        """Number of positions, height x width."""
        return self.height * self.width


class Level(NamedTuple):
    """The cells of one feature map, on each of which stand as many anchors."""

    height: int
    width: int
    stride: int
    per_cell: int

    @property
    def anchors(self) -> int:
        """Number of anchors on it."""
        return self.height * self.width * self.per_cell


class Region(NamedTuple):
    """Part of an image, in its pixels or fractions of them."""

    left: float
    top: float
    width: float
    height: float


class Placement(NamedTuple):
    """Where a resized picture lies in the input of a network.

    `input` is the size of the input and `picture` that of the resized picture in it, whose upper left corner is at
    the row `top` and the column `left`; all in pixels of the input.
    """

    input: ImageSize
    picture: ImageSize
    top: int = 0
    left: int = 0

    @classmethod
    def filling(cls, size: ImageSize) -> Placement:
        """That of a picture that is all of the input."""
        return cls(size, size)

    @property
    def fills(self) -> bool:
        """Whether the picture is all of the input, so that boxes in units of one are boxes in units of the other."""
        return self.input == self.picture

    @property
    def region(self) -> Region:
        """The part of the input that the picture takes."""
        return Region(self.left, self.top, self.picture.width, self.picture.height)


class WarpedPlacement(Placement):
    """Where a picture lies that begins and ends at fractions of a pixel; as a tuple, the nearest whole ones.

    Such a picture is warped: its pixel (i, j) lies at (i, j) times the scale, from its upper left corner, and not half
    a pixel farther.

    Args:
        input: the size of the input.
        region: the part of it that the picture takes.
    """

    _region: Region

    def __new__(cls, input: ImageSize, region: Region) -> Self:
        """One of this region."""
        size = ImageSize(max(round(region.height), 1), max(round(region.width), 1))
        made = super().__new__(cls, input, size, round(region.top), round(region.left))
        made._region = region
        return made

    def __getnewargs__(self) -> tuple[ImageSize, Region]:  # what pickle makes it from
        return self.input, self._region

    @property
    def fills(self) -> bool:
        """False."""
        return False

    @property
    def region(self) -> Region:
        """The part of the input that the picture takes, exactly."""
        return self._region

"""What the modes of Pillow mean in RGB; what they do not say is refused, not guessed."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from zoo_core.common.errors import DatasetError

__all__ = ["ORIENTATION", "as_rgb", "of_wide", "orientation", "upright"]

ORIENTATION = 0x0112
"""The tag of EXIF and TIFF that says how an image is turned."""

_BITS_PER_SAMPLE, _PHOTOMETRIC, _WHITE_IS_ZERO = 258, 262, 0
_STRAIGHT = {"La": "LA", "RGBa": "RGBA"}
"""Modes whose colours are multiplied by alpha already, and those where they are not."""
_WHITES = (1, 0xFF, 0xFFFF)
"""What may be white where numbers are wider than 16 bits: fractions, 8 bits and 16 bits are usual."""
_SIXTEEN_BITS = ("PNG", "PPM")
"""Formats of which Pillow gives 16 bits in its mode of 32."""


def as_rgb(image: Image.Image, place: object) -> NDArray[np.uint8]:
    """The pixels of an image as they lie in it, (H, W, 3) uint8 RGB; alpha is dropped.

    Of numbers with more than 8 bits the highest 8 are taken, as OpenCV does it.

    Args:
        image: image of any mode.
        place: what messages call it.

    Raises:
        DatasetError: what its numbers mean is not known.
    """
    if image.mode.startswith("I") or image.mode == "F":
        return np.asarray(cv2.cvtColor(_grey(image, place), cv2.COLOR_GRAY2RGB), dtype=np.uint8)
    if image.mode == "LAB":
        raise DatasetError(f"{place}: is in CIELAB, which cannot be read as RGB without loss; save it as RGB")
    if image.mode in _STRAIGHT:
        image = image.convert(_STRAIGHT[image.mode])
    return np.array(image.convert("RGB"))


def _grey(image: Image.Image, place: object) -> NDArray[np.uint8]:
    image.load()
    values, tags = np.asarray(image), getattr(image, "tag_v2", {})
    if image.mode != "F" and (image.mode != "I" or image.format in _SIXTEEN_BITS):
        bits = 12 if tags.get(_BITS_PER_SAMPLE) == (12,) else 16
        grey = (values >> (bits - 8)).astype(np.uint8)
    else:
        grey = of_wide(values, place)
    return ~grey if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO else grey


def of_wide(values: NDArray[Any], place: object) -> NDArray[np.uint8]:
    """8 bits of numbers that have no white by themselves: it is the least usual one that none of them exceeds.

    Raises:
        DatasetError: they exceed all, or are negative or not numbers.
    """
    least, most = float(values.min()), float(values.max())
    whole = np.issubdtype(values.dtype, np.integer)
    white = next((each for each in _WHITES[whole:] if most <= each), None)
    if white is None or not least >= 0:  # nor where one of them is not a number
        raise DatasetError(
            f"{place}: its pixels are {values.dtype} from {least:g} to {most:g}, and what black and white are "
            "is not known; scale them to 0 to 1, or save them with 8 or 16 bits"
        )
    return np.minimum(values * (256 / white), 255).astype(np.uint8)


def orientation(image: Image.Image) -> int:
    """How an image must be turned to stand upright, as EXIF counts it: 1 when it does.

    It is in EXIF data (JPEG, PNG, WebP), in a tag (TIFF), or in XMP, in this order.
    """
    found = image.getexif().get(ORIENTATION, 1)
    return found if found in range(1, 9) else 1


def upright(pixels: NDArray[np.uint8], turned: int) -> NDArray[np.uint8]:
    """Pixels turned and mirrored so as an orientation asks for, contiguous."""
    if turned == 1:
        return pixels
    if turned >= 5:  # rows are columns
        pixels = pixels.transpose(1, 0, 2)
    if turned in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if turned in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)

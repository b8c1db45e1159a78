"""Text as pixels, in any letters for which a font is there."""

from __future__ import annotations

import math
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from zoo_core.common.colours import Colour

__all__ = ["Lettering", "draw_text", "lettering", "shortened", "text_mask"]

_MARGIN = 2
"""Pixels left and right of a text."""


class Lettering(NamedTuple):
    """A line of text, and the file of the font in which it is set."""

    text: str
    font: Path


@lru_cache(4096)
def lettering(text: str) -> Lettering:
    """How a text is set, in one line.

    DejaVu Sans, which comes with Matplotlib, has Latin, Greek, Cyrillic and Arabic letters. Where it lacks some, the
    font of the system that has most of them is taken. Letters that it lacks, too, are shown by their numbers, as
    Python and JSON write them.
    """
    line = " ".join(text.split())
    letters = frozenset(map(ord, line))
    usual = Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    font = usual if _has(usual, letters) == len(letters) else max(_fonts(usual), key=lambda each: _has(each, letters))
    face = FT2Font(font)
    return Lettering("".join(each if face.get_char_index(ord(each)) else ascii(each)[1:-1] for each in line), font)


@cache
def _fonts(usual: Path) -> tuple[Path, ...]:
    """The usual font, and those of the system."""
    return (usual, *sorted(map(Path, font_manager.findSystemFonts())))


def _has(font: Path, letters: frozenset[int]) -> int:
    """How many of the letters a font has; none where it cannot be read, or is made of pictures of one size."""
    try:
        face = FT2Font(font)
    except (OSError, RuntimeError, ValueError):
        return 0
    return sum(bool(face.get_char_index(each)) for each in letters) if face.scalable else 0


@lru_cache(256)
def _sized(font: Path, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font, size)


@lru_cache(2048)
def text_mask(text: str, size: int) -> NDArray[np.float32]:
    """How much of each pixel of a text (height, width) is letter, from 0 to 1; equally high for all texts of a size.

    Args:
        text: in one line, as `lettering` gives it.
        size: of its letters, in pixels.
    """
    font = _sized(lettering(text).font, size)
    left, _, right, _ = font.getbbox(text, anchor="ls")
    _, top, _, bottom = font.getbbox("Ág", anchor="ls")
    image = Image.new("L", (math.ceil(right - left) + 2 * _MARGIN, math.ceil(bottom - top) + 2))
    ImageDraw.Draw(image).text((_MARGIN - left, 1 - top), text, fill=255, font=font, anchor="ls")
    return np.asarray(image, np.float32) / 255


def draw_text(scene: NDArray[np.uint8], text: str, left: int, top: int, size: int, ink: Colour) -> None:
    """Draw a line of text into an image (H, W, 3) RGB; what would stick out of it is not drawn."""
    patch = scene[top:, left:]
    mask = text_mask(text, size)[: patch.shape[0], : patch.shape[1], None]
    patch = patch[: mask.shape[0], : mask.shape[1]]
    patch[...] = np.rint(np.array(ink) * mask + patch * (1 - mask))


def shortened(text: str, size: int, width: int) -> str:
    """The text, its middle left out where it is wider than so many pixels: ends tell names of files apart."""
    line = lettering(text).text
    if text_mask(line, size).shape[1] <= width:
        return line
    kept = len(line) - 1
    while kept > 1 and text_mask(_cut(line, kept), size).shape[1] > width:
        kept -= 1
    return _cut(line, kept)


def _cut(line: str, kept: int) -> str:
    return f"{line[: kept // 2]}\N{HORIZONTAL ELLIPSIS}{line[len(line) - (kept - kept // 2) :]}"

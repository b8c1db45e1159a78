"""Captions beside boxes: where they go so that they hide nothing, and how they are drawn."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.ft2font import FT2Font
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

__all__ = ["Caption", "draw_caption", "drawable", "placed_captions"]

_SIDE_TO_SIZE = 55
"""The shorter side of a picture, by the height of its letters."""
_SMALLEST, _USUAL = 7, 10
"""Pixels of letters that can be read, and from which on they are read with ease."""
_HIDDEN = 1 / 8
"""The largest fraction of a box that a caption may cover."""
_MARGIN = 2
_DARK = 140
"""Colours of less luminance have white letters on them."""


class Caption(NamedTuple):
    """A caption at its position.

    Attributes:
        text: its text.
        left, top: of its background, in pixels.
        size: size of its letters, in pixels.
    """

    text: str
    left: int
    top: int
    size: int


def placed_captions(texts: Sequence[str], boxes: NDArray[np.float32], shape: tuple[int, ...]) -> list[Caption | None]:
    """A position for the caption of each box: above it, below, beside, or in one of its corners.

    None covers another, or more than an eighth of any box. Where none is free, letters are made smaller.

    Args:
        texts: one for each box; the first ones choose first.
        boxes: (M, 4) corner/pixel.
        shape: height and width of the picture.

    Returns:
        For each box its caption, or None where no readable one fits.
    """
    usual = max(_USUAL, round(min(shape) / _SIDE_TO_SIZE))
    sizes = sorted({max(_SMALLEST, round(usual * share)) for share in (1, 0.85, 0.7)}, reverse=True)
    taken = np.zeros((0, 4), np.float32)
    captions: list[Caption | None] = []
    for text, box in zip(texts, boxes, strict=True):
        line = drawable(text)
        caption = next(_places(line, box, sizes, boxes, taken, shape), None) if line else None
        captions.append(caption)
        if caption is not None:
            taken = np.vstack([taken, _corners(caption)])
    return captions


def _places(
    text: str,
    box: NDArray[np.float32],
    sizes: Sequence[int],
    boxes: NDArray[np.float32],
    taken: NDArray[np.float32],
    shape: tuple[int, ...],
) -> Iterator[Caption]:
    """The best position for each size of letters that has one."""
    areas = np.maximum((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), 1)
    for size in sizes:
        height, width = _text_mask(text, size).shape
        around = _around(box, width, height, shape)
        inside = (around[:, :2] >= 0).all(1) & (around[:, 2:] <= (shape[1], shape[0])).all(1)
        hidden = _shared(around, boxes) / areas
        free = inside & ~_shared(around, taken).any(1) & (hidden <= _HIDDEN).all(1)
        if free.any():
            # In the box of another a caption would seem to be the other's: its own corner is better.
            strange = np.where((boxes == box).all(1), hidden, 2 * hidden).max(1)
            left, top = around[np.where(free, strange, np.inf).argmin(), :2]
            yield Caption(text, int(left), int(top), size)


def _around(box: NDArray[np.float32], width: int, height: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """The positions that are tried, the usual ones first, as (N, 4) corners; moved sideways into the picture."""
    x1, y1, x2, y2 = np.floor(box[:2]).tolist() + np.ceil(box[2:]).tolist()
    places = [(x, y) for y in (y1 - height, y2 + 1) for x in (x1, x2 - width, (x1 + x2 - width) / 2)]
    places += [(x, y) for x in (x2 + 1, x1 - width - 1) for y in (y1, y2 - height)]
    places += [(x, y) for y in (y1, y2 - height) for x in (x1, x2 - width)]
    corners = np.array([(max(0, min(x, shape[1] - width)), y) for x, y in places[:6]] + places[6:], np.float32)
    corners = np.floor(corners)
    return np.hstack([corners, corners + np.array([width, height], np.float32)])


def _shared(some: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """The area that each of some boxes (N, 4) has in common with each of others (M, 4)."""
    first = np.maximum(some[:, None, :2], others[None, :, :2])
    last = np.minimum(some[:, None, 2:], others[None, :, 2:])
    sides = np.maximum(last - first, 0)
    return np.asarray(sides[..., 0] * sides[..., 1], np.float32)


def _corners(caption: Caption) -> NDArray[np.float32]:
    height, width = _text_mask(caption.text, caption.size).shape
    return np.array([[caption.left, caption.top, caption.left + width, caption.top + height]], np.float32)


@cache
def _font_file() -> Path:
    """DejaVu Sans, which comes with Matplotlib and has Latin, Greek, Cyrillic and Arabic letters."""
    return Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_font_file(), size)


def drawable(text: str) -> str:
    """A line of text in letters that are drawn; others are shown by their numbers, as Python and JSON write them."""
    line = " ".join(text.split())
    return "".join(each if ord(each) in _letters() else ascii(each)[1:-1] for each in line)


@cache
def _letters() -> frozenset[int]:
    return frozenset(FT2Font(_font_file()).get_charmap())


@lru_cache(1024)
def _text_mask(text: str, size: int) -> NDArray[np.float32]:
    """How much of each pixel of a caption (height, width) is letter, from 0 to 1."""
    font = _font(size)
    left, _, right, _ = font.getbbox(text, anchor="ls")
    _, top, _, bottom = font.getbbox("Ág", anchor="ls")
    image = Image.new("L", (math.ceil(right - left) + 2 * _MARGIN, math.ceil(bottom - top) + 2))
    ImageDraw.Draw(image).text((_MARGIN - left, 1 - top), text, fill=255, font=font, anchor="ls")
    return np.asarray(image, np.float32) / 255


def draw_caption(scene: NDArray[np.uint8], caption: Caption, colour: tuple[int, int, int]) -> None:
    """Draw a caption into an image (H, W, 3) RGB, on a background of a colour."""
    mask = _text_mask(caption.text, caption.size)[..., None]
    height, width = mask.shape[:2]
    luminance = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
    letters = 255 if luminance < _DARK else 0
    patch = scene[caption.top : caption.top + height, caption.left : caption.left + width]
    patch[...] = np.rint(letters * mask + np.array(colour) * (1 - mask))

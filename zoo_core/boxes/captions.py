"""Captions beside boxes: where they go so that they hide nothing, and how they are drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.lettering import draw_text, lettering, text_mask
from zoo_core.common.colours import Colour, text_colour

__all__ = ["Caption", "captions_or_numbers", "draw_caption", "letter_size", "placed_captions"]

_SIDE_TO_SIZE = 55
"""The shorter side of a picture, by the height of its letters."""
_SMALLEST, _USUAL = 7, 10
"""Pixels of letters that can be read, and from which on they are read with ease."""
_HIDDEN = 1 / 8
"""The share of any box that a caption may cover."""
_HIDDEN_IN_ALL, _WITH_NUMBERS = 1 / 4, 1 / 3
"""The share of any box that all captions may cover together, and that they and numbers may."""


class Caption(NamedTuple):
    """A text in its place.

    Attributes:
        text: what it says.
        left, top: of its background, in pixels.
        size: of its letters, in pixels.
    """

    text: str
    left: int
    top: int
    size: int

    @property
    def extent(self) -> tuple[int, int]:
        """Height and width of its background, in pixels."""
        height, width = text_mask(self.text, self.size).shape
        return height, width


def letter_size(shape: tuple[int, ...]) -> int:
    """The usual size of letters in a picture of a height and width, in pixels."""
    return max(_USUAL, round(min(shape[:2]) / _SIDE_TO_SIZE))


def captions_or_numbers(
    texts: Sequence[str], boxes: NDArray[np.float32], shape: tuple[int, ...]
) -> tuple[list[Caption | None], list[int]]:
    """A caption for each box as `placed_captions` gives them, and a number where there is room for no more.

    Args:
        texts: one for each box; the first ones choose first. An empty one needs no caption.
        boxes: (M, 4) corner/pixel.
        shape: height and width of the picture.

    Returns:
        For each box its caption, or None where not even its number has a place; and the indices of the boxes that
        need an entry in a legend, in the order of their numbers, which begin at 1.
    """
    placed = placed_captions(texts, boxes, shape)
    left_out = [index for index, caption in enumerate(placed) if caption is None and texts[index].strip()]
    numbers = [""] * len(texts)
    for number, index in enumerate(left_out, 1):
        numbers[index] = str(number)
    numbered = placed_captions(numbers, boxes, shape, [caption for caption in placed if caption], _WITH_NUMBERS)
    return [caption or number for caption, number in zip(placed, numbered, strict=True)], left_out


def placed_captions(
    texts: Sequence[str],
    boxes: NDArray[np.float32],
    shape: tuple[int, ...],
    others: Sequence[Caption] = (),
    most_hidden: float = _HIDDEN_IN_ALL,
) -> list[Caption | None]:
    """A place for the caption of each box: above it, below, beside, or in one of its corners.

    None covers another, or more than an eighth of any box. Where there is no such place, letters are made smaller.

    Args:
        texts: one for each box; the first ones choose first.
        boxes: (M, 4) corner/pixel.
        shape: height and width of the picture.
        others: captions that have a place already.
        most_hidden: the share of any box that all of them may cover together.

    Returns:
        For each box its caption, or None where no readable one has a place.
    """
    usual = letter_size(shape)
    sizes = sorted({max(_SMALLEST, round(usual * share)) for share in (1, 0.85, 0.7)}, reverse=True)
    taken = np.concatenate([np.zeros((0, 4), np.float32), *map(_corners, others)])
    captions: list[Caption | None] = []
    for text, box in zip(texts, boxes, strict=True):
        line = lettering(text).text
        caption = next(_places(line, box, sizes, boxes, taken, shape, most_hidden), None) if line else None
        captions.append(caption)
        if caption is not None:
            taken = np.concatenate([taken, _corners(caption)])
    return captions


def _places(
    text: str,
    box: NDArray[np.float32],
    sizes: Sequence[int],
    boxes: NDArray[np.float32],
    taken: NDArray[np.float32],
    shape: tuple[int, ...],
    most_hidden: float,
) -> Iterator[Caption]:
    """The best place for each size of letters that has one."""
    areas = np.maximum((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), 1)
    room = most_hidden - _shared(taken, boxes).sum(0) / areas
    for size in sizes:
        height, width = text_mask(text, size).shape
        around = _around(box, width, height, shape)
        inside = (around[:, :2] >= 0).all(1) & (around[:, 2:] <= (shape[1], shape[0])).all(1)
        hidden = _shared(around, boxes) / areas
        free = inside & ~_shared(around, taken).any(1) & (hidden <= np.minimum(_HIDDEN, np.maximum(room, 0))).all(1)
        if free.any():
            # In the box of another a caption would seem to be the other's: its own corner is better.
            strange = np.where((boxes == box).all(1), hidden, 2 * hidden).max(1)
            left, top = around[np.where(free, strange, np.inf).argmin(), :2]
            yield Caption(text, int(left), int(top), size)


def _around(box: NDArray[np.float32], width: int, height: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """The places that are tried, the usual ones first, as (N, 4) corners; moved sideways into the picture."""
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
    height, width = caption.extent
    return np.array([[caption.left, caption.top, caption.left + width, caption.top + height]], np.float32)


def draw_caption(scene: NDArray[np.uint8], caption: Caption, colour: Colour) -> None:
    """Draw a caption into an image (H, W, 3) RGB, on a background of a colour."""
    height, width = caption.extent
    scene[caption.top : caption.top + height, caption.left : caption.left + width] = colour
    draw_text(scene, caption.text, caption.left, caption.top, caption.size, text_colour(colour))

"""Legends: what a number or a colour stands for, in columns on white."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.captions import Caption, draw_caption
from zoo_core.boxes.lettering import draw_text, lettering, shortened, text_mask
from zoo_core.common.colours import Colour, class_colour

__all__ = ["INK", "PAPER", "Entry", "class_entries", "legend", "width_of"]

INK: Colour = (27, 39, 51)
PAPER = 255
"""The grey of the background."""


class Entry(NamedTuple):
    """A line of a legend.

    Attributes:
        text: what it says.
        colour: of the mark before it.
        mark: what is written on that: a number, or nothing.
    """

    text: str
    colour: Colour
    mark: str = ""


def class_entries(class_names: Sequence[str], labels: NDArray[np.int64]) -> list[Entry]:
    """An entry for each class that has a label, in the order of the classes."""
    return [Entry(class_names[label], class_colour(label)) for label in np.unique(labels).tolist()]


def legend(entries: Sequence[Entry], width: int, size: int) -> NDArray[np.uint8]:
    """The entries beside and below each other.

    Args:
        entries: at least one.
        width: of the picture to make; entries that are wider lose their middle.
        size: of the letters, in pixels.

    Returns:
        (height, width, 3) uint8 RGB.
    """
    marks = _widest([_spaced(each.mark) for each in entries], size)
    gap, line = math.ceil(size / 3), text_mask("", size).shape[0]
    texts = [shortened(each.text, size, width - marks - gap) for each in entries]
    column = marks + gap + _widest(texts, size) + 2 * gap
    columns = max(1, (width + 2 * gap) // column)
    rows = math.ceil(len(entries) / columns)
    panel = np.full((rows * (line + gap) - gap, width, 3), PAPER, np.uint8)
    for place, (entry, text) in enumerate(zip(entries, texts, strict=True)):
        left, top = place % columns * column, place // columns * (line + gap)
        draw_caption(panel, Caption(_spaced(entry.mark), left, top, size), entry.colour)
        draw_text(panel, text, left + marks + gap, top, size, INK)
    return panel


def width_of(entries: Sequence[Entry], size: int) -> int:
    """How wide a legend has to be so that each entry is whole."""
    texts = [lettering(each.text).text for each in entries]
    return _widest([_spaced(each.mark) for each in entries], size) + math.ceil(size / 3) + _widest(texts, size)


def _widest(texts: Sequence[str], size: int) -> int:
    return max(text_mask(text, size).shape[1] for text in texts)


def _spaced(mark: str) -> str:
    """A mark that is not too narrow to show its colour."""
    return mark or "\N{FIGURE SPACE}" * 2

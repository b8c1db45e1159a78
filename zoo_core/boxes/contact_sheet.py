"""Many small pictures on one sheet, with a title, a legend and the name of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.legend import INK, PAPER, Entry, legend
from zoo_core.boxes.lettering import draw_text, shortened, text_mask
from zoo_core.common.colours import Colour

__all__ = ["SheetHead", "contact_sheet", "fitted"]

_GAP, _WIDE_GAP = 4, 20
"""Pixels between pictures that belong together, and between others."""
_MARGIN = 16
_TITLE, _TEXT, _NAME = 20, 13, 12
"""Sizes of letters, in pixels."""
_SOFT: Colour = (90, 104, 118)
_NARROWEST = 480
"""Pixels of a sheet, so that a title has room over a single picture too."""


class SheetHead(NamedTuple):
    """What stands above the pictures of a sheet.

    Attributes:
        title: of what it shows.
        note: how to read it.
        entries: of the legend; none for no legend.
    """

    title: str
    note: str = ""
    entries: Sequence[Entry] = ()


def contact_sheet(
    images: Sequence[NDArray[np.uint8]],
    names: Sequence[str],
    head: SheetHead,
    columns: int,
    side: int,
    together: int = 1,
) -> NDArray[np.uint8]:
    """The images in rows on white, each scaled until its longer side is `side`, under its name.

    Args:
        images: (H, W, 3) uint8 RGB of any sizes; at least one.
        names: one for each image; one that is too long loses its middle.
        head: what stands above them.
        columns: images in a row.
        side: of the square into which each image fits, in pixels.
        together: so many images, one after the other, belong together and lie closer.

    Returns:
        (height, width, 3) uint8 RGB.
    """
    cells = [_named(fitted(image, side), name, side) for image, name in zip(images, names, strict=True)]
    columns = min(columns, len(cells))
    gaps = [_WIDE_GAP if column % together == 0 else _GAP for column in range(1, columns)]
    rows = [_row(cells[first : first + columns], gaps, side) for first in range(0, len(cells), columns)]
    body = _stacked(rows, _WIDE_GAP)
    body = _widened(body, max(body.shape[1], _NARROWEST))
    return np.pad(
        _stacked([*_head(head, body.shape[1]), body], _TEXT),
        [(_MARGIN, _MARGIN), (_MARGIN, _MARGIN), (0, 0)],
        constant_values=PAPER,
    )


def _head(head: SheetHead, width: int) -> list[NDArray[np.uint8]]:
    lines = [_line(head.title, _TITLE, width, INK)]
    if head.note:
        lines.append(_line(head.note, _TEXT, width, _SOFT))
    if head.entries:
        lines.append(legend(head.entries, width, _TEXT))
    return lines


def _line(text: str, size: int, width: int, ink: Colour) -> NDArray[np.uint8]:
    line = np.full((text_mask("", size).shape[0], width, 3), PAPER, np.uint8)
    draw_text(line, shortened(text, size, width), 0, 0, size, ink)
    return line


def _named(image: NDArray[np.uint8], name: str, side: int) -> NDArray[np.uint8]:
    """An image under its name, in a cell that is `side` wide."""
    left = (side - image.shape[1]) // 2
    padded = np.pad(image, [(0, 0), (left, side - left - image.shape[1]), (0, 0)], constant_values=PAPER)
    return np.concatenate([_line(name, _NAME, side, INK), padded])


def _row(cells: Sequence[NDArray[np.uint8]], gaps: Sequence[int], side: int) -> NDArray[np.uint8]:
    """Cells beside each other, as high as the highest of them; the last row may have some fewer."""
    height = max(cell.shape[0] for cell in cells)
    row = np.full((height, side * (len(gaps) + 1) + sum(gaps), 3), PAPER, np.uint8)
    for place, cell in enumerate(cells):
        left = place * side + sum(gaps[:place])
        row[: cell.shape[0], left : left + side] = cell
    return row


def _stacked(parts: Sequence[NDArray[np.uint8]], gap: int) -> NDArray[np.uint8]:
    """Parts of one width below each other."""
    spaced = [np.pad(part, [(0, gap), (0, 0), (0, 0)], constant_values=PAPER) for part in parts[:-1]]
    return np.concatenate([*spaced, parts[-1]])


def _widened(image: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    return np.pad(image, [(0, 0), (0, width - image.shape[1]), (0, 0)], constant_values=PAPER)


def fitted(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The image scaled until its longer side is `side`; what is drawn on it later stays sharp."""
    scale = side / max(image.shape[:2])
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, size, interpolation=way), dtype=np.uint8)

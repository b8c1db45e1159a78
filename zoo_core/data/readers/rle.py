"""The box around a mask in COCO's run lengths: how many pixels are without and with it in turn, column by column.

Source: pycocotools, ``maskApi.c``, rleFrString and rleToBbox.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from zoo_core.data.readers.layouts import Box

__all__ = ["box_of_runs"]

_FIRST, _BITS, _MORE, _SIGN = 48, 5, 0x20, 0x10
"""The character of 0; the bits of a number in a character; the bit that says that it goes on; the bit of its sign."""

_LONGEST = 60
"""Bits of a number, at most: no mask has so many pixels."""


def box_of_runs(written: object, height: int) -> Box | None:
    """The corners of the box around all pixels of a mask; None where there are none, or it is not written so.

    Args:
        written: the string of numbers.
        height: of the picture, in pixels.
    """
    try:
        ends = [*accumulate(_numbers(written))] if isinstance(written, str) else []
    except ValueError:
        return None
    runs = [(start, end - 1) for start, end in zip(ends[::2], ends[1::2], strict=False) if end > start]
    if not runs or height < 1 or any(start < 0 for start, _ in runs):
        return None
    columns = [place // height for run in runs for place in run]
    rows = [row for start, end in runs for row in _rows(start, end, height)]
    return float(min(columns)), float(min(rows)), float(max(columns) + 1), float(max(rows) + 1)


def _rows(start: int, end: int, height: int) -> tuple[int, int]:
    """The first and the last row of a run; one that goes on in the next column touches both edges."""
    return (start % height, end % height) if start // height == end // height else (0, height - 1)


def _numbers(written: str) -> Iterator[int]:
    """The numbers in a string: those from the fourth on are differences to the last but one before."""
    before: list[int] = []
    value = shift = 0
    for character in written:
        bits = ord(character) - _FIRST
        if not 0 <= bits < 2 * _MORE or shift > _LONGEST:
            raise ValueError(character)
        value |= (bits & (_MORE - 1)) << shift
        shift += _BITS
        if bits & _MORE:
            continue
        if bits & _SIGN:
            value -= 1 << shift
        before.append(value + (before[-2] if len(before) > 2 else 0))
        yield before[-1]
        value = shift = 0

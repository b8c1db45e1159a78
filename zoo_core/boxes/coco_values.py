"""Numbers as files of COCO have them, whoever wrote these: as a number, as a text, or with a point."""

from __future__ import annotations

import math

__all__ = ["CocoId", "coco_id", "coco_number", "written_id"]

CocoId = int | str
"""What an image or a category is called by."""
_MOST_DIGITS = 18
"""A longer text is no number that anybody counts with."""


def coco_id(value: object) -> CocoId | None:
    """An id, where 7, 7.0 and "7" are one and the same; None when it is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str):
        text = value.strip()
        digits = text.removeprefix("-")
        return int(text) if digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS else value
    return None


def written_id(value: object) -> CocoId | None:
    """An id as its file writes it, by which other tools look it up; None when it is none."""
    return value if isinstance(value, str) else coco_id(value)


def coco_number(value: object) -> float | None:
    """The finite number that a value or text is, else None: for no number is too long for a float either."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None

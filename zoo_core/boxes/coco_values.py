"""Numbers as COCO files of any writer have them: as a number, as a string, or with a decimal point."""

from __future__ import annotations

import math

__all__ = ["CocoId", "coco_id", "coco_number", "written_id"]

CocoId = int | str
"""What an image or a category is called by."""
_MOST_DIGITS = 18
"""Characters; a longer string is not a number that anybody uses."""


def coco_id(value: object) -> CocoId | None:
    """An id, where 7, 7.0 and "7" are equal; None when the value is not an id."""
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
    """An id as its file writes it, by which other tools look it up; None when the value is not an id."""
    return value if isinstance(value, str) else coco_id(value)


def coco_number(value: object) -> float | None:
    """The finite number that a value or string stands for, else None, also for numbers too large for a float."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None

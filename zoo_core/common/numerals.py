"""Whole numbers in names of files and in keys of tables."""

from __future__ import annotations

__all__ = ["whole_number"]


def whole_number(text: str) -> int | None:
    """The number that a text of the digits 0 to 9 alone says; None for any other text.

    `str.isdigit` would let pass what `int` refuses, as ``²``, and `int` what no tool writes, as ``1_000`` and ``٣``.
    """
    return int(text) if text.isascii() and text.isdecimal() else None

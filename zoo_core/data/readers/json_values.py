"""Numbers, points and sizes in JSON that others wrote: of any type, or missing."""

from __future__ import annotations

import math

from zoo_core.parts.geometry import ImageSize

__all__ = ["number_of", "points_of", "size_of"]


def size_of(height: object, width: object) -> ImageSize | None:
    """The size of a picture; None where it is not two numbers from 1 on."""
    rows, columns = number_of(height), number_of(width)
    return ImageSize(int(rows), int(columns)) if rows and columns and min(rows, columns) >= 1 else None


def points_of(written: object) -> list[tuple[float, float]]:
    """The points of a shape; none when one is not two numbers."""
    points = []
    for each in written if isinstance(written, list) else ():
        numbers = [number_of(value) for value in each] if isinstance(each, list) else []
        if len(numbers) != 2 or numbers[0] is None or numbers[1] is None:
            return []
        points.append((numbers[0], numbers[1]))
    return points


def number_of(value: object) -> float | None:
    """The finite number that a value of JSON is, else None."""
    try:
        number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    except OverflowError:  # an integer of hundreds of digits
        return None
    return number if math.isfinite(number) else None

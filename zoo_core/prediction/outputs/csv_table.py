"""Predictions as a table, a row an object."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zoo_core.prediction.outputs import Add, FoundObjects
from zoo_core.prediction.outputs.text_file import TextFile
from zoo_core.prediction.sources.pictures import Picture

__all__ = ["CSV_COLUMNS", "csv_table"]

CSV_COLUMNS = ("source", "frame", "name", "score", "x1", "y1", "x2", "y2")
"""Boxes are corners in pixels of the picture; `frame` is empty where the source is not a video."""
_TRACK = "track"
"""The column of the numbers of tracked objects."""


@contextmanager
def csv_table(path: Path, *, tracked: bool = False) -> Iterator[Add]:
    """Writes a row for each object, as they come; a picture without any has no row.

    Args:
        path: path of the file, which is written atomically.
        tracked: whether objects have numbers, which are then the last column.

    Raises:
        DatasetError: the file cannot be written.
    """
    with TextFile(path) as file:
        rows = csv.writer(file)
        rows.writerow([*CSV_COLUMNS, _TRACK] if tracked else CSV_COLUMNS)

        def add(picture: Picture, found: FoundObjects) -> None:
            frame = "" if picture.frame is None else picture.frame
            numbers = [()] * len(found.names) if found.tracks is None else found.tracks[:, None].tolist()
            for (box, score, name), number in zip(found, numbers, strict=True):
                corners = [f"{value:.2f}" for value in box]
                rows.writerow([picture.input.name, frame, name, f"{score:.6g}", *corners, *number])

        yield add

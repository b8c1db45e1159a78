"""What was found in one picture as a file of the kind that its ending says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from zoo_core.common.errors import DatasetError
from zoo_core.common.writing import check_writable, write_text, writing
from zoo_core.data.pipeline.image_writing import write_image
from zoo_core.data.pipeline.images import IMAGE_SUFFIXES
from zoo_core.prediction.outputs import FoundObjects
from zoo_core.prediction.outputs.csv_table import csv_table
from zoo_core.prediction.outputs.lines import as_json_line, summaries
from zoo_core.prediction.sources.finding import Input
from zoo_core.prediction.sources.pictures import Picture

__all__ = ["save"]


def save(found: FoundObjects, path: Path) -> None:
    """Write what was found in a picture: drawn on it, or as JSON, CSV or words; see `Detections.save`.

    Raises:
        DatasetError: the file cannot be written, or its ending says no kind of file.
    """
    check_writable(path, DatasetError, [*IMAGE_SUFFIXES, *_WRITERS])
    suffix = path.suffix.lower()
    if suffix in IMAGE_SUFFIXES:
        write_image(found.plot(), path)
    else:
        name = found.source or "picture"
        _WRITERS[suffix](Picture(None, Input(name, Path(name)), found.frame, time=found.time), found, path)


def _as_json(picture: Picture, found: FoundObjects, path: Path) -> None:
    _write(as_json_line(picture, found), path)


def _as_table(picture: Picture, found: FoundObjects, path: Path) -> None:
    with csv_table(path, tracked=found.tracks is not None) as add:
        add(picture, found)


def _in_words(picture: Picture, found: FoundObjects, path: Path) -> None:
    lines: list[str] = []
    with summaries(lines.append) as add:
        add(picture, found)
    _write("\n".join(lines), path)


def _write(text: str, path: Path) -> None:
    with writing(path, DatasetError):
        write_text(path, f"{text}\n")


_WRITERS: dict[str, Callable[[Picture, FoundObjects, Path], None]] = {
    ".json": _as_json,
    ".csv": _as_table,
    ".txt": _in_words,
}
"""What writes text, by the ending of the file."""

"""Files read within bounds; what cannot be read raises the error that the caller names."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from zoo_core.common.files import MakesError, kind_of, names_beside, reason
from zoo_core.common.messages import did_you_mean

__all__ = ["MOST_DATA", "MOST_TEXT", "read_bytes", "read_text", "reading"]

MOST_TEXT = 1 << 26
"""Bytes; a larger configuration or list is not read: 64 MB."""
MOST_DATA = 1 << 31
"""A larger file of annotations, detections or weights is not read into memory: 2 GB."""


@contextmanager
def reading(path: Path, error: MakesError, most: int = MOST_DATA) -> Iterator[BinaryIO]:
    """A regular file, open for its bytes; a pipe or a device, which may have no end, is not opened.

    Args:
        path: path of the file.
        error: makes the error.
        most: bytes that it may have.

    Raises:
        ZooError: made by `error`; it is missing, not a regular file or too large, or cannot be read.
    """
    try:
        facts = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        near = (name for name in names_beside(path) if name != path.name)  # which a link to nowhere has
        raise error(f"{path}: no such file{did_you_mean(path.name, near)}") from None
    except (OSError, ValueError) as cause:
        raise error(f"{path}: cannot be read: {reason(cause)}") from None
    if stat.S_ISDIR(facts.st_mode):
        raise error(f"{path}: cannot be read: is a folder, not a file")
    if not stat.S_ISREG(facts.st_mode):
        raise error(f"{path}: cannot be read: is a {kind_of(facts.st_mode)}, not a regular file")
    if facts.st_size > most:
        raise error(f"{path}: cannot be read: has {facts.st_size} bytes, but at most {most} ({most >> 20} MB) are read")
    try:
        with path.open("rb") as file:
            yield file
    except OSError as cause:
        raise error(f"{path}: cannot be read: {reason(cause)}") from None


def read_bytes(path: Path, error: MakesError, most: int = MOST_DATA) -> bytes:
    """The content of a file; arguments and errors as for `reading`."""
    with reading(path, error, most) as file:
        return file.read()


def read_text(path: Path, error: MakesError, most: int = MOST_TEXT) -> str:
    """The content of a text file in UTF-8, without a byte order mark.

    Raises:
        ZooError: as `reading`, or it is not UTF-8.
    """
    try:
        return read_bytes(path, error, most).decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        byte = cause.object[cause.start]
        raise error(f"{path}: is not text in UTF-8: byte {cause.start + 1} is {byte:#04x}") from None

"""Files that are read within bounds, and written whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from zoo_core.errors import ZooError, did_you_mean

__all__ = ["is_file", "read_bytes", "reading", "remove_unfinished", "replacing", "write_text"]

MOST_DATA = 1 << 31
"""A larger file of annotations, detections or weights is not read into memory: 2 GB."""
LONGEST_NAME = 255
"""Bytes in the name of a file, at most, on the usual file systems."""

_ASKED_BESIDE = 2000
"""So many names in a folder are compared with one that is not there."""

Told = Callable[[str], ZooError]
"""Makes an error of a message, as the classes of `zoo_core.errors` do."""


def is_file(path: Path) -> bool:
    """Whether it is a regular file; False too where that cannot be seen."""
    return os.path.isfile(path)  # noqa: PTH113 -- pathlib's raises where the name is too long, or a folder locked


def reason(fault: Exception) -> str:
    """Why something could not be done with a file, in the words of the system."""
    if isinstance(fault, ValueError):  # a zero byte, or letters that file systems do not have
        return "no file can have this name"
    return getattr(fault, "strerror", None) or str(fault) or type(fault).__name__


def names_beside(path: Path) -> list[str]:
    """The names in the folder of a path, to suggest one; none where they cannot be seen."""
    if len(path.name) > LONGEST_NAME:
        return []
    try:
        with os.scandir(path.parent) as entries:
            return [entry.name for entry in islice(entries, _ASKED_BESIDE)]
    except (OSError, ValueError):
        return []


@contextmanager
def reading(path: Path, told: Told, most: int = MOST_DATA) -> Iterator[BinaryIO]:
    """A regular file, open for its bytes; a pipe or a device, which may have no end, is not opened.

    Args:
        path: of the file.
        told: makes the error.
        most: bytes that it may have.

    Raises:
        ZooError: of the kind `told`; it is missing, no regular file or too large, or cannot be read.
    """
    try:
        facts = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise told(f"{path}: there is no such file{did_you_mean(path.name, names_beside(path))}") from None
    except (OSError, ValueError) as fault:
        raise told(f"{path}: cannot be read: {reason(fault)}") from None
    if stat.S_ISDIR(facts.st_mode):
        raise told(f"{path}: is a folder, and a file is needed")
    if not stat.S_ISREG(facts.st_mode):
        raise told(f"{path}: is not a regular file, but a {_kind(facts.st_mode)}")
    if facts.st_size > most:
        raise told(f"{path}: is too large: it has {facts.st_size} bytes, and {most} ({most >> 20} MB) are read at most")
    try:
        with path.open("rb") as file:
            yield file
    except OSError as fault:
        raise told(f"{path}: cannot be read: {reason(fault)}") from None


def _kind(mode: int) -> str:
    return "pipe" if stat.S_ISFIFO(mode) else "socket" if stat.S_ISSOCK(mode) else "device"


def read_bytes(path: Path, told: Told, most: int = MOST_DATA) -> bytes:
    """The content of a file; arguments and errors as for `reading`."""
    with reading(path, told, most) as file:
        return file.read()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new file beside `path` to be written, which takes its place when the block ends well.

    However the block ends, and if the machine stops in it, `path` holds the old content or the
    new, never a part.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        yield fresh
        with fresh.open("rb") as written:
            os.fsync(written.fileno())
        fresh.replace(path)
        _keep_names(path.parent)
    finally:
        fresh.unlink(missing_ok=True)


def remove_unfinished(folder: Path) -> None:
    """Remove what `replacing` had begun in a folder when it was killed; for one where nobody else writes."""
    for fresh in folder.glob(".*.new"):
        fresh.unlink(missing_ok=True)


def _keep_names(folder: Path) -> None:
    """Have the names in a folder written to the disk, without which a power cut can undo a replacement."""
    if os.name != "posix":  # others cannot open folders
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def write_text(path: Path, text: str) -> None:
    """Put text in a file, all or nothing."""
    with replacing(path) as fresh:
        fresh.write_text(text, encoding="utf-8")

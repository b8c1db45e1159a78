"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["remove_unfinished", "replacing", "write_text"]


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

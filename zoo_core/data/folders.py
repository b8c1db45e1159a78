"""Looks into the folders of data sets, and passes over nothing that it may not see."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from zoo_core.errors import DatasetError

__all__ = ["exists", "files_below", "files_in", "folders_in", "is_file"]


def files_in(folder: Path) -> list[Path]:
    """The files of a folder by their names; none where there is no such folder.

    Raises:
        DatasetError: it cannot be looked into, where `Path.glob` would find nothing and say nothing.
    """
    return [Path(entry.path) for entry in _entries(folder) if entry.is_file()]


def folders_in(folder: Path) -> list[Path]:
    """The folders within a folder, as `files_in`."""
    return [Path(entry.path) for entry in _entries(folder) if entry.is_dir()]


def files_below(folder: Path) -> Iterator[Path]:
    """The files of a folder and of all folders below it, in the order of their paths.

    Links to folders are followed; one that leads back to a folder in which it lies is not.

    Raises:
        DatasetError: one of the folders cannot be looked into.
    """
    yield from sorted(_below(folder, ()))


def _below(folder: Path, above: tuple[str, ...]) -> Iterator[Path]:
    real = os.path.realpath(folder)
    if real in above:
        return
    for entry in _entries(folder):
        if entry.is_dir():
            yield from _below(Path(entry.path), (*above, real))
        elif entry.is_file():
            yield Path(entry.path)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise DatasetError(
            f"{folder}: cannot be looked into: {error.strerror}; allow that to the user who runs this, or take it out"
        ) from None


def is_file(path: Path) -> bool:
    """Whether there is such a plain file.

    Raises:
        DatasetError: nobody can say, for a folder on the way is locked.
    """
    try:
        return path.is_file()
    except OSError as error:
        raise DatasetError(f"{path}: cannot be looked at: {error.strerror}; unlock its folder") from None


def exists(path: Path) -> bool:
    """Whether there is anything of this name; raises as `is_file`."""
    try:
        return path.exists()
    except OSError as error:
        raise DatasetError(f"{path}: cannot be looked at: {error.strerror}; unlock its folder") from None

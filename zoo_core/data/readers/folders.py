"""Looks into the folders of data sets, and passes over nothing that it may not see."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from zoo_core.common.errors import DatasetError
from zoo_core.common.files import is_file, is_missing, names_beside, names_in
from zoo_core.common.messages import did_you_mean

__all__ = [
    "existing_folder",
    "exists_strict",
    "files_in",
    "files_in_tree",
    "folders_in",
    "is_file_strict",
    "is_folder_strict",
]

_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar")
_OF_THE_SYSTEM = ("lost+found", "System Volume Information", "$RECYCLE.BIN")
"""Folders at the top of a disk, locked for users, in which nobody keeps pictures."""


def existing_folder(root: Path) -> Path:
    """The folder of a data set.

    Raises:
        DatasetError: there is none, and one that is called alike is suggested; or it cannot be read.
    """
    if is_missing(root):
        guess = did_you_mean(root.name, names_beside(root), ";")
        raise DatasetError(f"{root}: no such folder{guess} set data.root to the folder of the data set")
    if is_file(root):
        what = "an archive; unpack it, and give" if root.suffix.lower() in _ARCHIVES else "a file; give"
        raise DatasetError(f"{root}: is {what} the folder of the data set")
    names_in(root, DatasetError)  # one that cannot be read would seem empty
    return root


def files_in(folder: Path) -> list[Path]:
    """The contents of a folder that are not folders, by name; nothing where the folder does not exist.

    So pipes and broken links are included; opening one reports it.

    Raises:
        DatasetError: it cannot be looked into, where `Path.glob` would find nothing and say nothing.
    """
    return [Path(entry.path) for entry in _entries(folder) if not _is_folder(entry)]


def folders_in(folder: Path) -> list[Path]:
    """The folders within a folder, as `files_in`."""
    return [Path(entry.path) for entry in _entries(folder) if _is_folder(entry)]


def files_in_tree(folder: Path) -> Iterator[Path]:
    """The same of a folder and of all folders below it, in the order of their paths.

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
        if _is_folder(entry):
            yield from _below(Path(entry.path), (*above, real))
        else:
            yield Path(entry.path)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted((each for each in entries if each.name not in _OF_THE_SYSTEM), key=lambda each: each.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise DatasetError(
            f"{folder}: cannot be read: {error.strerror}; give the user who runs this permission, or remove it"
        ) from None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder, or a link to one; a link to itself leads nowhere."""
    try:
        return entry.is_dir()
    except OSError as error:
        if error.errno == errno.ELOOP:
            return False
        raise _unseen(entry.path, error) from None


def is_file_strict(path: Path) -> bool:
    """Whether there is such a plain file.

    Raises:
        DatasetError: it cannot be known, for a folder on the way is locked.
    """
    return _answer(path, Path.is_file)


def is_folder_strict(path: Path) -> bool:
    """Whether there is such a folder; raises as `is_file_strict`."""
    return _answer(path, Path.is_dir)


def exists_strict(path: Path) -> bool:
    """Whether there is anything of this name; raises as `is_file_strict`."""
    return _answer(path, Path.exists)


def _answer(path: Path, question: Callable[[Path], bool]) -> bool:
    try:
        return question(path)
    except OSError as error:
        raise _unseen(path, error) from None


def _unseen(path: Path | str, error: OSError) -> DatasetError:
    return DatasetError(f"{path}: cannot be accessed: {error.strerror}; make its folder readable")

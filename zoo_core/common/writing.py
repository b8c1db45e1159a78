"""Files written whole or not at all; what cannot be written is told as the error that the caller names."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from zoo_core.common.files import Told, kind_of, permitted, reason
from zoo_core.common.messages import listed

__all__ = ["check_folder_writable", "check_writable", "remove_unfinished", "replacing", "write_text", "writing"]

_KEPT_OF_NAME = 40
"""Characters of its name that the unfinished file has too: any name then leaves room for the rest."""


@contextmanager
def writing(path: Path, told: Told) -> Iterator[None]:
    """Have what goes wrong in the block told as a fault of the file that it writes.

    Raises:
        ZooError: of the kind `told`; the file cannot be written.
    """
    try:
        yield
    except OSError as fault:
        raise told(f"{path}: cannot be written: {reason(fault)}") from None


def check_writable(path: Path, told: Told, endings: Sequence[str] = ()) -> None:
    """Refuse the name of a file that cannot be written, before any work is done for it.

    Args:
        path: of the file; nothing is made.
        told: makes the error.
        endings: those that it may have, in lower case; any when there are none.

    Raises:
        ZooError: of the kind `told`.
    """
    if endings and path.suffix.lower() not in endings:
        raise told(f"{path}: cannot be written: its name should end in {listed(endings)}")
    with writing(path, told):
        _check_place(path)


def check_folder_writable(folder: Path, told: Told) -> None:
    """Refuse the name of a folder in which nothing can be written, before any work is done; nothing is made.

    Raises:
        ZooError: of the kind `told`.
    """
    with writing(folder, told):
        _check_folder(folder)


def _check_place(path: Path) -> None:
    """Raise an `OSError` where no file can be put, or something other than a file would be replaced by it."""
    mode = _mode(path)
    if mode and stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, "is a folder")
    if mode and not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, f"is a {kind_of(mode)}, not a regular file")
    _check_folder(path.parent)


def _mode(path: Path) -> int | None:
    """The kind and rights of what is there; None where nothing is."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError as fault:
        raise OSError(errno.EINVAL, reason(fault)) from None


def _check_folder(folder: Path) -> None:
    """Raise an `OSError` where it is no folder, or none can be made, or nothing be written in it."""
    while _mode(folder) is None and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, f"{folder} is not a folder")
    if not permitted(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, f"the folder {folder} cannot be written to")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new file beside `path` to be written, which takes its place when the block ends well.

    However the block ends, and if the machine stops in it, `path` holds the old content or the
    new, never a part.

    Raises:
        OSError: the file cannot be written; or it is a folder, a pipe or a device, none of which is replaced.
    """
    _check_place(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name[:_KEPT_OF_NAME]}.{secrets.token_hex(4)}.new")
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
    """Put text in a file, all or nothing; letters that UTF-8 does not have are written as Python and JSON do."""
    with replacing(path) as fresh:
        fresh.write_text(text, encoding="utf-8", errors="backslashreplace")

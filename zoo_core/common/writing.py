"""Files written whole or not at all; what cannot be written raises the error that the caller names."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from zoo_core.common.files import MakesError, kind_of, permitted, reason
from zoo_core.common.messages import listed

__all__ = ["check_folder_writable", "check_writable", "remove_unfinished", "replacing", "write_text", "writing"]

_KEPT_OF_NAME = 40
"""Characters of the name that the unfinished file also has: this leaves room for the rest."""


@contextmanager
def writing(path: Path, error: MakesError) -> Iterator[None]:
    """Report what goes wrong in the block as a problem of the file that it writes.

    Raises:
        ZooError: made by `error`; the file cannot be written.
    """
    try:
        yield
    except OSError as cause:
        raise error(f"{path}: cannot be written: {reason(cause)}") from None


def check_writable(path: Path, error: MakesError, endings: Sequence[str] = ()) -> None:
    """Refuse the name of a file that cannot be written, before any work is done for it.

    Args:
        path: path of the file; nothing is made.
        error: makes the error.
        endings: those that it may have, in lower case; any when there are none.

    Raises:
        ZooError: made by `error`.
    """
    if endings and path.suffix.lower() not in endings:
        raise error(f"{path}: cannot be written: its name should end in {listed(endings)}")
    with writing(path, error):
        _check_place(path)


def check_folder_writable(folder: Path, error: MakesError) -> None:
    """Refuse the name of a folder in which nothing can be written, before any work is done; nothing is made.

    Raises:
        ZooError: made by `error`.
    """
    with writing(folder, error):
        _check_folder(folder)


def _check_place(path: Path) -> None:
    """Raise an `OSError` where no file can be written, or something other than a file would be replaced."""
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
    except ValueError as cause:
        raise OSError(errno.EINVAL, reason(cause)) from None


def _check_folder(folder: Path) -> None:
    """Raise an `OSError` if it is not a folder, cannot be created, or cannot be written to."""
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
    """Remove what `replacing` left in a folder when it was killed; for folders to which nobody else writes."""
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

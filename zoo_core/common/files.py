"""Files and folders by the names that users give: looked up, read within bounds, and written whole or not at all.

A name may be anything: too long for a file, with a zero byte in it, of a pipe or a device, in a folder that is
locked. No question about one fails, and what cannot be read or written raises the error that the caller names.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from zoo_core.common.errors import ZooError
from zoo_core.common.messages import did_you_mean, listed

__all__ = [
    "LONGEST_NAME",
    "MOST_DATA",
    "MOST_TEXT",
    "as_path",
    "check_folder_writable",
    "check_writable",
    "exists",
    "files_below",
    "is_file",
    "is_folder",
    "is_missing",
    "names_beside",
    "names_in",
    "permitted",
    "read_bytes",
    "read_text",
    "reading",
    "reason",
    "remove_unfinished",
    "replacing",
    "write_text",
    "writing",
]

MOST_TEXT = 1 << 26
"""Bytes; a larger configuration or list is not read: 64 MB."""
MOST_DATA = 1 << 31
"""A larger file of annotations, detections or weights is not read into memory: 2 GB."""
LONGEST_NAME = 255
"""Most bytes in the name of a file on the usual file systems."""

_ASKED_BESIDE = 2000
"""Most names in a folder that are compared with one that is missing."""
_KEPT_OF_NAME = 40
"""Characters of the name that the unfinished file also has: this leaves room for the rest."""

MakesError = Callable[[str], ZooError]
"""Makes an error of a message, as the classes of `zoo_core.common.errors` do."""


def as_path(name: str | os.PathLike[str]) -> Path:
    """The path that a name means: ``~`` and ``~user`` are home folders.

    Where a file or folder is called ``~user``, or no user is, the name stays as it is.
    """
    path = Path(name)
    first = path.parts[0] if path.parts else ""
    if not first.startswith("~") or (first != "~" and exists(Path(first))):
        return path
    try:
        return Path(os.path.expanduser(path))  # noqa: PTH111 -- pathlib's raises where there is no such user
    except ValueError:  # neither a user nor a file can have this name
        return path


def exists(path: Path) -> bool:
    """Whether something exists; also False where that cannot be seen."""
    return os.path.exists(path)  # noqa: PTH110 -- pathlib's raises where the name is too long, or a folder locked


def is_file(path: Path) -> bool:
    """Whether it is a regular file; also False where that cannot be seen."""
    return os.path.isfile(path)  # noqa: PTH113 -- as above


def is_folder(path: Path) -> bool:
    """Whether it is a folder; also False where that cannot be seen."""
    return os.path.isdir(path)  # noqa: PTH112 -- as above


def is_missing(path: Path) -> bool:
    """Whether nothing exists there, as opposed to cannot be seen."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False


def permitted(path: Path, mode: int) -> bool:
    """Whether this process may do with a path what a `mode` of `os.access` says."""
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def reason(cause: Exception) -> str:
    """Why something could not be done with a file, in the words of the system."""
    if isinstance(cause, ValueError):  # a zero byte, or letters that file systems do not have
        return "not a possible file name"
    return getattr(cause, "strerror", None) or str(cause) or type(cause).__name__


def names_beside(path: Path) -> list[str]:
    """The names in the folder of a path, to suggest one; none where they cannot be seen."""
    if len(path.name) > LONGEST_NAME:
        return []
    try:
        with os.scandir(path.parent) as entries:
            return [entry.name for entry in islice(entries, _ASKED_BESIDE)]
    except (OSError, ValueError):
        return []


def names_in(folder: Path, error: MakesError) -> list[str]:
    """The names in a folder, in their order.

    Raises:
        ZooError: made by `error`; the folder is missing, or cannot be read.
    """
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 -- names are wanted
    except (OSError, ValueError) as cause:
        raise error(f"{folder}: cannot be read: {reason(cause)}") from None


def files_below(folder: Path, error: MakesError) -> list[Path]:
    """The files in a folder and below it, in their order; links to folders are not followed.

    Raises:
        ZooError: made by `error`; one of the folders cannot be read.
    """

    def refuse(cause: OSError) -> None:
        raise error(f"{cause.filename}: cannot be read: {reason(cause)}") from None

    return sorted(Path(parent, name) for parent, _, names in os.walk(folder, onerror=refuse) for name in names)


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
        raise error(f"{path}: cannot be read: is a {_kind(facts.st_mode)}, not a regular file")
    if facts.st_size > most:
        raise error(f"{path}: cannot be read: has {facts.st_size} bytes, but at most {most} ({most >> 20} MB) are read")
    try:
        with path.open("rb") as file:
            yield file
    except OSError as cause:
        raise error(f"{path}: cannot be read: {reason(cause)}") from None


def _kind(mode: int) -> str:
    return "pipe" if stat.S_ISFIFO(mode) else "socket" if stat.S_ISSOCK(mode) else "device"


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
        raise OSError(errno.EINVAL, f"is a {_kind(mode)}, not a regular file")
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

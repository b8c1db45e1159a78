"""Files and folders by the names that users give, looked up.

A name may be anything: too long for a file, with a zero byte in it, of a pipe or a device, in a folder that is
locked. No question about one fails.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from zoo_core.common.errors import ZooError

__all__ = [
    "LONGEST_NAME",
    "MakesError",
    "as_path",
    "exists",
    "files_below",
    "is_file",
    "is_folder",
    "is_missing",
    "kind_of",
    "names_beside",
    "names_in",
    "permitted",
    "reason",
]

LONGEST_NAME = 255
"""Most bytes in the name of a file on the usual file systems."""

_ASKED_BESIDE = 2000
"""Most names in a folder that are compared with one that is missing."""
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


def kind_of(mode: int) -> str:
    """What a message calls something that is neither a regular file nor a folder, by its mode."""
    return "pipe" if stat.S_ISFIFO(mode) else "socket" if stat.S_ISSOCK(mode) else "device"


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

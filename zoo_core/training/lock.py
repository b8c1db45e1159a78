"""One training at a time in a run folder."""

from __future__ import annotations

import contextlib
import errno
import os
import weakref
from pathlib import Path

from zoo_core.common.errors import RunError
from zoo_core.common.files import reason
from zoo_core.common.numerals import whole_number

try:
    import fcntl
except ModuleNotFoundError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["HeldError", "TrainingLock"]

_HELD = (errno.EAGAIN, errno.EACCES)
_UNKNOWN = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
"""What file systems say that have no locks."""


class HeldError(RunError):
    """Another process holds the lock."""


class TrainingLock:
    """Held by the one process that trains in a run folder; the system ends it with the process, however that ends.

    Where the file system or the system has no such locks, nothing is locked.

    Args:
        file: that is locked; it holds the number of the process. Made, with its folder, where it is not there.
        doing: what messages say that another process does.

    Raises:
        HeldError: another process holds it.
        RunError: the folder cannot be written.
    """

    def __init__(self, file: Path, doing: str = "training") -> None:
        folder = file.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
            descriptor, holder = _locked(file)
        except (OSError, ValueError) as fault:
            raise RunError(f"{folder}: cannot be written: {reason(fault)}") from None
        if descriptor is None:
            process = f"process {holder}" if whole_number(holder) is not None else "another process"
            raise HeldError(f"{folder}: {process} is already {doing} there; wait until it ends, or stop it")
        with contextlib.suppress(OSError):  # on a full disk the lock holds all the same
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
        self._end = weakref.finalize(self, _unlock, descriptor, file, os.getpid())

    def release(self) -> None:
        """Let others train there; the file goes."""
        self._end()


def _locked(file: Path) -> tuple[int | None, str]:
    """The descriptor of the file, which is locked now; or None, and what the process that holds it wrote in it."""
    while True:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
        if not _lock(descriptor):
            holder = os.read(descriptor, 32).decode(errors="replace").strip()
            os.close(descriptor)
            return None, holder
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), file.stat()):
                return descriptor, ""
        os.close(descriptor)  # another process removed the file between the two calls: this one locks nothing


def _unlock(descriptor: int, file: Path, owner: int) -> None:
    if os.getpid() == owner:  # and not a process that was forked off
        file.unlink(missing_ok=True)
    os.close(descriptor)


def _lock(descriptor: int) -> bool:
    """Whether this process has it now."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            return False
        if error.errno not in _UNKNOWN:
            raise
    return True

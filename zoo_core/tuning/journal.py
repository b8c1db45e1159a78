"""The journal of a study: a file to which processes add lines, and which survives a kill in the middle of one."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from zoo_core.tuning.locking import locked

__all__ = ["journal_storage"]

_BLOCK = 1 << 16


class _JournalLock:
    """Lets one process at a time write; what a killed one left of a line is removed before the next is written.

    Optuna's own locks outlive a killed process by half a minute, and a line that was cut short would spoil the next.
    """

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._held = ExitStack()

    def acquire(self) -> bool:
        """See Optuna."""
        self._held.enter_context(locked(self._journal.with_name(f".{self._journal.name}.lock")))
        _drop_unfinished_line(self._journal)
        return True

    def release(self) -> None:
        """See Optuna."""
        self._held.close()


def journal_storage(journal: Path) -> JournalStorage:
    """What Optuna reads and writes; the file is made where it is not there.

    Raises:
        OSError: it cannot be read or written.
        ValueError: it is damaged.
    """
    lock = _JournalLock(journal)
    lock.acquire()
    lock.release()
    return JournalStorage(JournalFileBackend(str(journal), lock_obj=lock))  # type: ignore[arg-type]  # its base is not public


def _drop_unfinished_line(journal: Path) -> None:
    with journal.open("a+b") as file:
        end = whole = file.seek(0, os.SEEK_END)
        while whole:
            begin = max(0, whole - _BLOCK)
            file.seek(begin)
            if (last := file.read(whole - begin).rfind(b"\n")) >= 0:
                whole = begin + last + 1
                break
            whole = begin
        if whole < end:
            file.truncate(whole)

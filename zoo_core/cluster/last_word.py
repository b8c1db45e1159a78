"""A last word for a command that Ray ends where it stands, without one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress

__all__ = ["with_last_word"]

_SAYING = 'trap "" INT TERM HUP; read -r ended || printf "%s\\n" "$0" >&2'
"""Waits for the end of what it reads, which comes with that of the command."""
_LAST_WORD = (
    "zoo: this command was ended without a word: Ray does so when the head of the cluster, or the Ray of this machine, "
    "is gone; so does SIGKILL. What is saved is kept: the same command continues, and zoo train and zoo tune with "
    "--resume"
)


@contextmanager
def with_last_word() -> Iterator[None]:
    """Have it said what has happened, and what to do, when the process ends within this by no exception."""
    if os.name != "posix":
        yield
        return
    read, write = os.pipe()
    speaker = subprocess.Popen(  # noqa: S603 -- our own
        ["/bin/sh", "-c", _SAYING, _LAST_WORD], stdin=read, stdout=subprocess.DEVNULL, start_new_session=True
    )
    os.close(read)
    try:
        yield
    finally:
        with suppress(OSError):  # somebody has killed it
            os.write(write, b"\n")
        os.close(write)
        speaker.wait()

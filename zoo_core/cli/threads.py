"""The end of the program, whatever threads a plugin has left behind: Python would wait for them without end."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress

__all__ = ["end_threads"]

_PATIENCE = 3.0
"""Seconds in which threads that are about to end may do so."""


def end_threads(code: int) -> None:
    """Nothing, unless threads run that keep Python from ending: these are named, and the process ends with `code`."""
    until = time.monotonic() + _PATIENCE
    while left := [each for each in threading.enumerate() if _keeps(each)]:
        if time.monotonic() >= until:
            _end(left, code)
        left[0].join(0.05)


def _keeps(thread: threading.Thread) -> bool:
    return thread is not threading.main_thread() and not thread.daemon and thread.is_alive()


def _end(threads: list[threading.Thread], code: int) -> None:
    with suppress(OSError, ValueError, AttributeError):
        names = ", ".join(repr(each.name) for each in threads)
        print(f"zoo: ended, with threads still running: {names}", file=sys.stderr)  # noqa: T201 -- the last word
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)

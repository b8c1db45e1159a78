"""Signals that end a program, as exceptions: what is open is closed, and what was done is kept.

Ctrl-C is one in Python already. A termination (SIGTERM) and the end of a terminal (SIGHUP) would end the process where
it stands, and Ctrl-C is ignored altogether in a program that a shell began in the background.
"""

from __future__ import annotations

import os
import signal
import stat
import sys
from types import FrameType
from typing import Any

__all__ = ["ENDING", "Ended", "end_by_exceptions", "leave_terminal", "usual_handler"]

_HANGUP: signal.Signals | None = getattr(signal, "SIGHUP", None)  # Windows has none
ENDING = (signal.SIGTERM, *([_HANGUP] if _HANGUP else []))
"""Signals beside Ctrl-C that ask a program to end."""


class Ended(SystemExit):
    """The process was asked to end by a signal; the exit code is that of shells."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)


def end_by_exceptions() -> None:
    """Let signals that end this process do so by exceptions; called in the main thread of a program, at its start.

    One that is ignored, as SIGHUP by nohup, stays so; but a second Ctrl-C ends the program in any case.
    """
    for each in ENDING:
        if signal.getsignal(each) == signal.SIG_DFL:
            signal.signal(each, _end)
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, _wait_for_second)


def usual_handler(number: signal.Signals, handler: Any) -> Any:
    """What a signal should do after one was noticed: what `handler` does, unless that would ignore it."""
    if handler not in (signal.SIG_IGN, _wait_for_second):
        return handler
    return signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL


def leave_terminal() -> None:
    """Print nowhere from now on where a terminal was printed to: it is gone, and writing to it would fail."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        try:
            if stat.S_ISCHR(os.fstat(stream).st_mode):
                os.dup2(nowhere, stream)
        except OSError:  # it is closed
            continue
    os.close(nowhere)


def _end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 -- the signature of handlers
    signal.signal(number, signal.SIG_DFL)  # the second one ends at once
    if number == _HANGUP:
        leave_terminal()
    raise Ended(number)


def _wait_for_second(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 -- the signature of handlers
    signal.signal(number, signal.default_int_handler)
    os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, b"zoo: runs in the background; interrupt again to end\n")

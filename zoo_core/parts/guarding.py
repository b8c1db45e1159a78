"""Runs code that is not the zoo's own, so that whatever it does becomes one line about it.

Plugins may raise anything, KeyboardInterrupt and GeneratorExit included, or never come back.
Only the user's own Ctrl-C still stops everything.
"""

from __future__ import annotations

import _thread
import signal
import threading
import time
from types import FrameType, TracebackType
from typing import Any

from zoo_core.common.errors import PluginError, ZooError
from zoo_core.common.interrupts import Ended
from zoo_core.parts import watchdog

__all__ = ["Guarded", "reason_of"]

_SECONDS = 20.0
"""After which light code, which should answer in a moment, is stopped."""
_LONGEST = 500
"""Characters of a foreign message that are shown."""


class _TookTooLongError(BaseException):
    """Not an Exception, so that code which catches those does not swallow it."""


def reason_of(error: BaseException) -> str:
    """What an error says, in one line; errors of plugins can fail even at that."""
    try:
        text = " ".join(str(error).split())
    except BaseException as fault:  # noqa: BLE001 -- whatever a stranger's __str__ raises
        text = f"its message cannot be shown ({type(fault).__name__})"
    if isinstance(error, ZooError) and text:
        return text
    text = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


class Guarded:
    """A context in which code of a plugin runs: what it raises comes out as a `PluginError`.

    Errors of the zoo go through, and so do a termination and the user's Ctrl-C. That is distinguished from a
    KeyboardInterrupt that the plugin raises by the signal, which the plugin does not send.

    Args:
        seconds: after which the code is stopped; None for code that may take long. Only the main
            thread can be stopped, and only while it runs Python code or sleeps.
        passing: other exceptions that are not turned into a `PluginError`.
    """

    def __init__(self, seconds: float | None = _SECONDS, passing: tuple[type[Exception], ...] = ()) -> None:
        self._seconds = seconds
        self._passing: tuple[type[Exception], ...] = (ZooError, *passing)
        self._previous: Any = None
        self._is_late = self._stopped = self._interrupted = False

    def __enter__(self) -> None:
        # A handler that was not set from Python (None) could not be put back.
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is not None:
            self._previous = signal.signal(signal.SIGINT, self._on_signal)
            if self._seconds is not None:
                watchdog.limit(self._seconds, self._stop)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._end()
        except _TookTooLongError as late:  # it came back in the moment in which it was stopped
            error = error or late
        finally:
            if self._previous is not None:
                signal.signal(signal.SIGINT, self._previous)
        if self._interrupted and not isinstance(error, KeyboardInterrupt):
            raise KeyboardInterrupt from None  # the plugin has swallowed it
        if error is None or self._interrupted or isinstance(error, (Ended, *self._passing)):
            return
        if isinstance(error, _TookTooLongError):
            raise PluginError(f"does not end; it was stopped after {self._seconds:g} s") from None
        raise PluginError(reason_of(error)) from error

    def _end(self) -> None:
        watchdog.lift(self._stop)
        while self._is_late and not self._stopped:  # the signal is under way, and would hit what comes next
            time.sleep(0.001)

    def _stop(self) -> None:
        """Called in another thread when the time is over."""
        self._is_late = True
        if hasattr(signal, "pthread_kill"):  # it wakes a thread that sleeps, too
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        else:
            _thread.interrupt_main()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._is_late and not self._stopped:
            self._stopped = True
            raise _TookTooLongError
        if callable(self._previous):
            self._interrupted = True
            self._previous(number, frame)
        elif self._previous == signal.SIG_DFL:
            self._interrupted = True
            raise KeyboardInterrupt

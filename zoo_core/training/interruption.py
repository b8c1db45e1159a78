"""Ctrl-C and termination, reported to a loop that finishes its step first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

__all__ = ["Interruption"]


class Interruption:
    """While it lasts, the first Ctrl-C or termination is only noted; the second has its usual effect.

    Signals reach the main thread alone; in another thread this does nothing.

    Args:
        noticed: called at the first one.

    Attributes:
        wanted: whether one has come.
    """

    _SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self, noticed: Callable[[], None] | None = None) -> None:
        self.wanted = False
        self._noticed = noticed
        self._signal = signal.SIGINT
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {each: signal.signal(each, self._note) for each in self._SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._restore()

    def end(self) -> None:
        """End the program, as the signal would have done, when one has come.

        Raises:
            KeyboardInterrupt: it was Ctrl-C.
            SystemExit: it was a termination.
        """
        if self.wanted:
            if self._signal == signal.SIGINT:
                raise KeyboardInterrupt
            raise SystemExit(128 + self._signal)

    def _note(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 -- the signature of handlers
        self.wanted, self._signal = True, signal.Signals(number)
        self._restore()
        if self._noticed:
            self._noticed()

    def _restore(self) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)
        self._before = {}

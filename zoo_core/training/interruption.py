"""Ctrl-C and termination, reported to a loop that finishes its step first."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

from zoo_core.common.interrupts import ENDING, Ended, leave_terminal, usual_handler

__all__ = ["Interruption"]

_IGNORED = signal.SIG_IGN


class Interruption:
    """While it lasts, the first Ctrl-C, termination or hang-up is only noted; the second has its usual effect.

    It has that also where the program was begun with the signal ignored, as shells begin those in the background. A
    hang-up that is ignored, as nohup has it, stays so. Signals reach the main thread alone; in another thread this
    does nothing.

    Args:
        noticed: called at the first one.

    Attributes:
        wanted: whether one has come.
    """

    def __init__(self, noticed: Callable[[], None] | None = None) -> None:
        self.wanted = False
        self._noticed = noticed
        self._signal = signal.SIGINT
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            hang_up = getattr(signal, "SIGHUP", None)
            heard = [each for each in (signal.SIGINT, *ENDING) if each != hang_up or signal.getsignal(each) != _IGNORED]
            self._before = {each: signal.signal(each, self._note) for each in heard}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._restore()

    def end(self) -> None:
        """End the program, as the signal would have done, when one has come.

        Raises:
            KeyboardInterrupt: it was Ctrl-C.
            Ended: it was another signal.
        """
        if self.wanted:
            if self._signal == signal.SIGINT:
                raise KeyboardInterrupt
            raise Ended(self._signal)

    def _note(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 -- the signature of handlers
        self.wanted, self._signal = True, signal.Signals(number)
        self._before = {each: usual_handler(each, handler) for each, handler in self._before.items()}
        self._restore()
        if self._signal.name == "SIGHUP":
            leave_terminal()
        elif self._noticed:
            self._noticed()

    def _restore(self) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)
        self._before = {}

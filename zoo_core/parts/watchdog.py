"""Time limits for code that runs: one thread looks after all of them, so that a limit costs microseconds.

A thread for each would cost more than most of what is limited: reading one configuration asks a
dozen parts, each with a limit of its own.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress

__all__ = ["lift", "limit"]


class _Watchdog:
    """Calls back when a limit is over; its thread begins with the first limit, and sleeps while none is near."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin anew, with no limit: in a forked process there is no thread, and a lock may be held for ever."""
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._limits: dict[Callable[[], None], float] = {}
        self._wakes_at = -math.inf
        self._thread: threading.Thread | None = None

    def limit(self, seconds: float, stop: Callable[[], None]) -> None:
        """Call ``stop`` once in another thread when ``seconds`` are over, unless the limit is lifted before."""
        with self._lock:
            ends_at = self._limits[stop] = time.monotonic() + seconds
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="zoo: time limits", daemon=True)
                with suppress(RuntimeError):  # where no thread can be started, nothing is stopped
                    self._thread.start()
            elif ends_at < self._wakes_at:
                self._changed.notify()

    def lift(self, stop: Callable[[], None]) -> None:
        """From now on ``stop`` is not called; it may have been."""
        with self._lock:
            self._limits.pop(stop, None)

    def _watch(self) -> None:
        with self._lock:
            while True:
                for stop in [stop for stop, ends_at in self._limits.items() if ends_at <= time.monotonic()]:
                    del self._limits[stop]
                    stop()
                self._wakes_at = min(self._limits.values(), default=math.inf)
                idle = self._wakes_at == math.inf
                self._changed.wait(None if idle else max(0, self._wakes_at - time.monotonic()))


_WATCHDOG = _Watchdog()
limit, lift = _WATCHDOG.limit, _WATCHDOG.lift
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_WATCHDOG.reset)

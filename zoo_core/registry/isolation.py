"""Records what a plugin does while it is imported, and keeps it away from the user."""

from __future__ import annotations

import contextlib
import io
import threading
import time
import warnings
from collections.abc import Iterator

from zoo_core.common.messages import listed, shown

__all__ = ["captured_import_output"]

_SLOW = 0.5
"""Seconds; all else that ``zoo list`` does takes half of that."""
_KEPT = 1000
"""Characters of what a plugin prints."""


class _Beginning(io.StringIO):
    """Keeps only the beginning of what is written, which may have no end."""

    def write(self, text: str) -> int:
        if self.tell() < _KEPT:
            super().write(text[:_KEPT])
        return len(text)


@contextlib.contextmanager
def captured_import_output() -> Iterator[list[str]]:
    """A list that says afterwards whether the code inside printed, warned, took long or left threads behind.

    What a plugin prints, or warns about, would be mixed into the output of every command.
    """
    notes: list[str] = []
    said = _Beginning()
    began, before = time.perf_counter(), set(threading.enumerate())
    with (
        warnings.catch_warnings(record=True) as warned,
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
    ):
        warnings.simplefilter("always")
        yield notes
    seconds = time.perf_counter() - began
    if text := said.getvalue().strip():
        notes.append(f"prints when imported: {shown(text)}")
    if warned:
        first = warned[0]
        notes.append(f"warns when imported: {first.category.__name__}: {shown(str(first.message))}")
    if seconds > _SLOW:
        notes.append(f"takes {seconds:.1f} s to import, which delays every command")
    left = [each.name for each in threading.enumerate() if each not in before and not each.daemon]
    if left:
        notes.append(f"leaves a thread running that is not a daemon, and keeps Python from ending: {listed(left)}")

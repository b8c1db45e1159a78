"""Garbage is collected from the moment in which a command begins.

What is made before, modules and classes, stays until the end. To look for garbage among it again and again while it
grows, and once more at the end of the process, is a fifteenth of the work of ``zoo list``.
"""

from __future__ import annotations

import gc

__all__ = ["collect_garbage_from_now_on", "collect_no_garbage"]


def collect_no_garbage() -> None:
    """Not until `collect_garbage_from_now_on` is called; only for a process that is the command's own."""
    gc.disable()


def collect_garbage_from_now_on() -> None:
    """Collect what is made from now on, if nothing is collected yet."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()

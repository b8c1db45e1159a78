"""Memory of the CPU between two steps of training."""

from __future__ import annotations

import ctypes
import os

__all__ = ["keep_freed_memory"]

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4
"""Parameters of glibc's ``mallopt``, as its ``malloc.h`` numbers them."""


def keep_freed_memory() -> None:
    """Let the process keep the memory of a step for the next one, where its C library can.

    PyTorch has no pool on a CPU: without this every large tensor is mapped anew by the system, page by page and each
    filled with zeros, which takes a third of the time of a step.
    """
    if _is_glibc():
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_MAX, 0)
        library.mallopt(_TRIM_THRESHOLD, -1)


def _is_glibc() -> bool:
    try:
        return (os.confstr("CS_GNU_LIBC_VERSION") or "").startswith("glibc")
    except (AttributeError, ValueError, OSError):  # Windows, macOS, musl
        return False

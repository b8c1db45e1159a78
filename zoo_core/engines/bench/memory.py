"""How much memory this process holds."""

from __future__ import annotations

import sys
from pathlib import Path

__all__ = ["peak_megabytes", "resident_megabytes"]

_STATUS = Path("/proc/self/status")
"""Where Linux says it. What getrusage says there begins with the peak of the parent."""


def peak_megabytes() -> float:
    """The most that this process has held."""
    return _said("VmHWM") if _STATUS.is_file() else _peak_by_getrusage()


def resident_megabytes() -> float:
    """What this process holds now; where the system does not say it, the most that it has held."""
    return _said("VmRSS") if _STATUS.is_file() else _peak_by_getrusage()


def _said(name: str) -> float:
    (line,) = (each for each in _STATUS.read_text(encoding="utf-8").splitlines() if each.startswith(f"{name}:"))
    return int(line.split()[1]) / 1024


def _peak_by_getrusage() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)

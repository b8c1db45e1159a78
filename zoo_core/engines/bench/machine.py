"""The machine on which something is measured."""

from __future__ import annotations

import platform
from pathlib import Path

from zoo_core.common.cores import usable_cores

__all__ = ["machine"]


def machine() -> str:
    """Cores that this process may use, the model of the processor where the system tells it, and Python."""
    return f"{usable_cores()} cores of {_processor()}, Python {platform.python_version()}"


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    lines = information.read_text(encoding="utf-8").splitlines() if information.is_file() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()

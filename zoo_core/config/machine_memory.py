"""The memory of this machine, compared with the least that a configuration needs, before anything is built."""

from __future__ import annotations

import os
from pathlib import Path

from zoo_core.common.errors import ConfigError, Problem
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.plan import plan
from zoo_core.parts.geometry import ImageSize

__all__ = ["machine_memory", "require_memory"]

_GROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Where Linux says how much of the memory a container may use, in versions 2 and 1 of its control groups."""


def machine_memory() -> int | None:
    """Bytes of memory that processes here can have; None where the system does not say."""
    try:
        limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    except (AttributeError, OSError, ValueError):
        return None
    for file in _GROUP_LIMITS:
        try:
            limits.append(int(file.read_text(encoding="ascii")))
        except (OSError, ValueError):  # not there, or "max"
            continue
    return min(limits)


def require_memory(config: DetectorConfig, images: int = 1, size: ImageSize | None = None) -> None:
    """Refuse what cannot fit: the input of so many images, and the maps, scores and offsets made from it.

    A network needs several times as much, so what is let through can still be too large.

    Args:
        config: configuration of the detector.
        images: in a batch.
        size: of the network's input; that of the configuration when None.

    Raises:
        ConfigError: they alone are larger than the memory of this machine.
    """
    there = machine_memory()
    needed = images * plan(config, size).bytes_per_image
    if there is None or needed <= there:
        return
    many = f" and training.batch_size {images}" if images > 1 else ""
    message = (
        f"{size or config.input_size}{many} with {len(config.classes)} classes needs at least {needed / 1e9:.3g} GB "
        f"for the inputs and outputs of the network alone, and this machine has {there / 1e9:.3g} GB"
    )
    raise ConfigError("configuration", [Problem("input_size", message)])

"""Where a network runs."""

from __future__ import annotations

from typing import Any

from zoo_core.errors import ConfigError, Problem
from zoo_core.gluon import mx

__all__ = ["device_from", "devices"]


def devices() -> list[Any]:
    """The CPU, and every GPU that MXNet can use."""
    return [mx.cpu(), *(mx.gpu(index) for index in range(mx.context.num_gpus()))]


def device_from(name: str) -> Any:
    """The MXNet context of ``auto``, ``cpu``, ``gpu`` or ``gpu:N``.

    Raises:
        ConfigError: there is no such GPU.
    """
    cpu, *gpus = devices()
    if name == "cpu" or (name == "auto" and not gpus):
        return cpu
    index = int(name.partition(":")[2] or 0)
    if index >= len(gpus):
        raise ConfigError(
            "configuration", [Problem("device", f"{name!r} is not here: MXNet sees {len(gpus)} GPUs; use cpu")]
        )
    return gpus[index]

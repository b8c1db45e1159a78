"""Where a network runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zoo_core.common.errors import ConfigError, Problem
from zoo_core.engines.gluon import mx

__all__ = ["device_from", "devices", "devices_from", "named"]


def devices() -> list[Any]:
    """The CPU, and every GPU that MXNet can use."""
    return [mx.cpu(), *(mx.gpu(index) for index in range(mx.context.num_gpus()))]


def devices_from(names: str) -> list[Any]:
    """The MXNet contexts of names with commas between; see `device_from`."""
    return [device_from(name) for name in names.split(",")]


def named(devices: Sequence[Any]) -> str:
    """Contexts in the words of the setting: ``cpu``, or ``gpu:0,gpu:1``."""
    if list(devices) == [mx.cpu()]:
        return "cpu"
    return ",".join(f"{each.device_type}:{each.device_id}" for each in devices)


def device_from(name: str) -> Any:
    """The MXNet context of ``auto``, ``cpu``, ``cpu:N``, ``gpu`` or ``gpu:N``.

    Raises:
        ConfigError: MXNet does not see such a GPU, or cannot compute on such devices.
    """
    if name == "mps":
        raise _refused("'mps' is for PyTorch: MXNet cannot compute on it; use engine torch, or cpu")
    cpu, *gpus = devices()
    if name == "cpu" or (name == "auto" and not gpus):
        return cpu
    kind, _, number = name.partition(":")
    index = int(number or 0)
    if kind == "cpu":
        return mx.cpu(index)  # all of them are the one processor, so that work on several devices can be tried
    if index >= len(gpus):
        raise _refused(f"{name!r} is not available: MXNet sees {len(gpus)} GPUs; use cpu")
    return gpus[index]


def _refused(message: str) -> ConfigError:
    return ConfigError("configuration", [Problem("device", message)])

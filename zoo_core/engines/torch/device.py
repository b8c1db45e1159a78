"""Where PyTorch computes."""

from __future__ import annotations

import torch

from zoo_core.common.errors import ConfigError, Problem

__all__ = ["device_from", "named"]


def device_from(names: str) -> torch.device:
    """The device of ``auto``, ``cpu``, ``gpu``, ``gpu:N`` or ``mps``; ``auto`` does not choose the last.

    Raises:
        ConfigError: there is no such device, or there are several: PyTorch trains on one.
    """
    if "," in names:
        raise _refused(f"{names!r} are several devices, and the engine torch computes on one")
    if names == "mps":
        if not torch.backends.mps.is_available():
            raise _refused("'mps' is not here: it is the GPU of a Mac with Apple silicon; use cpu")
        return torch.device("mps")
    kind, _, number = names.partition(":")
    count = torch.cuda.device_count()
    if kind == "cpu" or (kind == "auto" and not count):
        return torch.device("cpu")
    index = int(number or 0)
    if index >= count:
        raise _refused(f"{names!r} is not here: PyTorch sees {count} GPUs; use cpu")
    # float32 is float32: by default convolutions of recent GPUs round it to 10 bits.
    torch.backends.cudnn.allow_tf32 = False
    return torch.device("cuda", index)


def named(device: torch.device) -> str:
    """A device in the words of the setting: ``cpu``, ``gpu:N`` or ``mps``."""
    return f"gpu:{device.index}" if device.type == "cuda" else device.type


def _refused(message: str) -> ConfigError:
    return ConfigError("configuration", [Problem("device", message)])

"""On what a detector is trained and run, as a configuration says it."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from zoo_core.common.messages import did_you_mean

__all__ = ["Device"]

_ONE_OF_SEVERAL = r"(cpu|gpu)(:\d{1,3})?"
_DEVICE = rf"auto|mps|{_ONE_OF_SEVERAL}"


def _as_text(devices: object) -> object:
    """Several devices in a list are the same as with commas between."""
    if isinstance(devices, list | tuple) and all(isinstance(each, str) for each in devices):
        return ",".join(devices)
    return devices


def _device(names: str) -> str:
    each = [re.sub("^cuda(?=:|$)", "gpu", name) for name in names.replace(" ", "").split(",")]
    if wrong := [name for name in each if not re.fullmatch(_ONE_OF_SEVERAL if each[1:] else _DEVICE, name)]:
        guess = did_you_mean(wrong[0].partition(":")[0], ("auto", "cpu", "gpu", "cuda", "mps"))
        allowed = "auto, cpu, gpu, gpu:N or mps, or several as gpu:0,gpu:1"
        raise ValueError(f"should be {allowed}; given {wrong[0]!r}{guess}")
    if len({name.partition(":")[0] for name in each}) > 1 or len({_numbered(name) for name in each}) < len(each):
        raise ValueError(f"several devices must be of one kind and all different; given {names!r}")
    return ",".join(each)


def _numbered(device: str) -> str:
    return device if ":" in device else f"{device}:0"


Device = Annotated[str, BeforeValidator(_as_text), AfterValidator(_device)]
"""``auto``, or a kind of device with its number or without, or several of one kind with commas between; ``cuda`` is
another name of ``gpu``."""

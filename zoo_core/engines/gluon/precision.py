"""16-bit number formats on MXNet: where they can be used, and whether they help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zoo_core.engines.gluon import mx
from zoo_core.engines.precision import BFLOAT16, faster, has_bfloat16, refused

__all__ = ["chosen_precision"]


def chosen_precision(wanted: str, device: Any, seconds: Callable[[str], float]) -> str:
    """The precision with which a network is trained here.

    Args:
        wanted: a value of ``training.precision``.
        device: on which it is trained.
        seconds: seconds of a step of training in a precision; raises MXNetError where it cannot be made.

    Raises:
        ConfigError: it cannot be trained with that precision here.
    """
    if wanted == "float32":
        return wanted
    if wanted == "auto":
        return _faster(device, seconds)
    if wanted == "float16" and device.device_type == "cpu":
        raise refused("float16 is for GPUs: MXNet cannot multiply with it on a CPU; use bfloat16 or float32")
    try:
        seconds(wanted)
    except mx.base.MXNetError:
        lacking = f"this processor has neither {' nor '.join(BFLOAT16)}" if device.device_type == "cpu" else "on a GPU"
        raise refused(f"MXNet cannot compute with {wanted} here ({lacking}); use float32, or auto") from None
    return wanted


def _faster(device: Any, seconds: Callable[[str], float]) -> str:
    half = "float16" if device.device_type == "gpu" else "bfloat16" if has_bfloat16() else None
    if half is None:
        return "float32"
    try:
        return faster(half, seconds)
    except mx.base.MXNetError:
        return "float32"

"""16-bit number formats: where they can be used, and whether they help."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from zoo_core.common.errors import ConfigError, Problem
from zoo_core.engines.gluon import mx

__all__ = ["LossScale", "chosen_precision"]

_BFLOAT16 = ("avx512_bf16", "amx_bf16")
_GAIN = 0.95
"""16-bit formats help when a step takes less than this fraction of its time in float32."""
_TRIALS = 3


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
        raise _refused("float16 is for GPUs: MXNet cannot multiply with it on a CPU; use bfloat16 or float32")
    try:
        seconds(wanted)
    except mx.base.MXNetError:
        lacking = f"this processor has neither {' nor '.join(_BFLOAT16)}" if device.device_type == "cpu" else "on a GPU"
        raise _refused(f"MXNet cannot compute with {wanted} here ({lacking}); use float32, or auto") from None
    return wanted


def _faster(device: Any, seconds: Callable[[str], float]) -> str:
    half = "float16" if device.device_type == "gpu" else "bfloat16" if _has_bfloat16() else None
    if half is None:
        return "float32"
    try:
        times = {each: min(seconds(each) for _ in range(_TRIALS)) for each in ("float32", half)}
    except mx.base.MXNetError:
        return "float32"
    return half if times[half] < _GAIN * times["float32"] else "float32"


def _has_bfloat16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the processor multiplies in bfloat16 natively; known on Linux only."""
    try:
        words = set(cpuinfo.read_text(encoding="utf-8", errors="replace").split())
    except OSError:
        return False
    return any(each in words for each in _BFLOAT16)


def _refused(message: str) -> ConfigError:
    return ConfigError("configuration", [Problem("training.precision", message)])


class LossScale:
    """By how much a loss is multiplied so that small gradients do not vanish in float16.

    Halved when a gradient overflows, doubled when none has for a while.

    Source: Micikevicius et al., Mixed Precision Training, 2018, section 3.2.
    """

    _PATIENCE = 2000

    def __init__(self, value: float = 2.0**16) -> None:
        self.value = value
        self.good = 0

    def usable(self, gradients: list[Any]) -> bool:
        """Whether all gradients are finite; the scale is changed for the next step."""
        finite = bool(mx.nd.multi_all_finite(*gradients, num_arrays=len(gradients)).asscalar())
        self.good = self.good + 1 if finite else 0
        if not finite:
            self.value /= 2
        elif self.good == self._PATIENCE:
            self.value, self.good = self.value * 2, 0
        return finite

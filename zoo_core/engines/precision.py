"""16-bit number formats: which processors have them, whether they help, and how small gradients survive them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from zoo_core.boxes.protocols import Targets
from zoo_core.common.errors import ConfigError, Problem
from zoo_core.data.pipeline.batches import Batch

__all__ = ["BFLOAT16", "LossScale", "empty_batch", "faster", "has_bfloat16", "refused"]

BFLOAT16 = ("avx512_bf16", "amx_bf16")
"""What Linux calls the instructions of processors that multiply in bfloat16."""
_GAIN = 0.95
"""16-bit formats help when a step takes less than this fraction of its time in float32."""
_TRIALS = 3


def faster(half: str, seconds: Callable[[str], float]) -> str:
    """A 16-bit format where it helps, else ``float32``.

    Args:
        half: ``bfloat16`` or ``float16``.
        seconds: seconds of a step of training in a precision.
    """
    times = {each: min(seconds(each) for _ in range(_TRIALS)) for each in ("float32", half)}
    return half if times[half] < _GAIN * times["float32"] else "float32"


def has_bfloat16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the processor multiplies in bfloat16 natively; known on Linux only."""
    try:
        words = set(cpuinfo.read_text(encoding="utf-8", errors="replace").split())
    except OSError:
        return False
    return any(each in words for each in BFLOAT16)


def refused(message: str) -> ConfigError:
    """The error of a precision with which it cannot be trained here."""
    return ConfigError("configuration", [Problem("training.precision", message)])


def empty_batch(shape: tuple[int, ...], anchors: int, soft_classes: int | None = None) -> Batch:
    """A batch in which nothing is to be seen, for measuring.

    Args:
        shape: shape of its images.
        anchors: anchors of each.
        soft_classes: C, where the loss wants soft targets.
    """
    classes = np.zeros((shape[0], anchors), np.int32)
    boxes = np.zeros((shape[0], anchors, 4), np.float32)
    soft = None if soft_classes is None else np.zeros((shape[0], anchors, soft_classes), np.float32)
    return Batch(np.zeros(shape, np.float32), Targets(classes, boxes, boxes, soft), ())


class LossScale:
    """By how much a loss is multiplied so that small gradients do not vanish in float16.

    Halved when a gradient overflows, doubled when none has for a while.

    Source: Micikevicius et al., Mixed Precision Training, 2018, section 3.2.
    """

    _PATIENCE = 2000

    def __init__(self, value: float = 2.0**16) -> None:
        self.value = value
        self.good = 0

    def follow(self, *, finite: bool) -> None:
        """Change the scale for the next step by whether all gradients of this one are finite."""
        self.good = self.good + 1 if finite else 0
        if not finite:
            self.value /= 2
        elif self.good == self._PATIENCE:
            self.value, self.good = self.value * 2, 0

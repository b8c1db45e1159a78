"""16-bit number formats on PyTorch: where they can be used, and whether they help."""

from __future__ import annotations

from collections.abc import Callable

import torch

from zoo_core.engines.precision import faster, has_bfloat16, refused

__all__ = ["chosen_precision"]


def chosen_precision(wanted: str, device: torch.device, seconds: Callable[[str], float]) -> str:
    """The precision with which a network is trained here.

    Args:
        wanted: a value of ``training.precision``.
        device: on which it is trained.
        seconds: seconds of a step of training in a precision.

    Raises:
        ConfigError: it cannot be trained with that precision here.
    """
    if wanted == "auto":
        half = _half(device)
        return "float32" if half is None else faster(half, seconds)
    if wanted == "float16" and device.type == "cpu":
        raise refused("float16 is for GPUs, on which it is fast; use bfloat16 or float32")
    return wanted


def _half(device: torch.device) -> str | None:
    """The 16-bit format that a device computes natively; bfloat16 needs no scaling of the loss."""
    if device.type == "cpu":
        return "bfloat16" if has_bfloat16() else None
    return "bfloat16" if device.type == "cuda" and torch.cuda.is_bf16_supported() else "float16"

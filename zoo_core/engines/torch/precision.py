"""Numbers of 16 bits on PyTorch: autocast, where it can be used."""

from __future__ import annotations

import torch

from zoo_core.common.errors import ConfigError, Problem

__all__ = ["chosen_type"]


def chosen_type(precision: str) -> torch.dtype:
    """The type of numbers in which a network is trained.

    Raises:
        ConfigError: it cannot be trained so.
    """
    match precision:
        case "float32" | "auto":  # whether 16 bits help is known where they have been measured, and here they were not
            return torch.float32
        case "bfloat16":
            return torch.bfloat16
    message = f"{precision} is not for the engine torch: use bfloat16, which needs no scaling of the loss, or float32"
    raise ConfigError("configuration", [Problem("training.precision", message)])

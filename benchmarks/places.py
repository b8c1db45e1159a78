"""Where what is measured runs, said by environment variables.

ZOO_BENCH_DEVICE is a device as in configurations, ``cpu`` unless set, and ZOO_BENCH_PRECISION the format in which
what is trained to be scored or fed computes there, ``float32`` unless set. Where MXNet is not installed, as beside most
GPUs, ZOO_BENCH_STARTS names a folder that has for each detector a run of its name (``zoo convert`` writes it), from
whose weights it begins.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from zoo_core.engines.bench.machine import machine

__all__ = ["DEVICE", "PRECISION", "machine_with", "start_of"]

DEVICE = os.environ.get("ZOO_BENCH_DEVICE", "cpu")
PRECISION = os.environ.get("ZOO_BENCH_PRECISION", "float32")
_STARTS = os.environ.get("ZOO_BENCH_STARTS")


def start_of(detector: str) -> dict[str, Any]:
    """The settings by which a detector begins: none where its weights are new."""
    return {"weights.source": str(Path(_STARTS, detector))} if _STARTS else {}


def machine_with(device: str) -> str:
    """What `machine` says of this one, and the GPU if that is the device."""
    if device == "cpu":
        return machine()
    import torch

    return f"{torch.cuda.get_device_name()}, {machine()}, PyTorch {torch.__version__}"

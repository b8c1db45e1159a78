"""What a network costs, counted while PyTorch runs it once."""

from __future__ import annotations

import math

import numpy as np
from torch.utils.flop_counter import FlopCounterMode

from zoo_core.engines.torch.engine import TorchEngine
from zoo_core.parts.geometry import ImageSize

__all__ = ["costs"]


def costs(engine: TorchEngine, size: ImageSize) -> tuple[int, int]:
    """Parameters of a network, and multiply-adds of its convolutions and dense layers for one image.

    The same numbers as those of `zoo_core.engines.gluon.costs`, where there is no MXNet.

    Args:
        engine: engine of the network.
        size: size of its input.
    """
    with FlopCounterMode(display=False) as counter:
        engine.outputs(np.zeros((1, 3, *size), np.float32))
    # PyTorch counts a multiplication and an addition as two.
    parameters = sum(math.prod(each.shape) for each in engine.network.arrays().values())
    return parameters, counter.get_total_flops() // 2

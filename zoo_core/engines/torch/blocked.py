"""oneDNN's blocked layout of maps, in which processors train faster than with channels last.

A convolution brings its maps into the layout, and they stay in it through all operators that compute in it; before any
other, and before what comes out of the network, they are dense again. Each change costs a copy, so that a network with
LeakyReLU, of which PyTorch has no right gradient for blocked maps, is slower so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from zoo_core.engines.network_graph import NetworkGraph

__all__ = ["blocked_operands", "dense", "gains_by_blocks", "laid_out"]


def gains_by_blocks(graph: NetworkGraph) -> bool:
    """Whether a network trains faster with blocked maps, on a processor in float32."""
    has_layout = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    return has_layout and all(node.operator != "LeakyReLU" for node in graph.nodes)


def blocked_operands(operator: str, settings: Mapping[str, Any]) -> int:
    """How many of the first operands of an operator of MXNet may be blocked, where PyTorch has its gradient."""
    match operator:
        case "Convolution":
            return int(len(settings["kernel"]) == 2)
        case "BatchNorm":
            return int(settings["axis"] == 1 and not settings["use_global_stats"])
        case "Activation":
            return int(settings["act_type"] == "relu")
        case "Pooling":
            return int(settings["pool_type"] == "max" and not settings["global_pool"])
        case "elemwise_add":
            return 2
    return 0


def laid_out(operands: Sequence[Tensor], operator: str, count: int) -> list[Tensor]:
    """The operands of an operator, of which the first so many may be blocked; a convolution is worth blocking them.

    Args:
        operands: as they are.
        operator: of MXNet.
        count: of `blocked_operands`.
    """
    if count and (operator == "Convolution" or any(each.is_mkldnn for each in operands)):
        return [*map(_blocked, operands[:count]), *operands[count:]]
    return [dense(each) for each in operands]


def dense(maps: Tensor) -> Tensor:
    """Maps outside of the layout."""
    return maps.to_dense() if maps.is_mkldnn else maps


def _blocked(maps: Tensor) -> Tensor:
    return maps if maps.is_mkldnn else maps.to_mkldnn()

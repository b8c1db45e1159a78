"""The graphs of a network and of its loss, as other engines compute them."""

from __future__ import annotations

from typing import Any

from zoo_core.config.detector import DetectorConfig
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.weights import parameters_of
from zoo_core.engines.network_graph import NetworkGraph
from zoo_core.registry.registry import make

__all__ = ["loss_graph", "network_graph"]

_LOSS_INPUTS = ("scores", "offsets", "classes", "offset_targets", "mask")
_SOFT, _WEIGHTS = "soft", "weights"


def network_graph(network: Any) -> NetworkGraph:
    """What a network computes; its weights have the names under which they are stored."""
    stored = {parameter.name: name for name, parameter in parameters_of(network).items()}
    symbol = mx.sym.Group(list(network(mx.sym.var("data"))))
    return NetworkGraph.from_json(symbol.tojson(), ("data",), stored)


def loss_graph(config: DetectorConfig) -> NetworkGraph:
    """What the loss of a detector computes of what the network says and of what it should have said."""
    loss = make(config.loss)
    inputs = (
        *_LOSS_INPUTS,
        *([_SOFT] if config.loss.soft else []),
        *([_WEIGHTS] if config.training.mixup else []),
    )
    parts = loss(*map(mx.sym.var, inputs))
    return NetworkGraph.from_json(mx.sym.Group(list(parts)).tojson(), inputs)

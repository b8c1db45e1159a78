"""What a network costs, worked out from its configuration: no weight is made, and nothing runs."""

from __future__ import annotations

import ast
import json
import math
from typing import Any

from zoo_core.config.detector import DetectorConfig
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.network import network_of

__all__ = ["costs"]


def costs(config: DetectorConfig) -> tuple[int, int]:
    """Parameters of a detector, and multiply-adds of its convolutions and dense layers for one image.

    Running statistics of batch norm are among the parameters. A multiply-add is one product that is added up; biases,
    batch norm, activations and pooling are not counted, as is usual.
    """
    symbol = mx.sym.Group(list(network_of(config)(mx.sym.var("data"))))
    internals = symbol.get_internals()
    weights, outputs, states = internals.infer_shape(data=(1, 3, *config.input_size))
    parameters = sum(map(math.prod, weights)) - math.prod((3, *config.input_size)) + sum(map(math.prod, states))
    shapes = dict(zip(internals.list_outputs(), outputs, strict=True))
    shapes |= dict(zip(internals.list_arguments(), weights, strict=True))
    nodes = json.loads(symbol.tojson())["nodes"]
    return int(parameters), sum(_multiply_adds(node, nodes, shapes) for node in nodes)


def _multiply_adds(node: dict[str, Any], nodes: list[dict[str, Any]], shapes: dict[str, tuple[int, ...]]) -> int:
    if node["op"] not in {"Convolution", "Deconvolution", "FullyConnected"}:
        return 0
    weight = shapes[nodes[node["inputs"][1][0]]["name"]]
    if node["op"] == "FullyConnected":
        return math.prod(weight)
    if node["op"] == "Deconvolution":  # each number of its input meets each weight of its channel
        source = nodes[node["inputs"][0][0]]["name"]
        return math.prod(shapes[f"{source}_output" if f"{source}_output" in shapes else source]) * math.prod(weight[1:])
    kernel = ast.literal_eval(node["attrs"]["kernel"])
    # The weight's depth is the channels of the input, divided by the groups.
    products: int = math.prod(shapes[f"{node['name']}_output"]) * weight[1] * math.prod(kernel)
    return products

"""Which layers of a network are computed in 8 bits: all but those that predict."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from onnx import TensorProto, helper

from zoo_core.engines.onnx.assembling import CLASS_SCORES, NETWORK, OFFSETS
from zoo_core.engines.onnx.graph import GraphBuilder
from zoo_core.engines.onnx.quantization import quantized

SHAPE = (2, 3, 8, 8)


def convolution(graph: GraphBuilder, data: str, name: str) -> str:
    weights = np.random.default_rng(0).normal(size=(3, 3, 1, 1))
    weight = graph.constant(weights, np.float32, name=f"{NETWORK}{name}.weight")
    return graph.op("Conv", data, weight, name=f"{NETWORK}{name}")


def scaled(graph: GraphBuilder, data: str) -> str:
    """By a factor that is learned, as in FCOS."""
    return graph.op("Mul", data, graph.constant(1.5, np.float32), name=f"{NETWORK}scaled")


def of_two_convolutions(graph: GraphBuilder, data: str) -> str:
    return graph.op("Add", data, convolution(graph, f"{NETWORK}body", "second"), name=f"{NETWORK}sum")


def in_rows(graph: GraphBuilder, data: str) -> str:
    return graph.op("Reshape", data, graph.constant([0, -1, 4, 1], np.int64), name=f"{NETWORK}rows")


def unchanged(_graph: GraphBuilder, data: str) -> str:
    return data


@pytest.mark.parametrize("behind", [unchanged, scaled, of_two_convolutions, in_rows])
def test_what_predicts_is_left_in_float32_whatever_follows_it(behind: Callable[[GraphBuilder, str], str]) -> None:
    graph = GraphBuilder()
    maps = graph.op("Relu", convolution(graph, "images", "first"), name=f"{NETWORK}maps")
    maps = convolution(graph, maps, "body")
    graph.op("Transpose", convolution(graph, maps, "scores"), perm=[0, 2, 3, 1], name=CLASS_SCORES)
    graph.op("Identity", behind(graph, convolution(graph, maps, "offsets")), name=OFFSETS)
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", *SHAPE[1:]])
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, list("bhwc")) for name in (CLASS_SCORES, OFFSETS)]
    pictures = np.random.default_rng(1).normal(size=SHAPE).astype(np.float32)
    small = quantized(graph.model([images], outputs, "detector"), pictures)
    weights = {each.name for each in small.graph.initializer if each.name.endswith("weight_quantized")}
    assert weights == {f"{NETWORK}{name}.weight_quantized" for name in ("first", "body")}

"""What cannot be run on PyTorch is named."""

from __future__ import annotations

import pytest
import torch

from tests.engines.operators.held_to_mxnet import A, S
from zoo_core.common.errors import ExportError
from zoo_core.engines.network_graph import NetworkGraph
from zoo_core.engines.onnx.network import network_in_onnx
from zoo_core.engines.torch.module import GraphModule
from zoo_core.engines.torch.operators.registry import OPERATORS, UnsupportedOperatorError


def test_an_unknown_operator_is_named_with_its_layer() -> None:
    graph = NetworkGraph.from_json(S.SequenceMask(A, name="cut").tojson(), ["a"])
    with pytest.raises(
        UnsupportedOperatorError, match="cut: the operator SequenceMask of MXNet cannot be run on PyTorch"
    ):
        GraphModule(graph, {})


def test_a_setting_that_would_be_dropped_is_named() -> None:
    graph = NetworkGraph.from_json(S.UpSampling(A, scale=2, sample_type="nearest", name="up").tojson(), ["a"])
    odd = S.Pooling(A, kernel=(2, 2), layout="NHWC", name="pool")
    assert "UpSampling" in OPERATORS.known
    GraphModule(graph, {})
    with pytest.raises(UnsupportedOperatorError, match="layout NHWC"):
        GraphModule(NetworkGraph.from_json(odd.tojson(), ["a"]), {})(torch.zeros(1, 2, 4, 4))


def test_what_is_found_when_it_is_run_is_named_with_its_layer() -> None:
    symbol = S.contrib.BilinearResize2D(A, scale_width=2, name="wider")
    with pytest.raises(UnsupportedOperatorError, match="wider: BilinearResize2D with a scale for one axis"):
        GraphModule(NetworkGraph.from_json(symbol.tojson(), ["a"]), {})(torch.zeros(1, 2, 4, 4))


def test_an_output_that_only_mxnet_has_is_not_taken_for_another() -> None:
    graph = NetworkGraph.from_json(S.LeakyReLU(A, act_type="rrelu").tojson(), ["a"])  # and which numbers it has drawn
    with pytest.raises(UnsupportedOperatorError, match="output 1 of an operator"):
        GraphModule(graph, {})(torch.zeros(1, 2))
    with pytest.raises(ExportError, match="output 1 of an operator"):
        network_in_onnx(graph, {}, {"a": (1, 2)})


def test_a_shape_that_is_left_open_is_named() -> None:
    graph = NetworkGraph.from_json(S.broadcast_add(A, S.zeros((0, 3), name="nothing")).tojson(), ["a"])
    with pytest.raises(UnsupportedOperatorError, match=r"nothing: the shape \(0, 3\) leaves sizes open"):
        GraphModule(graph, {})


def test_products_of_16_and_32_bits_are_computed() -> None:
    module = GraphModule(NetworkGraph.from_json(S.dot(A, S.var("b")).tojson(), ["a", "b"]), {})
    with torch.autocast("cpu", torch.bfloat16):
        (product,) = module(torch.ones(2, 3, dtype=torch.bfloat16), torch.ones(3, 4))
    assert bool((product == 3).all())

"""What cannot be run on PyTorch is named."""

from __future__ import annotations

import pytest
import torch

from tests.engines.operators.held_to_mxnet import A, S
from zoo_core.engines.network_graph import NetworkGraph
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

"""Weights of a graph as PyTorch keeps them: under each of their names, wherever the module is."""

from __future__ import annotations

import numpy as np
import torch

from zoo_core.engines.gluon import mx
from zoo_core.engines.network_graph import NetworkGraph
from zoo_core.engines.torch.module import GraphModule

S = mx.sym
GAMMA, BETA, MEAN, VARIANCE, WEIGHT = "b.norm.gamma", "b.norm.beta", "a.mean", "a.variance", "a.weight"
OTHERS = {"b.weight": WEIGHT, "b.mean": MEAN}
"""Names that the second block has for what it shares with the first."""


def shared() -> GraphModule:
    """Two blocks, of which the second is computed first, and has a weight and a running mean of the first."""
    names = (GAMMA, BETA, MEAN, VARIANCE)
    normalised = S.BatchNorm(S.var("data"), *map(S.var, names), fix_gamma=False)
    symbol = S.FullyConnected(normalised, S.var(WEIGHT), num_hidden=2, no_bias=True)
    arrays = {name: np.ones(3, np.float32) for name in names} | {WEIGHT: np.ones((2, 3), np.float32)}
    return GraphModule(NetworkGraph.from_json(symbol.tojson(), ["data"]), arrays, OTHERS)


def test_what_is_learned_has_the_name_of_the_graph() -> None:
    """PyTorch goes by modules: of the second block it would find the shared weight first, and MXNet of the first."""
    module = shared()
    assert WEIGHT not in dict(module.named_parameters())
    assert list(module.learnable()) == [GAMMA, BETA, WEIGHT]
    assert module.state_dict().keys() == {GAMMA, BETA, MEAN, VARIANCE, WEIGHT, *OTHERS}


def test_a_shared_running_mean_stays_shared_where_the_module_goes() -> None:
    module = shared().double().train()
    module(torch.rand(5, 3, dtype=torch.float64) + 5)
    arrays = module.arrays()
    assert arrays[MEAN].mean() > 1.1
    np.testing.assert_array_equal(arrays["b.mean"], arrays[MEAN])

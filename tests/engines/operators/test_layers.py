"""Other layers: norms, activations, upsampling, poolings of a kind, dropout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from tests.engines.operators.held_to_mxnet import A, B, C, S, compared, drawn
from zoo_core.engines.network_graph import NetworkGraph
from zoo_core.engines.torch.module import GraphModule

LAYERS: dict[str, tuple[Any, Callable[[], list[Any]]]] = {
    "dense": (S.FullyConnected(A, B, C, num_hidden=3), lambda: [drawn(2, 4, 2), drawn(3, 8, seed=1), drawn(3, seed=2)]),
    "dense, last axis": (
        S.FullyConnected(A, B, num_hidden=3, flatten=False, no_bias=True),
        lambda: [drawn(2, 4, 5), drawn(3, 5, seed=1)],
    ),
    "layer norm": (S.LayerNorm(A, B, C, axis=1), lambda: [drawn(2, 4, 5), drawn(4, seed=1), drawn(4, seed=2)]),
    "instance norm of one number of one item": (
        S.InstanceNorm(A, B, C),
        lambda: [drawn(1, 4, 1, 1), drawn(4, seed=1), drawn(4, seed=2)],
    ),
    "group norm": (
        S.GroupNorm(A, B, C, num_groups=2),
        lambda: [drawn(2, 4, 3, 3), drawn(2, seed=1), drawn(2, seed=2)],
    ),
    "instance norm": (S.InstanceNorm(A, B, C), lambda: [drawn(2, 4, 3, 3), drawn(4, seed=1), drawn(4, seed=2)]),
    "group norm of one number": (
        S.GroupNorm(A, B, C, num_groups=4),
        lambda: [drawn(1, 4, 1, 1), drawn(4, seed=1), drawn(4, seed=2)],
    ),
    "instance norm of one number": (
        S.InstanceNorm(A, B, C),
        lambda: [drawn(2, 4, 1, 1), drawn(4, seed=1), drawn(4, seed=2)],
    ),
    "length of items": (S.L2Normalization(A), lambda: [drawn(2, 4, 3, 3)]),
    "length of cells": (S.L2Normalization(A, mode="channel"), lambda: [drawn(2, 4, 3, 3)]),
    "length of channels": (S.L2Normalization(A, mode="spatial"), lambda: [drawn(2, 4, 3, 3)]),
    "local response norm": (S.LRN(A, nsize=3, alpha=0.1, beta=0.6, knorm=1.5), lambda: [drawn(2, 5, 3, 3)]),
    "leaky": (S.LeakyReLU(A, act_type="leaky", slope=0.1), lambda: [drawn(2, 3, 4)]),
    "prelu": (S.LeakyReLU(A, B, act_type="prelu"), lambda: [drawn(2, 3, 4), drawn(3, seed=1)]),
    "elu": (S.LeakyReLU(A, act_type="elu", slope=0.7), lambda: [drawn(2, 3, 4)]),
    "gelu": (S.LeakyReLU(A, act_type="gelu"), lambda: [drawn(2, 3, 4)]),
    "nearest": (S.UpSampling(A, scale=2, sample_type="nearest"), lambda: [drawn(2, 3, 4, 5)]),
    "nearest of two": (
        S.UpSampling(A, B, scale=2, sample_type="nearest", num_args=2),
        lambda: [drawn(1, 3, 4, 4), drawn(1, 2, 2, 2)],
    ),
    "nearest, summed": (
        S.UpSampling(A, B, scale=3, sample_type="nearest", num_args=2, multi_input_mode="sum"),
        lambda: [drawn(1, 3, 4, 4), drawn(1, 3, 2, 2)],
    ),
    "bilinear": (
        S.UpSampling(A, B, scale=2, sample_type="bilinear", num_filter=3, num_args=2),
        lambda: [drawn(1, 3, 4, 4), drawn(3, 1, 4, 4, seed=1)],
    ),
    "bilinear by three": (
        S.UpSampling(A, B, scale=3, sample_type="bilinear", num_filter=2, num_args=2),
        lambda: [drawn(1, 2, 4, 3), drawn(2, 1, 5, 5, seed=1)],
    ),
    "adaptive, square": (S.contrib.AdaptiveAvgPooling2D(A, output_size=(2,)), lambda: [drawn(2, 3, 7, 5)]),
    "adaptive": (S.contrib.AdaptiveAvgPooling2D(A, output_size=(3, 2)), lambda: [drawn(2, 3, 7, 5)]),
    "resized": (S.contrib.BilinearResize2D(A, height=5, width=9), lambda: [drawn(2, 3, 4, 4)]),
    "max over one axis": (S.Pooling(A, kernel=(3,), stride=(2,), pool_type="max"), lambda: [drawn(2, 3, 9)]),
    "root of cubes": (
        S.Pooling(A, kernel=(2, 2), pool_type="lp", p_value=3),
        lambda: [np.abs(drawn(2, 3, 5, 5)) + 0.1],
    ),
    "sum of sizes": (S.Pooling(A, kernel=(2, 2), pool_type="lp", p_value=1), lambda: [drawn(2, 3, 5, 5)]),
    "max over three axes": (
        S.Pooling(A, kernel=(2, 3, 2), stride=(2, 2, 1), pad=(1, 1, 0), pool_type="max", pooling_convention="full"),
        lambda: [drawn(1, 2, 5, 6, 3)],
    ),
    "mean over three axes": (
        S.Pooling(A, kernel=(2, 3, 2), pad=(1, 1, 0), pool_type="avg", count_include_pad=False),
        lambda: [drawn(1, 2, 5, 6, 3)],
    ),
    "resized to one": (
        S.contrib.BilinearResize2D(A, height=1, width=3, align_corners=False),
        lambda: [drawn(2, 3, 4, 5)],
    ),
    "leaky by a whole number": (S.LeakyReLU(A, act_type="leaky", slope=0), lambda: [drawn(2, 3, 4)]),
    "root of squares": (S.Pooling(A, kernel=(2, 2), pool_type="lp", p_value=2), lambda: [drawn(2, 3, 5, 5)]),
    "a mean without the padding": (
        S.Pooling(A, kernel=(2, 3), pool_type="avg", pad=(1, 1), count_include_pad=False),
        lambda: [drawn(2, 3, 4, 3)],
    ),
    "a mean of no numbers": (
        S.Pooling(A, kernel=(1, 1), stride=(2, 1), pool_type="avg", pooling_convention="full"),
        lambda: [drawn(2, 3, 4, 3)],
    ),
    "windows in the padding alone": (
        S.Pooling(A, kernel=(2, 2), stride=(2, 2), pool_type="max", pooling_convention="full", pad=(1, 1)),
        lambda: [drawn(2, 3, 5, 6)],
    ),
}
for _kind in ("relu", "sigmoid", "tanh", "softrelu", "softsign"):
    LAYERS[_kind] = (S.Activation(A, act_type=_kind), lambda: [drawn(2, 3, 4) * 9])


def test_selu() -> None:
    # Its gradient in MXNet is not that of its output, so outputs are compared alone.
    compared(S.LeakyReLU(A, act_type="selu"), drawn(2, 3, 4), training=False)


@pytest.mark.parametrize("name", LAYERS)
def test_layer(name: str) -> None:
    symbol, operands = LAYERS[name]
    compared(symbol, *operands(), tolerance=5e-5)


VIEWS: dict[str, Callable[[Any], Any]] = {
    "reshaped": lambda maps: S.reshape(maps, shape=(0, 0, -1)),
    "turned": lambda maps: S.transpose(maps, axes=(0, 2, 3, 1)),
    "cut": lambda maps: S.slice_axis(maps, axis=1, begin=0, end=2),
    "split": lambda maps: S.split(maps, num_outputs=3, axis=1)[1],
    "stopped": S.BlockGrad,
    "the same": S.identity,
}


@pytest.mark.parametrize("name", VIEWS)
def test_an_activation_does_not_change_what_shares_memory_with_its_operand(name: str) -> None:
    maps = S.Convolution(A, B, no_bias=True, num_filter=3, kernel=(1, 1))
    both = S.Group([VIEWS[name](maps), S.Activation(maps, act_type="relu")])
    compared(both, drawn(2, 4, 3, 3), drawn(3, 4, 1, 1, seed=1))


def test_dropout_keeps_the_mean_and_learns_alone() -> None:
    data = np.ones((64, 4, 8, 8), np.float32)
    for axes in ((), (2, 3)):
        graph = NetworkGraph.from_json(S.Dropout(A, p=0.25, axes=axes).tojson(), ["a"])
        module = GraphModule(graph, {})
        torch.manual_seed(0)
        (kept,) = module.train()(torch.from_numpy(data))
        assert set(np.unique(kept.numpy().round(4))) == {0.0, np.float32(4 / 3).round(4)}
        assert abs(float(kept.mean()) - 1) < (0.02 if not axes else 0.1)
        assert bool((module.eval()(torch.from_numpy(data))[0] == 1).all())

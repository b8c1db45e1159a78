"""Maps in oneDNN's blocked layout: what is learned is what is learned of dense maps, up to the order of sums."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import zoo_core as zoo
from zoo_core.engines.torch.blocked import blocked_operands, gains_by_blocks

_SMALL = {"tinyssd_256_voc": 64}
_LARGER = {
    "ssd_300_mobilenet0.25_voc": 128,
    "ssd_512_resnet50_v1_voc": 128,
    "fcos_512_resnet18_v1_voc": 128,
    "ssd_300_vgg16_atrous_voc": 300,
}
"""Between them: depth-wise convolutions, sums of branches, padded pools, dilation, group norms, upsampling."""
_NETWORKS = [*_SMALL.items(), *(pytest.param(*each, marks=pytest.mark.slow) for each in _LARGER.items())]


def _network(name: str, side: int) -> Any:
    torch.manual_seed(0)
    network = zoo.build(name, {"engine": "torch", "input_size": side}).engine.network.train()
    return network.to(memory_format=torch.channels_last)


def _gradients(network: Any, images: Tensor, **how: bool) -> Tensor:
    """All gradients in one vector; running statistics are changed."""
    network.zero_grad()
    outputs = network(images, **how)
    pulls = [torch.linspace(-1, 1, each.numel()).reshape(each.shape).to(each.dtype) for each in outputs]
    torch.autograd.backward(outputs, pulls)
    return torch.cat([each.grad.flatten().double() for each in network.parameters() if each.grad is not None])


@pytest.mark.parametrize(("name", "side"), _NETWORKS)
def test_gradients_are_as_near_to_float64_as_those_of_dense_maps(name: str, side: int) -> None:
    network = _network(name, side)
    images = torch.randn(4, 3, side, side).to(memory_format=torch.channels_last)
    blocked, dense = _gradients(network, images, blocked=True), _gradients(network, images)
    exact = _gradients(network.double(), images.double())
    errors = [float((each - exact).norm() / exact.norm()) for each in (blocked, dense)]
    assert errors[0] < 2 * errors[1] + 1e-4
    assert gains_by_blocks(network.graph)


def test_outputs_and_running_statistics_are_those_of_dense_maps() -> None:
    network = _network("tinyssd_256_voc", 64)
    images = torch.randn(4, 3, 64, 64)
    before = {name: each.clone() for name, each in network.named_buffers()}
    found = []
    for blocked in (True, False):
        for name, each in network.named_buffers():
            each.copy_(before[name])
        with torch.no_grad():
            outputs = network(images, blocked=blocked)
        found.append([each.numpy().copy() for each in (*outputs, *network.buffers())])
    for ours, expected in zip(*found, strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-5)


def test_batch_norms_that_use_running_statistics_are_computed_dense() -> None:
    settings = {"axis": 1, "use_global_stats": True}  # PyTorch has no gradient of them for blocked maps
    assert blocked_operands("BatchNorm", settings) == 0
    assert blocked_operands("BatchNorm", settings | {"use_global_stats": False}) == 1


def test_a_network_with_leaky_relus_is_left_dense() -> None:
    assert not gains_by_blocks(_network("yolo3_mobilenet0.25_voc", 64).graph)

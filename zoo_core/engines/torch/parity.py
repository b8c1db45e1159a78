"""What is compared between engines, as PyTorch computes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from numpy.typing import NDArray

from zoo_core.config.training import TrainingSettings
from zoo_core.engines.torch.engine import TorchEngine
from zoo_core.engines.torch.optimization import Optimization

__all__ = ["gradients", "optimized"]

Arrays = dict[str, NDArray[Any]]


def gradients(engine: TorchEngine, images: NDArray[Any], pulls: Sequence[NDArray[Any]]) -> Arrays:
    """Gradients of all weights in float64, by name; the network stays in float64.

    Empty on the GPU of a Mac, which has no float64.

    Args:
        engine: runs the network.
        images: (B, 3, H, W).
        pulls: gradients of both outputs of the network.
    """
    home = next(engine.network.parameters()).device
    if home.type == "mps":
        return {}
    network = engine.network.double().train()
    outputs = network(torch.from_numpy(images).double().to(home))
    torch.autograd.backward(outputs, [torch.from_numpy(each).to(home) for each in pulls])
    return {name: each.grad.cpu().numpy() for name, each in network.learnable().items() if each.grad is not None}


def optimized(
    engine: TorchEngine, settings: TrainingSettings, drawn: Callable[[Any], Arrays], rates: Sequence[float]
) -> Arrays:
    """By how much steps of an optimiser change the trained weights, by name.

    Args:
        engine: runs the network.
        settings: of the optimiser.
        drawn: called with the shapes of weights, by name, in each step; gives their gradients.
        rates: the learning rate of each step.
    """
    optimization = Optimization(engine.network.learnable(), settings, engine.graphs().rates)
    trained = optimization.trained
    before = {name: each.detach().cpu().numpy().copy() for name, each in trained.items()}
    for rate in rates:
        for name, values in drawn({name: tuple(each.shape) for name, each in trained.items()}).items():
            trained[name].grad = torch.from_numpy(values).to(trained[name].device)
        optimization.step(rate)
    engine.network.zero_grad()
    return {name: each.detach().cpu().numpy() - before[name] for name, each in trained.items()}

"""The loss of a detector on PyTorch, held to what every loss promises before anything is trained."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.targets import Targets
from zoo_core.common.errors import RunError
from zoo_core.common.messages import listed
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.plan import plan
from zoo_core.engines.network_file import SAMPLE_WEIGHTS, NetworkFile
from zoo_core.engines.precision import empty_batch
from zoo_core.engines.torch.module import GraphModule, not_computable
from zoo_core.engines.torch.operators.registry import UnsupportedOperatorError

__all__ = ["arrays_for", "loss_module"]

_IMAGES = 2


def loss_module(graphs: NetworkFile, config: DetectorConfig) -> GraphModule:
    """The loss, of which nothing learns.

    Args:
        graphs: of the network and the loss.
        config: how the network is trained.

    Raises:
        UnsupportedOperatorError: PyTorch has nothing for an operator of the loss; says which and where.
        RunError: the loss cannot be computed for this network, or gives something else than a loss promises.
    """
    name = f"loss {config.loss.name!r}"
    try:
        with not_computable(f"{name} cannot be computed on PyTorch"):
            loss = GraphModule(graphs.loss, graphs.loss_weights).requires_grad_(requires_grad=False)
            given = loss.output_shapes(*_input_shapes(loss, config))
    except UnsupportedOperatorError as error:
        raise UnsupportedOperatorError(f"{name}: {error}") from None
    if given != [(_IMAGES,)] * 2:
        raise RunError(f"{name} gives {listed(map(str, given))} for {_IMAGES} images, and should give two numbers each")
    return loss


def arrays_for(loss: GraphModule, targets: Targets) -> list[NDArray[Any]]:
    """The arrays of targets as a loss gets them; one that can weigh objects is told where all weigh 1."""
    if SAMPLE_WEIGHTS in loss.graph.inputs and targets.weights is None:
        targets = replace(targets, weights=np.ones(targets.classes.shape, np.float32))
    return targets.for_loss()


def _input_shapes(loss: GraphModule, config: DetectorConfig) -> list[tuple[int, ...]]:
    """Those of what a network says of some images, and of the targets."""
    shapes = plan(config)
    targets = empty_batch((_IMAGES, 3, 1, 1), shapes.anchor_count, config.soft_class_count).targets
    said = [(_IMAGES, *each) for each in (shapes.score_shape, shapes.offset_shape)]
    return [*said, *(each.shape for each in arrays_for(loss, targets))]

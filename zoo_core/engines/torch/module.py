"""A PyTorch module that computes the graph of a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from zoo_core.common.errors import RunError
from zoo_core.common.messages import listed
from zoo_core.engines.network_graph import Edge, NetworkGraph
from zoo_core.engines.torch.blocked import blocked_operands, dense, laid_out
from zoo_core.engines.torch.operators import arithmetic, layers, norms, pooling, reductions, shapes
from zoo_core.engines.torch.operators.registry import OPERATORS, may_overwrite, takes_training
from zoo_core.engines.weight_arrays import Arrays, require_finite, require_fitting

__all__ = ["GraphModule"]

# Their operators are known once they are imported.
_KINDS = (arithmetic, layers, norms, pooling, reductions, shapes)

_OVERWRITTEN = ("BatchNorm", "Convolution", "_contrib_SyncBatchNorm", "elemwise_add")
"""Operators whose result is a tensor of its own that their gradient does not need, so that an activation may take its
place: memory that is not written a second time is a tenth of the time of a small network."""


@dataclass(frozen=True)
class _Step:
    """An operator at its place in the graph.

    Attributes:
        compute: what it does, its settings included.
        inputs: where its operands come from.
        training: whether it does something else in training.
        operator: of MXNet.
        blocked: how many of its operands may be blocked.
        forget: indices of the nodes whose outputs nothing needs after it.
    """

    index: int
    compute: Callable[..., Any]
    settings: Mapping[str, Any]
    inputs: tuple[Edge, ...]
    training: bool
    operator: str
    blocked: int
    forget: tuple[int, ...]


class GraphModule(nn.Module):
    """Computes a graph; in ``state_dict()`` its weights have the names that they have in ``.params`` files.

    Args:
        graph: of the network or the loss.
        weights: an array for each of its weights, by name.

    Attributes:
        graph: that it computes.

    Raises:
        UnsupportedOperatorError: PyTorch has nothing for an operator, or a setting of one; says which and where.
        RunError: weights are missing.
    """

    def __init__(self, graph: NetworkGraph, weights: Mapping[str, NDArray[Any]]) -> None:
        super().__init__()
        self.graph = graph
        names = list(dict.fromkeys(graph.weights))
        if missing := [name for name in names if name not in weights]:
            raise RunError(f"weights of this network are missing: {listed(missing[:8])}")
        statistics = graph.running_statistics
        self._weights = {name: self._place(name, weights[name], name not in statistics) for name in names}
        self._steps = tuple(_steps(graph))

    def _place(self, name: str, values: NDArray[Any], learns: bool) -> tuple[nn.Module, str]:
        """Keep a weight in a module of its own for each part of its name."""
        *path, leaf = name.split(".")
        holder: nn.Module = self
        for part in path:
            if not hasattr(holder, part):
                holder.add_module(part, nn.Module())
            holder = holder.get_submodule(part)
        tensor = torch.from_numpy(np.array(values, dtype=np.float32))
        if learns:
            holder.register_parameter(leaf, nn.Parameter(tensor))
        else:
            holder.register_buffer(leaf, tensor)
        return holder, leaf

    def forward(self, *inputs: Tensor, blocked: bool = False) -> tuple[Tensor, ...]:
        """The outputs of the graph for its inputs.

        Args:
            inputs: in the order of the graph.
            blocked: whether maps are in oneDNN's blocked layout where possible: in training on processors in float32.
        """
        given = dict(zip(self.graph.inputs, inputs, strict=True))
        values: dict[int, Any] = {}
        for index, node in enumerate(self.graph.nodes):
            if node.operator is None:
                values[index] = given[node.name] if node.name in given else getattr(*self._weights[node.name])
        for step in self._steps:
            operands = [_output(values[edge.node], edge.output) for edge in step.inputs]
            if blocked:
                operands = laid_out(operands, step.operator, step.blocked)
            mode = {"training": self.training} if step.training else {}
            values[step.index] = step.compute(*operands, **step.settings, **mode)
            for index in step.forget:
                del values[index]
        return tuple(dense(_output(values[edge.node], edge.output)) for edge in self.graph.outputs)

    def output_shapes(self, *inputs: Sequence[int]) -> list[tuple[int, ...]]:
        """The shapes of the outputs for inputs of these shapes; no number is computed.

        Raises:
            RuntimeError: an operator cannot work with them.
        """
        weights = {name: each.to("meta") for name, each in self.weights().items()}
        given = tuple(torch.empty(tuple(shape), device="meta") for shape in inputs)
        outputs = torch.func.functional_call(self, weights, given)
        return [tuple(each.shape) for each in outputs]

    def weights(self) -> dict[str, Tensor]:
        """Every weight by its name, running statistics included; changing one changes the module."""
        return {name: getattr(*place) for name, place in self._weights.items()}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Copies of all weights by name."""
        return {name: each.detach().cpu().numpy().copy() for name, each in self.weights().items()}

    def set(self, stored: Arrays, path: Path) -> None:
        """Set all weights to arrays that were read from a file.

        Raises:
            RunError: they belong to another network, or are not finite; nothing was set.
        """
        weights = self.weights()
        require_fitting({name: tuple(each.shape) for name, each in weights.items()}, stored, path)
        require_finite(stored, path)
        with torch.no_grad():
            for name, each in weights.items():
                each.copy_(torch.from_numpy(np.array(stored[name], np.float32)))


def _output(value: Any, index: int) -> Tensor:
    output: Tensor = value[index] if isinstance(value, tuple) else value
    return output


def _steps(graph: NetworkGraph) -> list[_Step]:
    last = _last_use(graph)
    steps = []
    for index, node in enumerate(graph.nodes):
        if node.operator is None:
            continue
        compute, settings = OPERATORS.bound(node.operator, node.name, node.attributes)
        blocked = blocked_operands(node.operator, settings)
        forget = tuple(sorted({edge.node for edge in node.inputs if last[edge.node] == index}))
        if may_overwrite(compute) and forget and graph.nodes[forget[0]].operator in _OVERWRITTEN:
            settings["overwrite"] = True
        steps.append(
            _Step(index, compute, settings, node.inputs, takes_training(compute), node.operator, blocked, forget)
        )
    return steps


def _last_use(graph: NetworkGraph) -> dict[int, int]:
    """The index of the last node that needs the output of a node; outputs of the graph are needed for ever."""
    last = {edge.node: index for index, node in enumerate(graph.nodes) for edge in node.inputs}
    return last | {edge.node: len(graph.nodes) for edge in graph.outputs}

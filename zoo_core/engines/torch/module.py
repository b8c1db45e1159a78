"""A PyTorch module that computes the graph of a network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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
from zoo_core.engines.torch.operators import arithmetic, constants, layers, norms, pooling, reductions, shapes
from zoo_core.engines.torch.operators.registry import (
    OPERATORS,
    UnsupportedOperatorError,
    may_overwrite,
    takes_training,
)
from zoo_core.engines.weight_arrays import Arrays, require_finite, require_fitting

__all__ = ["GraphModule", "not_computable"]

# Their operators are known once they are imported.
_KINDS = (arithmetic, constants, layers, norms, pooling, reductions, shapes)

_OVERWRITTEN = ("BatchNorm", "Convolution", "_contrib_SyncBatchNorm", "elemwise_add")
"""Operators whose result is a tensor of its own that their gradient does not need, so that an activation which alone
reads it may take its place: memory that is not written a second time is a tenth of the time of a small network."""


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
        others: see `NetworkFile.others`.

    Attributes:
        graph: that it computes.

    Raises:
        UnsupportedOperatorError: PyTorch has nothing for an operator, or a setting of one; says which and where.
        RunError: weights are missing.
    """

    def __init__(
        self, graph: NetworkGraph, weights: Mapping[str, NDArray[Any]], others: Mapping[str, str | None] | None = None
    ) -> None:
        super().__init__()
        self.graph = graph
        names = [*dict.fromkeys(graph.weights), *(name for name, same in (others or {}).items() if same is None)]
        if missing := [name for name in names if name not in weights]:
            raise RunError(f"weights of this network are missing: {listed(missing[:8])}")
        tensors = {name: torch.from_numpy(np.array(weights[name], np.float32)) for name in names}
        tensors |= {name: nn.Parameter(tensors[name]) for name in graph.trained}
        self._weights = {name: self._place(name, each) for name, each in tensors.items()}
        for name, same in (others or {}).items():
            if same is not None:
                self._place(name, tensors[same])
                # Not its own place: on another device a module has two buffers of one that stands in two places.
                self._weights[name] = self._weights[same]
        for index, values in _constants(graph):
            self.register_buffer(_name_of_constant(index), values, persistent=False)
        self._steps = tuple(_steps(graph))

    def _place(self, name: str, tensor: Tensor) -> tuple[dict[str, Any], str]:
        """Keep a weight in a module of its own for each part of its name; returns where it is."""
        *path, leaf = name.split(".")
        holder: Any = self
        for part in path:
            # `add_module` refuses the names of PyTorch's own methods, but a layer may be called `half` or `type`.
            holder = holder._modules.setdefault(part, nn.Module())  # noqa: SLF001
        kept: tuple[dict[str, Any], dict[str, Any]] = holder._parameters, holder._buffers  # noqa: SLF001
        weights = kept[0 if isinstance(tensor, nn.Parameter) else 1]
        weights[leaf] = tensor
        return weights, leaf

    def forward(self, *inputs: Tensor, blocked: bool = False) -> tuple[Tensor, ...]:
        """The outputs of the graph for its inputs.

        Args:
            inputs: in the order of the graph.
            blocked: whether maps are in oneDNN's blocked layout where possible: in training on processors in float32.
        """
        return self._computed(self._known(inputs), blocked=blocked)

    def _known(self, inputs: Sequence[Tensor]) -> dict[int, Any]:
        """All that is not computed, by the index of its node: inputs, weights, and what depends on neither."""
        given = {**self.weights(), **dict(zip(self.graph.inputs, inputs, strict=True))}
        values: dict[int, Any] = {}
        for index, node in enumerate(self.graph.nodes):
            if node.operator is None:
                values[index] = given[node.name]
            elif not node.inputs:
                values[index] = self.get_buffer(_name_of_constant(index))
        return values

    def _computed(self, values: dict[int, Any], *, blocked: bool) -> tuple[Tensor, ...]:
        for step in self._steps:
            operands = [_output(values[edge.node], edge.output) for edge in step.inputs]
            if blocked:
                operands = laid_out(operands, step.operator, step.blocked)
            mode = {"training": self.training} if step.training else {}
            try:
                values[step.index] = step.compute(*operands, **step.settings, **mode)
            except UnsupportedOperatorError as error:
                raise UnsupportedOperatorError(f"{self.graph.nodes[step.index].name}: {error}") from None
            for index in step.forget:
                del values[index]
        return tuple(dense(_output(values[edge.node], edge.output)) for edge in self.graph.outputs)

    def output_shapes(self, *inputs: Sequence[int]) -> list[tuple[int, ...]]:
        """The shapes of the outputs for inputs of these shapes; no number is computed.

        Raises:
            RuntimeError: an operator cannot work with them.
        """
        known = self._known([torch.empty(tuple(shape), device="meta") for shape in inputs])
        outputs = self._computed({index: each.to("meta") for index, each in known.items()}, blocked=False)
        return [tuple(each.shape) for each in outputs]

    def weights(self) -> dict[str, Tensor]:
        """Every weight by its name, running statistics included; changing one changes the module."""
        return {name: weights[leaf] for name, (weights, leaf) in self._weights.items()}

    def learnable(self) -> dict[str, nn.Parameter]:
        """The weights that have gradients, by the name that each has in the graph, where several blocks share it."""
        # PyTorch's own `named_parameters` goes by the order of modules, and may find another of its names first.
        weights = self.weights()
        named = {name: weights[name] for name in dict.fromkeys(self.graph.weights)}
        return {name: each for name, each in named.items() if isinstance(each, nn.Parameter)}

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


@contextmanager
def not_computable(what: str) -> Iterator[None]:
    """What PyTorch says of a graph that cannot be computed becomes an error that begins with these words.

    Raises:
        RunError: it cannot.
    """
    try:
        yield
    except (RuntimeError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        raise RunError(f"{what}: {str(error).partition(chr(10))[0]}") from None


def _output(value: Any, index: int) -> Tensor:
    outputs: tuple[Tensor, ...] = value if isinstance(value, tuple) else (value,)
    if index >= len(outputs):
        raise UnsupportedOperatorError(f"output {index} of an operator is not computed by PyTorch: use its first alone")
    return outputs[index]


def _constants(graph: NetworkGraph) -> Iterator[tuple[int, Tensor]]:
    """What depends on no other node, by index: computed once, it goes where the module goes."""
    for index, node in enumerate(graph.nodes):
        if node.operator is not None and not node.inputs:
            compute, settings = OPERATORS.bound(node.operator, node.name, node.attributes)
            try:
                yield index, compute(**settings)
            except UnsupportedOperatorError as error:
                raise UnsupportedOperatorError(f"{node.name}: {error}") from None


def _name_of_constant(index: int) -> str:
    return f"constant_{index}"


def _steps(graph: NetworkGraph) -> list[_Step]:
    last, readers = _last_use(graph), Counter(edge.node for node in graph.nodes for edge in node.inputs)
    steps = []
    for index, node in enumerate(graph.nodes):
        if node.operator is None or not node.inputs:
            continue
        compute, settings = OPERATORS.bound(node.operator, node.name, node.attributes)
        blocked = blocked_operands(node.operator, settings)
        forget = tuple(sorted({edge.node for edge in node.inputs if last[edge.node] == index}))
        # What else has read it may be a view of the same memory: a reshaped or cut tensor, or a detached one.
        if may_overwrite(compute) and forget and readers[forget[0]] == 1:
            settings["overwrite"] = graph.nodes[forget[0]].operator in _OVERWRITTEN
        steps.append(
            _Step(index, compute, settings, node.inputs, takes_training(compute), node.operator, blocked, forget)
        )
    return steps


def _last_use(graph: NetworkGraph) -> dict[int, int]:
    """The index of the last node that needs the output of a node; outputs of the graph are needed for ever."""
    last = {edge.node: index for index, node in enumerate(graph.nodes) for edge in node.inputs}
    return last | {edge.node: len(graph.nodes) for edge in graph.outputs}

"""How the graphs of a detector follow the number of its classes, so that one of them stands for those of any number."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from zoo_core.engines.class_layers import Shape
from zoo_core.engines.initializers import Initializer
from zoo_core.engines.network_graph import NetworkGraph, Node

__all__ = ["ClassGrowth", "GrowingWeight", "Steps", "grown", "steps_between"]

Steps = dict[int, dict[str, Any]]
"""By index of a node and name of an attribute, what is added to it for every class more: a number, or a tuple."""


@dataclass(frozen=True)
class GrowingWeight:
    """A weight whose shape depends on the number of classes.

    Attributes:
        shape: for the number of classes for which the graph was made.
        step: what is added to each axis for every class more.
        initializer: how it begins.
    """

    shape: Shape
    step: Shape
    initializer: Initializer

    def shape_for(self, more: int) -> Shape:
        """Its shape for so many classes more, or fewer where negative."""
        return tuple(size + more * step for size, step in zip(self.shape, self.step, strict=True))


@dataclass(frozen=True)
class ClassGrowth:
    """What changes with the number of classes; a loss is made of its settings alone, and does not.

    Attributes:
        network: in the graph of the network.
        weights: the weights that grow, by name.
    """

    network: Steps
    weights: Mapping[str, GrowingWeight]

    def with_more(self, classes: int) -> Self:
        """The same of a graph for so many classes more, or fewer where negative."""
        weights = {name: replace(each, shape=each.shape_for(classes)) for name, each in self.weights.items()}
        return replace(self, weights=weights)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "network": self.network,
            "weights": {
                name: {"shape": each.shape, "step": each.step, "initializer": each.initializer}
                for name, each in self.weights.items()
            },
        }

    @classmethod
    def from_dict(cls, written: Mapping[str, Any]) -> Self:
        """What `to_dict` gave, after JSON had it.

        Raises:
            KeyError, TypeError, ValueError, AttributeError: it is something else.
        """
        steps = {
            int(index): {name: tuple(step) if isinstance(step, list) else step for name, step in each.items()}
            for index, each in written["network"].items()
        }
        weights = {
            name: GrowingWeight(_sizes(each["shape"]), _sizes(each["step"]), Initializer(*each["initializer"]))
            for name, each in written["weights"].items()
        }
        return cls(steps, weights)


def _sizes(written: Any) -> Shape:
    return tuple(map(int, written))


def grown(graph: NetworkGraph, steps: Steps, more: int) -> NetworkGraph:
    """A graph for so many classes more, or fewer where negative.

    Raises:
        KeyError, TypeError, ValueError, IndexError: the steps are not those of this graph.
    """
    nodes = list(graph.nodes)
    for index, each in steps.items():
        attributes = dict(nodes[index].attributes)
        attributes |= {name: _plus(attributes[name], step, more) for name, step in each.items()}
        nodes[index] = replace(nodes[index], attributes=attributes)
    return replace(graph, nodes=tuple(nodes))


def _plus(value: Any, step: Any, more: int) -> Any:
    if isinstance(value, tuple):
        return tuple(each + more * by if by else each for each, by in zip(value, step, strict=True))
    return value + more * step


def steps_between(graph: NetworkGraph, larger: NetworkGraph) -> Steps | None:
    """What is added to numbers of a graph where it becomes another one; None where more than numbers differ."""
    if (*map(_structure, graph.nodes), graph.outputs) != (*map(_structure, larger.nodes), larger.outputs):
        return None
    steps: Steps = {}
    for index, (ours, theirs) in enumerate(zip(graph.nodes, larger.nodes, strict=True)):
        found = {name: _difference(value, theirs.attributes[name]) for name, value in ours.attributes.items()}
        if None in found.values():
            return None
        if changed := {name: step for name, step in found.items() if _is_step(step)}:
            steps[index] = changed
    return steps


def _structure(node: Node) -> tuple[Any, ...]:
    """All of a node but the values of its attributes; MXNet numbers operators, and stored weights have names."""
    return node.operator, node.inputs, *node.attributes, node.name if node.operator is None else None


def _is_step(step: Any) -> bool:
    return any(step) if isinstance(step, tuple) else step != 0


def _difference(value: Any, other: Any) -> Any:
    """From one value of an attribute to another; None where they do not differ in numbers alone."""
    if isinstance(value, tuple) and isinstance(other, tuple) and len(value) == len(other):
        each = tuple(map(_difference, value, other))
        return None if None in each else each
    if value == other:
        return 0
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in (value, other)):
        return None
    return 0 if math.isclose(value, other, rel_tol=1e-9) else other - value

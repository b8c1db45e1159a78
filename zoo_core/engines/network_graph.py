"""The graph of a network as MXNet writes it: operators, their settings, and what goes from one to the next.

It can be read without MXNet, so that other engines run the same network.
"""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zoo_core.common.errors import RunError

__all__ = ["Edge", "NetworkGraph", "Node"]

_VARIABLE = "null"
_BATCH_NORMS = ("BatchNorm", "_contrib_SyncBatchNorm")
_STATISTICS = slice(3, 5)
"""Operands of a batch norm that are its running mean and variance."""


@dataclass(frozen=True)
class Edge:
    """One output of a node.

    Attributes:
        node: index of the node.
        output: index of its output.
    """

    node: int
    output: int = 0


@dataclass(frozen=True)
class Node:
    """An operator, or a variable: an input of the graph or one of its weights.

    Attributes:
        name: unique in the graph; that of a weight is the one under which it is stored.
        operator: as MXNet calls it; None for a variable.
        inputs: where its operands come from.
        attributes: its settings as Python values; those that MXNet left out have its defaults.
    """

    name: str
    operator: str | None
    inputs: tuple[Edge, ...]
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class NetworkGraph:
    """Nodes in an order in which they can be computed, and which of their outputs are those of the graph.

    Attributes:
        nodes: each comes after those from which its operands come.
        outputs: of the graph.
        inputs: names of the variables that are no weights, in the order in which they are handed over; a loss need not
            read all that it is given.
    """

    nodes: tuple[Node, ...]
    outputs: tuple[Edge, ...]
    inputs: tuple[str, ...]

    @classmethod
    def from_json(cls, text: str, inputs: Sequence[str], stored_names: Mapping[str, str] | None = None) -> NetworkGraph:
        """Read what MXNet's ``Symbol.tojson`` or ``HybridBlock.export`` wrote.

        Args:
            text: JSON.
            inputs: names of the variables that are no weights.
            stored_names: names under which weights are stored, by those that they have in the graph.

        Raises:
            RunError: it is not such a graph.
        """
        names = stored_names or {}
        try:
            written = json.loads(text)
            nodes = tuple(_node(each, names) for each in written["nodes"])
            outputs = tuple(_edge(each) for each in written["heads"])
        except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
            raise RunError(f"this is not the graph of a network as MXNet writes it: {error!r}") from None
        graph = cls(nodes, outputs, tuple(inputs))
        graph._require_order()
        return graph

    @classmethod
    def from_dict(cls, written: Mapping[str, Any]) -> NetworkGraph:
        """Read what `to_dict` gave, also after JSON had it.

        Raises:
            RunError: it is not such a graph.
        """
        try:
            graph = cls(
                tuple(
                    Node(
                        _text(each["name"]),
                        None if each["operator"] is None else _text(each["operator"]),
                        tuple(map(_edge, each["inputs"])),
                        _tuples(each["attributes"]),
                    )
                    for each in written["nodes"]
                ),
                tuple(map(_edge, written["outputs"])),
                tuple(map(_text, written["inputs"])),
            )
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise RunError(f"this is not the graph of a network: {error!r}") from None
        graph._require_order()
        return graph

    def to_dict(self) -> dict[str, Any]:
        """The graph as JSON has it."""
        return {
            "inputs": list(self.inputs),
            "nodes": [
                {
                    "name": each.name,
                    "operator": each.operator,
                    "inputs": [[edge.node, edge.output] for edge in each.inputs],
                    "attributes": dict(each.attributes),
                }
                for each in self.nodes
            ],
            "outputs": [[edge.node, edge.output] for edge in self.outputs],
        }

    @property
    def weights(self) -> Iterator[str]:
        """Names of the variables that are not inputs, under which weights are stored."""
        return (each.name for each in self.nodes if each.operator is None and each.name not in self.inputs)

    @property
    def trained(self) -> set[str]:
        """Names of the weights that gradients change: all but the running statistics of batch norms."""
        return set(self.weights) - self.running_statistics

    @property
    def running_statistics(self) -> set[str]:
        """Names of the running means and variances of batch norms."""
        norms = (each for each in self.nodes if each.operator in _BATCH_NORMS)
        return {self.nodes[edge.node].name for each in norms for edge in each.inputs[_STATISTICS]}

    def _require_order(self) -> None:
        for index, node in enumerate(self.nodes):
            if any(not 0 <= edge.node < index for edge in node.inputs):
                raise RunError(
                    f"this graph cannot be computed: {node.name} has an operand that does not come before it"
                )
        if any(not 0 <= edge.node < len(self.nodes) for edge in self.outputs):
            raise RunError("this graph cannot be computed: one of its outputs is missing")


def _node(written: Mapping[str, Any], names: Mapping[str, str]) -> Node:
    is_variable = written["op"] == _VARIABLE
    # Older versions of MXNet wrote `attr` or `param`.
    attributes = written.get("attrs") or written.get("attr") or written.get("param") or {}
    return Node(
        names.get(written["name"], written["name"]) if is_variable else written["name"],
        None if is_variable else written["op"],
        tuple(_edge(each) for each in written["inputs"]),
        {} if is_variable else {name: _value(text) for name, text in attributes.items() if not name.startswith("__")},
    )


def _text(written: Any) -> str:
    if not isinstance(written, str):
        raise TypeError(f"{written!r} is not a name")
    return written


def _edge(written: Sequence[int]) -> Edge:
    return Edge(int(written[0]), int(written[1]))


def _value(text: str) -> Any:
    """What an attribute says: MXNet writes numbers, tuples and words as text, as they were given to it."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return _WORDS.get(text, text)
    return tuple(value) if isinstance(value, list) else value


_WORDS = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan, "true": True, "false": False}
"""Words that MXNet reads as numbers or truth, and Python does not."""


def _tuples(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in attributes.items()}

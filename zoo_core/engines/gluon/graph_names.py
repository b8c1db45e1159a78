"""Names in an exported graph that say which layer a tensor belongs to, and are the same each time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["name_after_layers"]

_PART = re.compile(r"[._](weight|bias|gamma|beta|running_mean|running_var)$")
"""What the name of a parameter ends in, after that of its layer."""


def name_after_layers(graph: Any, parameters: Mapping[str, str]) -> None:
    """Rename all tensors and operators of a graph but its inputs.

    MXNet numbers layers in the order in which a process makes them, so that the second detector has other names than
    the first. Here weights have the names under which they are stored, an operator with weights that of its layer,
    and any other that of its kind with a number.

    Args:
        graph: an `onnx.GraphProto`, which is changed.
        parameters: the names under which weights are stored, by those that they have in the graph.
    """
    names = dict(_new_names(graph, parameters))
    for value in (*graph.initializer, *graph.output, *graph.value_info):
        value.name = names[value.name]
    for node in graph.node:
        node.name = names[node.output[0]]
        for tensors in (node.input, node.output):
            tensors[:] = [names.get(name, name) for name in tensors]


def _new_names(graph: Any, parameters: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The old name of each tensor that is not an input, with its new one."""
    taken: set[str] = set()
    for value in graph.initializer:
        yield value.name, _free(parameters.get(value.name, "constant"), taken)
    for node in graph.node:
        layers = [_PART.sub("", parameters[name]) for name in node.input if name in parameters]
        name = _free(layers[0] if layers else node.op_type.lower(), taken)
        yield node.output[0], name
        for index, output in enumerate(node.output[1:], 1):
            if output:  # an unused output has no name
                yield output, _free(f"{name}.{index}", taken)


def _free(wanted: str, taken: set[str]) -> str:
    """A name that is not taken yet; it is taken from then on."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}_{number}"
    taken.add(name)
    return name

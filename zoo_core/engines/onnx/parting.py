"""A model opened between its parts: what flows from one to the next, and some of the parts alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import onnx
from onnx import TensorProto, helper

from zoo_core.engines.onnx.assembling import CLASS_SCORES, INPUT, OFFSETS, PROBABILITIES

__all__ = ["after_network", "probabilities_alone", "with_inner_outputs"]


def with_inner_outputs(model: Any) -> Any:
    """The same model, which also gives out what flows between its parts."""
    opened = onnx.ModelProto()
    opened.CopyFrom(model)
    given = {each.name for each in opened.graph.output}
    inner = [each for each in (INPUT, CLASS_SCORES, PROBABILITIES, OFFSETS) if each not in given]
    opened.graph.output.extend(_float(name) for name in inner)
    return opened


def probabilities_alone(model: Any) -> Any:
    """What a model makes of class scores: a model from these to probabilities."""
    return _part(model, (CLASS_SCORES,), (), [_float(PROBABILITIES)])


def after_network(model: Any) -> Any:
    """What a model does with probabilities and offsets: a model that takes both beside the pictures."""
    return _part(model, (PROBABILITIES, OFFSETS), model.graph.input, model.graph.output)


def _part(model: Any, taken: Sequence[str], inputs: Iterable[Any], outputs: Sequence[Any]) -> Any:
    """What of a model lies between some tensors, with further inputs, and some outputs."""
    graph = model.graph
    needed, nodes = {each.name for each in outputs}, []
    for node in reversed(graph.node):  # each stands behind those whose outputs it needs
        if not needed.isdisjoint(node.output) and not set(taken) & set(node.output):
            nodes.append(node)
            needed.update(node.input)
    weights = [each for each in graph.initializer if each.name in needed]
    given = [*inputs, *(_float(name) for name in taken)]
    part = helper.make_graph(nodes[::-1], graph.name, given, outputs, weights)
    return helper.make_model(part, opset_imports=model.opset_import, ir_version=model.ir_version)


def _float(name: str) -> Any:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, None)

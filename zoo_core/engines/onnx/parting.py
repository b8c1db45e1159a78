"""A model opened between its parts: what flows from one to the next, and the last part alone."""

from __future__ import annotations

from typing import Any

import onnx
from onnx import TensorProto, helper

from zoo_core.engines.onnx.assembling import CLASS_SCORES, INPUT, OFFSETS, PROBABILITIES

__all__ = ["after_network", "with_inner_outputs"]


def with_inner_outputs(model: Any) -> Any:
    """The same model, which also gives out what flows between its parts."""
    opened = onnx.ModelProto()
    opened.CopyFrom(model)
    given = {each.name for each in opened.graph.output}
    inner = [each for each in (INPUT, CLASS_SCORES, PROBABILITIES, OFFSETS) if each not in given]
    opened.graph.output.extend(_float(name) for name in inner)
    return opened


def after_network(model: Any) -> Any:
    """What a model does with probabilities and offsets: a model that takes both beside the pictures."""
    graph = model.graph
    taken = (PROBABILITIES, OFFSETS)
    needed, nodes = {each.name for each in graph.output}, []
    for node in reversed(graph.node):  # each stands behind those whose outputs it needs
        if not needed.isdisjoint(node.output) and not set(taken) & set(node.output):
            nodes.append(node)
            needed.update(node.input)
    weights = [each for each in graph.initializer if each.name in needed]
    inputs = [*graph.input, *(_float(name) for name in taken)]
    part = helper.make_graph(nodes[::-1], graph.name, inputs, graph.output, weights)
    return helper.make_model(part, opset_imports=model.opset_import, ir_version=model.ir_version)


def _float(name: str) -> Any:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, None)

"""The graph of a network, as MXNet has it, written as a graph of ONNX operators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, checker, helper, shape_inference

from zoo_core.common.errors import ExportError
from zoo_core.engines.network_graph import Edge, NetworkGraph
from zoo_core.engines.onnx.operators import arithmetic, constants, indexing, layers, norms, pooling, reductions, shapes
from zoo_core.engines.onnx.operators.registry import OPERATORS
from zoo_core.engines.onnx.typed_graph import TypedGraph

__all__ = ["network_in_onnx"]

# Their operators are known once they are imported.
_KINDS = (arithmetic, constants, indexing, layers, norms, pooling, reductions, shapes)


def network_in_onnx(
    network: NetworkGraph, weights: Mapping[str, NDArray[Any]], inputs: Mapping[str, tuple[int | str, ...]]
) -> Any:
    """An `onnx.GraphProto` that computes a network in float32.

    Weights are initializers, not inputs, under the names under which they are stored. An operator that has some is
    named after their layer, and any other after its kind; the same network gives the same graph, to the byte.

    Args:
        network: what is computed.
        weights: an array for each of its weights, by name.
        inputs: the shape of each input of the network, in its order; text for a size that is left open.

    Raises:
        ExportError: an operator cannot be written; says which and where.
    """
    graph = TypedGraph()
    given = {name: helper.make_tensor_value_info(name, TensorProto.FLOAT, inputs[name]) for name in network.inputs}
    values: dict[int, tuple[str, ...]] = {}
    for index, node in enumerate(network.nodes):
        if node.operator is not None:
            compute, settings = OPERATORS.bound(node.operator, node.name, node.attributes)
            operands = [_output(values, edge) for edge in node.inputs]
            values[index] = _written(graph, node.name, compute, operands, settings)
        elif node.name in given:
            values[index] = (graph.give(node.name, given[node.name].type),)
        else:
            values[index] = (graph.weight(node.name, np.asarray(weights[node.name], np.float32)),)
    ends = [_end(graph, _output(values, edge)) for edge in network.outputs]
    outputs = [helper.make_value_info(each, graph.kind(each)) for each in ends]
    used = {name for node in graph.nodes for name in node.input}
    constants = [each for each in graph.initializers if each.name in used]
    return helper.make_graph(graph.nodes, "network", list(given.values()), outputs, constants)


def _output(values: Mapping[int, tuple[str, ...]], edge: Edge) -> str:
    outputs = values[edge.node]
    if edge.output >= len(outputs):
        raise ExportError(f"output {edge.output} of an operator cannot be written as ONNX: use its first alone")
    return outputs[edge.output]


def _written(graph: TypedGraph, layer: str, compute: Any, operands: list[str], settings: Mapping[str, Any]) -> Any:
    try:
        written = compute(graph, *operands, **settings)
    except ExportError as error:
        raise ExportError(f"{layer}: {error}") from None
    except (checker.ValidationError, shape_inference.InferenceError) as error:  # onnx has it for other numbers alone
        reason = str(error).partition("\n")[0]
        raise ExportError(f"{layer}: this operator cannot be written as ONNX for such numbers: {reason}") from None
    return written if isinstance(written, tuple) else (written,)


def _end(graph: TypedGraph, tensor: str) -> str:
    """An output of the graph: what no operator gives needs one all the same."""
    is_computed = any(tensor in node.output for node in graph.nodes)
    return tensor if is_computed else graph.op("Identity", tensor)

"""Fuses operators of a graph where MXNet has one that does the work of both."""

from __future__ import annotations

import json
from ast import literal_eval
from collections import Counter
from collections.abc import Sequence
from typing import Any

from zoo_core.engines.gluon import mx

__all__ = ["fused_where_it_runs", "with_fused_relus"]


def fused_where_it_runs(graph: Any, shape: Sequence[int]) -> Any:
    """`with_fused_relus`, or the graph as it is where oneDNN cannot compute the gradients of that.

    For the operator of both it has less code than for two: where gradients come back in another order of memory than
    the numbers went forth, there is none. What decides is the processor and all sizes, so a pass of zeros is tried.

    Args:
        graph: an `mx.sym.Symbol` with the input ``data``.
        shape: shape of the images (B, 3, H, W) that it will learn from.
    """
    fused = with_fused_relus(graph)
    return fused if fused is graph or _can_learn(fused, shape) else graph


def _can_learn(graph: Any, shape: Sequence[int]) -> bool:
    trial = mx.gluon.SymbolBlock(graph, [mx.sym.var("data", dtype="float32")])
    trial.initialize(mx.init.Zero())
    trial.hybridize(static_alloc=True, static_shape=True)
    try:
        with mx.autograd.record():
            outputs = trial(mx.nd.zeros(shape))
        mx.autograd.backward(outputs)
        mx.nd.waitall()
    except mx.base.MXNetError:
        return False
    return True


def with_fused_relus(graph: Any) -> Any:
    """The graph with each batch norm of a convolution, and the ReLU which alone reads it, as one operator.

    That saves a pass over memory forwards and another backwards. Its numbers and gradients are the same to the last
    bit, in training mode and in float32 on a processor: MXNet has the operator for nothing else.

    Args:
        graph: an `mx.sym.Symbol`.

    Returns:
        `graph` itself when it has no such pair.
    """
    description = json.loads(graph.tojson())
    nodes, heads = description["nodes"], description["heads"]
    readers = Counter(source for edges in (*(node["inputs"] for node in nodes), heads) for source, *_ in edges)
    fused: dict[int, int] = {}
    for index, node in enumerate(nodes):
        node["inputs"] = _redirected(node["inputs"], fused)
        if _is_relu(node):
            norm = node["inputs"][0][0]
            if _is_norm_of_images(nodes[norm], nodes) and readers[norm] == 1:
                nodes[norm]["op"] = "_contrib_BatchNormWithReLU"
                fused[index] = norm
    if not fused:
        return graph
    description["heads"] = _redirected(heads, fused)
    return mx.sym.load_json(json.dumps(description))


def _redirected(edges: list[list[int]], fused: dict[int, int]) -> list[list[int]]:
    """Edges (node, which of its outputs, version) that read the batch norm in place of its ReLU."""
    return [[fused.get(source, source), *rest] for source, *rest in edges]


def _is_relu(node: dict[str, Any]) -> bool:
    return bool(node["op"] == "Activation" and node["attrs"]["act_type"] == "relu")


def _is_norm_of_images(node: dict[str, Any], nodes: list[dict[str, Any]]) -> bool:
    """Whether it normalises the channels of (B, C, H, W)."""
    if node["op"] != "BatchNorm" or node.get("attrs", {}).get("axis", "1") != "1":
        return False
    before = nodes[node["inputs"][0][0]]
    return bool(before["op"] == "Convolution") and len(literal_eval(before["attrs"]["kernel"])) == 2

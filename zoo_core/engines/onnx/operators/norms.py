"""Normalisations: of batches, layers, groups, and lengths."""

from __future__ import annotations

import numpy as np

from zoo_core.engines.onnx.operators.registry import operator
from zoo_core.engines.onnx.operators.shapes import moved
from zoo_core.engines.onnx.typed_graph import TypedGraph

__all__ = ["batch_norm", "group_norm", "instance_norm", "l2_normalization", "layer_norm"]


@operator("BatchNorm")
def batch_norm(
    graph: TypedGraph,
    data: str,
    gamma: str,
    beta: str,
    running_mean: str,
    running_var: str,
    *,
    eps: float,
    fix_gamma: bool,
    axis: int,
) -> str:
    """Batch norm with the running statistics, as where nothing is learned."""
    # Each has ones of its own, so that it can be drawn into the convolution before it.
    scale = graph.written(np.ones(graph.map_sizes(gamma, 0), graph.dtype(gamma))) if fix_gamma else gamma
    along = graph.axis(data, axis)
    normalised = graph.op(
        "BatchNormalization", moved(graph, data, along, 1), scale, beta, running_mean, running_var, epsilon=eps
    )
    return moved(graph, normalised, 1, along)


@operator("LayerNorm")
def layer_norm(graph: TypedGraph, data: str, gamma: str, beta: str, *, axis: int, eps: float) -> str:
    """Normalises one axis of each item."""
    along = graph.axis(data, axis)
    centred = graph.op("Sub", data, graph.op("ReduceMean", data, axes=[along]))
    variance = graph.op("ReduceMean", graph.op("Mul", centred, centred), axes=[along])
    normalised = graph.op("Div", centred, graph.op("Sqrt", graph.op("Add", variance, graph.like(eps, data))))
    shape = graph.whole(-1, *(1,) * (graph.rank(data) - along - 1))
    scaled = graph.op("Mul", normalised, graph.op("Reshape", gamma, shape))
    return graph.op("Add", scaled, graph.op("Reshape", beta, shape))


@operator("GroupNorm")
def group_norm(graph: TypedGraph, data: str, gamma: str, beta: str, *, num_groups: int, eps: float) -> str:
    """Normalises each group of channels of an item; a scale and a shift for each group, and not for each channel."""
    groups = graph.op("Reshape", data, graph.whole(0, num_groups, -1))
    normalised = graph.op("InstanceNormalization", groups, gamma, beta, epsilon=eps)
    return graph.op("Reshape", normalised, graph.joined_sizes(0, graph.sizes(data, range(1, graph.rank(data)))))


@operator("InstanceNorm")
def instance_norm(graph: TypedGraph, data: str, gamma: str, beta: str, *, eps: float) -> str:
    """Normalises each channel of an item."""
    return graph.op("InstanceNormalization", data, gamma, beta, epsilon=eps)


@operator("LRN")
def local_response_norm(graph: TypedGraph, data: str, *, nsize: int, alpha: float, beta: float, knorm: float) -> str:
    """Divides by the squares of the same cell in neighbouring channels."""
    return graph.op("LRN", data, size=nsize, alpha=alpha, beta=beta, bias=knorm)


@operator("L2Normalization")
def l2_normalization(graph: TypedGraph, data: str, *, eps: float, mode: str) -> str:
    """Divides by the length of an item, of each of its cells, or of each of its channels."""
    rank = graph.rank(data)
    axes = {"instance": range(1, rank), "channel": (1,), "spatial": range(2, rank)}[mode]
    squares = graph.op("ReduceSum", graph.op("Mul", data, data), graph.whole(*axes))
    return graph.op("Div", data, graph.op("Sqrt", graph.op("Add", squares, graph.like(eps, data))))

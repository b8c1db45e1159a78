"""Numbers that depend on no tensor, or on the shape of one alone."""

from __future__ import annotations

import numpy as np

from zoo_core.common.errors import ExportError
from zoo_core.engines.onnx.operators.registry import operator
from zoo_core.engines.onnx.operators.shapes import rows
from zoo_core.engines.onnx.typed_graph import TypedGraph

__all__ = ["arange", "arange_like", "full"]


@operator("_full")
def full(graph: TypedGraph, *, shape: tuple[int, ...], dtype: str, value: float) -> str:
    """The same number in a shape."""
    if not all(shape):
        raise ExportError(f"the shape {shape} leaves sizes open")
    return graph.constant(np.full(shape, value), dtype)


@operator("_zeros")
def zeros(graph: TypedGraph, *, shape: tuple[int, ...], dtype: str) -> str:
    """0 in a shape."""
    return full(graph, shape=shape, dtype=dtype, value=0)


@operator("_ones")
def ones(graph: TypedGraph, *, shape: tuple[int, ...], dtype: str) -> str:
    """1 in a shape."""
    return full(graph, shape=shape, dtype=dtype, value=1)


@operator("_arange")
def arange(graph: TypedGraph, *, start: float, stop: float | None, step: float, repeat: int, dtype: str) -> str:
    """Numbers in steps, from 0 where one end alone is given."""
    first, end = (0, start) if stop is None else (start, stop)
    return graph.constant(np.arange(first, end, step).repeat(repeat), dtype)


@operator("_contrib_arange_like")
def arange_like(graph: TypedGraph, data: str, *, start: float, step: float, repeat: int, axis: int | None) -> str:
    """Numbers in steps, as many as an axis or the whole tensor has."""
    row, along = rows(graph, data, axis)
    first, one = (graph.constant(number, np.int64) for number in (0, 1))
    places = graph.op("Range", first, graph.op("Squeeze", graph.sizes(row, [along])), one)
    counted = graph.op("Div", places, graph.constant(repeat, np.int64))
    scaled = graph.op("Mul", graph.cast(counted, graph.dtype(data)), graph.like(step, data))
    numbers = graph.op("Add", scaled, graph.like(start, data))
    return numbers if axis is not None else graph.op("Reshape", numbers, graph.all_sizes(data))

"""Many numbers to few: sums, maxima, shares, products of matrices."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zoo_core.common.errors import ExportError
from zoo_core.engines.onnx.operators.registry import operator
from zoo_core.engines.onnx.operators.shapes import rows, squeezed, swap_axes
from zoo_core.engines.onnx.typed_graph import TypedGraph
from zoo_core.engines.operators.shapes import reduced_axes

__all__ = ["norm"]

Axes = int | tuple[int, ...] | None


def _reduced(graph: TypedGraph, kind: str, data: str, axes: tuple[int, ...], *, keepdims: bool) -> str:
    if kind == "ReduceSum":  # the first of them whose axes are an operand
        kept = graph.op(kind, data, graph.whole(*axes), keepdims=1)
    else:
        kept = graph.op(kind, data, axes=axes, keepdims=1)
    return kept if keepdims else squeezed(graph, kept, *axes)


def _reducer(kind: str) -> Callable[..., str]:
    def reduced(graph: TypedGraph, data: str, *, axis: Axes, keepdims: bool, exclude: bool) -> str:
        axes = reduced_axes(graph.rank(data), axis, exclude=exclude)
        return _reduced(graph, kind, data, axes, keepdims=keepdims) if axes else data

    return reduced


for _name in ("sum", "mean", "max", "min", "prod"):
    operator(_name)(_reducer(f"Reduce{_name.capitalize()}"))


@operator("norm")
def norm(graph: TypedGraph, data: str, *, ord: int, axis: Axes, keepdims: bool) -> str:  # MXNet's name
    """The length of the numbers along axes."""
    return _reduced(graph, f"ReduceL{ord}", data, reduced_axes(graph.rank(data), axis), keepdims=keepdims)


@operator("_np_cumsum")
def cumsum(graph: TypedGraph, data: str, *, axis: int | None, dtype: str | None) -> str:
    """Running sums along an axis, or over all numbers in a row."""
    data, along = rows(graph, data, axis)
    sums = graph.op("CumSum", data, graph.constant(along, np.int64))
    return sums if dtype is None else graph.cast(sums, dtype)


@operator("softmax")
def softmax(graph: TypedGraph, data: str, *, axis: int, temperature: float | None) -> str:
    """Shares of 1 along an axis."""
    return graph.op("Softmax", _cooled(graph, data, temperature), axis=axis)


@operator("log_softmax")
def log_softmax(graph: TypedGraph, data: str, *, axis: int, temperature: float | None) -> str:
    """Logarithms of shares of 1 along an axis."""
    return graph.op("LogSoftmax", _cooled(graph, data, temperature), axis=axis)


def _cooled(graph: TypedGraph, data: str, temperature: float | None) -> str:
    return graph.op("Div", data, graph.like(temperature, data)) if temperature else data


@operator("batch_dot")
def batch_dot(graph: TypedGraph, left: str, right: str, *, transpose_a: bool, transpose_b: bool) -> str:
    """Products of matrices, pair by pair."""
    first, second = (
        swap_axes(graph, each, dim1=-2, dim2=-1) if turned else each
        for each, turned in ((left, transpose_a), (right, transpose_b))
    )
    return graph.op("MatMul", first, second)


@operator("_linalg_gemm2")
def linalg_gemm2(
    graph: TypedGraph, left: str, right: str, *, transpose_a: bool, transpose_b: bool, alpha: float
) -> str:
    """Products of matrices, times a number."""
    product = batch_dot(graph, left, right, transpose_a=transpose_a, transpose_b=transpose_b)
    return product if alpha == 1 else graph.op("Mul", product, graph.like(alpha, product))


@operator("dot")
def dot(graph: TypedGraph, left: str, right: str, *, transpose_a: bool, transpose_b: bool) -> str:
    """Products over the last axis of the first and the first axis of the second."""
    if graph.rank(right) > 2 or (transpose_a and graph.rank(left) > 2):
        raise ExportError("dot of more than two axes cannot be written as ONNX: use batch_dot or linalg_gemm2")
    if graph.rank(left) == graph.rank(right) == 1:
        return _reduced(graph, "ReduceSum", graph.op("Mul", left, right), (0,), keepdims=False)
    turns = (transpose_a and graph.rank(left) == 2, transpose_b and graph.rank(right) == 2)
    return batch_dot(graph, left, right, transpose_a=turns[0], transpose_b=turns[1])

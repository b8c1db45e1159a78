"""Orders, and numbers chosen by index. Indices are floats between operators, as MXNet's are."""

from __future__ import annotations

import numpy as np

from zoo_core.engines.onnx.operators.registry import operator
from zoo_core.engines.onnx.operators.shapes import rows, squeezed
from zoo_core.engines.onnx.typed_graph import TypedGraph

__all__ = ["one_hot", "pick", "take", "topk", "where"]


@operator("argmax")
def argmax(graph: TypedGraph, data: str, *, axis: int | None, keepdims: bool) -> str:
    """The index of the largest number."""
    return _index(graph, "ArgMax", data, axis, keepdims)


@operator("argmin")
def argmin(graph: TypedGraph, data: str, *, axis: int | None, keepdims: bool) -> str:
    """The index of the smallest number."""
    return _index(graph, "ArgMin", data, axis, keepdims)


def _index(graph: TypedGraph, kind: str, data: str, axis: int | None, keepdims: bool) -> str:
    row, along = rows(graph, data, axis)
    index = graph.cast(graph.op(kind, row, axis=along, keepdims=1), graph.dtype(data))
    if not keepdims:
        return squeezed(graph, index, along)
    return index if axis is not None else graph.op("Reshape", index, graph.whole(*(1,) * graph.rank(data)))


def _ordered(
    graph: TypedGraph, data: str, axis: int | None, is_ascend: bool, count: int = 0
) -> tuple[str, str, str, int]:
    """The numbers in order and their indices, of which tensor, and along which axis; equal ones keep their order."""
    row, along = rows(graph, data, axis)
    wanted = graph.whole(count) if count > 0 else graph.sizes(row, [along])
    values, indices = graph.several("TopK", row, wanted, count=2, axis=along, largest=int(not is_ascend))
    return values, indices, row, along


@operator("sort")
def sort(graph: TypedGraph, data: str, *, axis: int | None, is_ascend: bool) -> str:
    """Numbers in order."""
    return _ordered(graph, data, axis, is_ascend)[0]


@operator("argsort")
def argsort(graph: TypedGraph, data: str, *, axis: int | None, is_ascend: bool, dtype: str) -> str:
    """Indices in the order of the numbers; equal numbers keep theirs."""
    return graph.cast(_ordered(graph, data, axis, is_ascend)[1], dtype)


@operator("topk")
def topk(
    graph: TypedGraph, data: str, *, axis: int | None, k: int, ret_typ: str, is_ascend: bool, dtype: str
) -> str | tuple[str, str]:
    """The largest numbers, in order, or where they stand."""
    values, indices, row, along = _ordered(graph, data, axis, is_ascend, k)
    match ret_typ:
        case "value":
            return values
        case "indices":
            return graph.cast(indices, dtype)
        case "both":
            return values, graph.cast(indices, dtype)
    nothing, ones = (
        graph.op("Expand", graph.like(number, data), graph.all_sizes(tensor))
        for number, tensor in ((0, row), (1, values))
    )
    mask = graph.op("ScatterElements", nothing, indices, ones, axis=along)
    return mask if row == data else graph.op("Reshape", mask, graph.all_sizes(data))


def _inside(graph: TypedGraph, index: str, size: str, mode: str) -> str:
    """Whole numbers that are brought into a row of some size."""
    whole = graph.cast(index, np.int64)
    if mode == "wrap":
        return graph.op("Mod", whole, size)
    last = graph.op("Sub", size, graph.constant(1, np.int64))
    return graph.op("Min", graph.op("Max", whole, graph.constant(0, np.int64)), last)


@operator("pick")
def pick(graph: TypedGraph, data: str, index: str, *, axis: int | None, keepdims: bool, mode: str) -> str:
    """One number of each row, by an index that is brought into the row."""
    row, along = rows(graph, data, axis)
    inside = _inside(graph, index, graph.sizes(row, [along]), mode)
    if graph.rank(inside) < graph.rank(row):
        inside = graph.op("Unsqueeze", inside, graph.whole(along))
    picked = graph.op("GatherElements", row, inside, axis=along)
    return picked if keepdims else squeezed(graph, picked, along)


@operator("take")
def take(graph: TypedGraph, data: str, index: str, *, axis: int, mode: str) -> str:
    """Parts along an axis, by index."""
    return graph.op("Gather", data, _inside(graph, index, graph.sizes(data, [axis]), mode), axis=axis)


@operator("Embedding")
def embedding(graph: TypedGraph, index: str, weight: str) -> str:
    """Rows of the weight, by index."""
    return take(graph, weight, index, axis=0, mode="clip")


@operator("gather_nd")
def gather_nd(graph: TypedGraph, data: str, indices: str) -> str:
    """Parts by indices of several axes, which stand in the rows of the second."""
    rank = graph.rank(indices)
    return graph.op("GatherND", data, graph.op("Transpose", graph.cast(indices, np.int64), perm=[*range(1, rank), 0]))


@operator("where")
def where(graph: TypedGraph, condition: str, left: str, right: str) -> str:
    """Numbers of the first where the condition is not 0, and of the second elsewhere."""
    if graph.rank(condition) == 1 and graph.rank(left) > 1:  # a condition for each item
        condition = graph.op("Reshape", condition, graph.whole(-1, *(1,) * (graph.rank(left) - 1)))
    return graph.op("Where", graph.cast(condition, np.bool_), left, right)


@operator("one_hot")
def one_hot(graph: TypedGraph, index: str, *, depth: int, on_value: float, off_value: float, dtype: str) -> str:
    """A row with one number at the index; without any where the index is outside."""
    column = graph.op("Unsqueeze", graph.cast(index, np.int64), graph.whole(-1))
    hot = graph.op("Equal", column, graph.constant(np.arange(depth), np.int64))
    return graph.op("Where", hot, graph.constant(on_value, dtype), graph.constant(off_value, dtype))

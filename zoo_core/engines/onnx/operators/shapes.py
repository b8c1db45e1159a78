"""Other shapes of the same numbers: reshaped, cut, joined, repeated."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from zoo_core.common.errors import ExportError
from zoo_core.engines.onnx.operators.registry import operator
from zoo_core.engines.onnx.typed_graph import TypedGraph
from zoo_core.engines.operators.shapes import as_tuple, cut, pieces, reshaped

__all__ = ["moved", "rows", "squeezed", "swap_axes"]

Ends = tuple[int | None, ...]

_FIRST, _LAST = np.iinfo(np.int64).min, np.iinfo(np.int64).max
"""Before the first number and behind the last, wherever these are."""
_PRIME = 2**31 - 1
_OPEN = _PRIME * math.factorial(20)
"""Stands for a size that depends on the batch while a shape is computed: can be divided, and is seen in products."""


@operator("Reshape")
def reshape(graph: TypedGraph, data: str, *, shape: tuple[int, ...], reverse: bool) -> str:
    """Numbers in another shape, with MXNet's codes for sizes."""
    before = graph.shape(data)
    sizes = [_OPEN if size is None else size for size in before]
    wanted = [_of_batch(each, index, before) for index, each in enumerate(reshaped(sizes, shape, reverse))]
    if wanted.count(-1) > 1:
        raise ExportError(f"Reshape to {shape} has more than one size that depends on the batch")
    return graph.op("Reshape", data, graph.whole(*wanted))


def _of_batch(size: int, index: int, before: tuple[int | None, ...]) -> int:
    """A size as ONNX's Reshape takes it: 0 for the same as before, and -1 for what is left."""
    if size % _PRIME:
        return size
    return 0 if size == _OPEN and index < len(before) and before[index] is None else -1


@operator("Flatten")
def flatten(graph: TypedGraph, data: str) -> str:
    """All numbers of an item in a row."""
    return graph.op("Flatten", data, axis=1)


@operator("transpose")
def transpose(graph: TypedGraph, data: str, *, axes: tuple[int, ...]) -> str:
    """Axes in another order; reversed where none is given."""
    rank = graph.rank(data)
    order = [each % rank for each in axes] if axes != () else [*reversed(range(rank))]
    return graph.op("Transpose", data, perm=order)


@operator("SwapAxis")
def swap_axes(graph: TypedGraph, data: str, *, dim1: int, dim2: int) -> str:
    """Two axes exchanged."""
    order = [*range(graph.rank(data))]
    order[dim1], order[dim2] = order[dim2], order[dim1]
    return graph.op("Transpose", data, perm=order)


def moved(graph: TypedGraph, data: str, axis: int, to: int) -> str:
    """An axis in another place, the others in their order; nothing is written where it is there."""
    if axis == to:
        return data
    order = [each for each in range(graph.rank(data)) if each != axis]
    order.insert(to, axis)
    return graph.op("Transpose", data, perm=order)


@operator("expand_dims")
def expand_dims(graph: TypedGraph, data: str, *, axis: int) -> str:
    """A new axis of size 1."""
    return graph.op("Unsqueeze", data, graph.whole(axis))


@operator("squeeze")
def squeeze(graph: TypedGraph, data: str, *, axis: int | tuple[int, ...] | None) -> str:
    """Without these axes of size 1, or without any but that of the batch."""
    axes = [index for index, size in enumerate(graph.shape(data)) if size == 1] if axis is None else as_tuple(axis)
    return squeezed(graph, data, *axes)


def squeezed(graph: TypedGraph, data: str, *axes: int) -> str:
    """Without these axes of size 1; MXNet has no tensor without axes."""
    if len(axes) == graph.rank(data):
        return graph.op("Reshape", data, graph.whole(1))
    return graph.op("Squeeze", data, graph.whole(*axes))


@operator("Concat")
def concat(graph: TypedGraph, *data: str, dim: int) -> str:
    """Tensors one after the other along an axis."""
    return graph.op("Concat", *data, axis=dim)


@operator("stack")
def stack(graph: TypedGraph, *data: str, axis: int) -> str:
    """Tensors along a new axis."""
    return graph.op("Concat", *(graph.op("Unsqueeze", each, graph.whole(axis)) for each in data), axis=axis)


@operator("SliceChannel")
def split(
    graph: TypedGraph, data: str, *, num_outputs: int, axis: int, squeeze_axis: bool | int
) -> str | tuple[str, ...]:
    """Equal parts along an axis."""
    parts = graph.several("Split", data, count=num_outputs, axis=axis)
    if squeeze_axis:
        parts = tuple(squeezed(graph, each, axis) for each in parts)
    return parts if num_outputs > 1 else parts[0]


@operator("_split_v2")
def split_at(
    graph: TypedGraph, data: str, *, indices: tuple[int, ...], sections: int, axis: int, squeeze_axis: bool | int
) -> str | tuple[str, ...]:
    """Parts along an axis, equal or between indices."""
    size = graph.shape(data)[axis]
    if size is None:
        raise ExportError("it splits the batch, whose size a file cannot know")
    lengths = pieces(size, indices, sections)
    parts = graph.several("Split", data, graph.whole(*lengths), count=len(lengths), axis=axis)
    if squeeze_axis:
        parts = tuple(squeezed(graph, each, axis) for each in parts)
    return parts if len(parts) > 1 else parts[0]


@operator("Crop")
def crop(
    graph: TypedGraph,
    data: str,
    like: str = "",
    *,
    offset: tuple[int, ...],
    h_w: tuple[int, ...],
    center_crop: bool,
) -> str:
    """A part of maps, as large as others are."""
    wanted = graph.map_sizes(like) if like else h_w
    starts, ends = zip(*cut(graph.map_sizes(data), wanted, offset, center=center_crop), strict=True)
    return graph.op("Slice", data, *(graph.whole(*each) for each in (starts, ends, (2, 3))))


@operator("slice")
def slice_(graph: TypedGraph, data: str, *, begin: Ends, end: Ends, step: Ends) -> str:
    """A part of each axis; steps may go backwards."""
    steps = [(step[axis] if axis < len(step) else None) or 1 for axis in range(len(begin))]
    starts = tuple((0 if by > 0 else _LAST) if each is None else each for each, by in zip(begin, steps, strict=True))
    ends = tuple((_LAST if by > 0 else _FIRST) if each is None else each for each, by in zip(end, steps, strict=True))
    return graph.op("Slice", data, *(graph.whole(*each) for each in (starts, ends, range(len(starts)), steps)))


@operator("slice_axis")
def slice_axis(graph: TypedGraph, data: str, *, axis: int, begin: int, end: int | None) -> str:
    """A part of one axis."""
    return graph.op("Slice", data, graph.whole(begin), graph.whole(_LAST if end is None else end), graph.whole(axis))


@operator("slice_like")
def slice_like(graph: TypedGraph, data: str, like: str, *, axes: tuple[int, ...]) -> str:
    """The first part of axes, as long as those of another tensor."""
    chosen = axes or tuple(range(graph.rank(data)))
    start = graph.whole(*(0,) * len(chosen))
    return graph.op("Slice", data, start, graph.sizes(like, chosen), graph.whole(*chosen))


@operator("reshape_like")
def reshape_like(graph: TypedGraph, data: str, like: str) -> str:
    """Numbers in the shape of another tensor."""
    return graph.op("Reshape", data, graph.all_sizes(like))


@operator("broadcast_to")
def broadcast_to(graph: TypedGraph, data: str, *, shape: tuple[int, ...]) -> str:
    """Axes of size 1 repeated; 0 leaves a size as it is."""
    return graph.op("Expand", data, graph.whole(*(size or 1 for size in shape)))


@operator("broadcast_like")
def broadcast_like(
    graph: TypedGraph,
    data: str,
    like: str,
    *,
    lhs_axes: tuple[int, ...] | None,
    rhs_axes: tuple[int, ...] | None,
) -> str:
    """Axes of size 1 repeated as often as those of another tensor are long."""
    if lhs_axes is None or rhs_axes is None:
        return graph.op("Expand", data, graph.all_sizes(like))
    sizes: list[int | str] = [1] * graph.rank(data)
    for ours, theirs in zip(as_tuple(lhs_axes), as_tuple(rhs_axes), strict=True):
        sizes[ours] = graph.sizes(like, [theirs])
    return graph.op("Expand", data, graph.joined_sizes(*sizes))


@operator("broadcast_axis")
def broadcast_axis(graph: TypedGraph, data: str, *, axis: tuple[int, ...], size: tuple[int, ...]) -> str:
    """These axes of size 1 repeated."""
    sizes = [1] * graph.rank(data)
    for each, wanted in zip(axis, size, strict=True):
        sizes[each] = wanted
    return graph.op("Expand", data, graph.whole(*sizes))


@operator("tile")
def tile(graph: TypedGraph, data: str, *, reps: tuple[int, ...]) -> str:
    """The whole tensor repeated along axes."""
    if new := range(len(reps) - graph.rank(data)):
        data = graph.op("Unsqueeze", data, graph.whole(*new))
    return graph.op("Tile", data, graph.whole(*(1,) * (graph.rank(data) - len(reps)), *reps))


@operator("repeat")
def repeat(graph: TypedGraph, data: str, *, repeats: int, axis: int | None) -> str:
    """Each number repeated."""
    data, along = rows(graph, data, axis)
    apart = graph.op("Unsqueeze", data, graph.whole(along + 1))
    copies = graph.op(
        "Expand", apart, graph.whole(*(repeats if each == along + 1 else 1 for each in range(graph.rank(apart))))
    )
    kept: list[Any] = [0] * along
    behind = graph.sizes(data, range(along + 1, graph.rank(data))) if along + 1 < graph.rank(data) else None
    return graph.op("Reshape", copies, graph.joined_sizes(*kept, -1, *([behind] if behind else [])))


def rows(graph: TypedGraph, data: str, axis: int | None) -> tuple[str, int]:
    """A tensor and the axis along which something is done; all numbers in a row where none is given."""
    if axis is None:
        return graph.op("Reshape", data, graph.whole(-1)), 0
    return data, graph.axis(data, axis)


@operator("reverse")
def reverse(graph: TypedGraph, data: str, *, axis: int | tuple[int, ...]) -> str:
    """Axes the other way round."""
    axes = as_tuple(axis)
    ends = ((_LAST,) * len(axes), (_FIRST,) * len(axes), axes, (-1,) * len(axes))
    return graph.op("Slice", data, *(graph.whole(*each) for each in ends))


@operator("Pad")
def pad(graph: TypedGraph, data: str, *, mode: str, pad_width: tuple[int, ...], constant_value: float) -> str:
    """Numbers around a tensor; the widths stand before and behind each axis, the first axis first."""
    widths = graph.whole(*pad_width[::2], *pad_width[1::2])
    return graph.op("Pad", data, widths, *([graph.like(constant_value, data)] if mode == "constant" else []), mode=mode)


@operator("depth_to_space")
def depth_to_space(graph: TypedGraph, data: str, *, block_size: int) -> str:
    """Channels as cells of a larger map."""
    return graph.op("DepthToSpace", data, blocksize=block_size, mode="DCR")


@operator("space_to_depth")
def space_to_depth(graph: TypedGraph, data: str, *, block_size: int) -> str:
    """Cells as channels of a smaller map."""
    return graph.op("SpaceToDepth", data, blocksize=block_size)

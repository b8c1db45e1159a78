"""Pooling: maxima, means and sums of windows, of bins, and maps of another size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from zoo_core.common.errors import ExportError
from zoo_core.engines.onnx.operators.registry import operator
from zoo_core.engines.onnx.typed_graph import TypedGraph
from zoo_core.engines.operators.shapes import adaptive_sizes, collapsed_axes, resized_maps
from zoo_core.engines.operators.windows import behind

__all__ = ["adaptive_average_pooling", "bilinear_resize", "pooling"]

Numbers = tuple[int, ...]


@operator("Pooling")
def pooling(
    graph: TypedGraph,
    data: str,
    *,
    kernel: Numbers,
    pool_type: str,
    global_pool: bool,
    pooling_convention: str,
    stride: Numbers,
    pad: Numbers,
    p_value: int,
    count_include_pad: bool,
) -> str:
    """The maximum, mean, sum or norm of each window.

    ONNX knows no window that begins behind the map, as the convention ``full`` has it: the map is padded before.
    """
    sizes = graph.map_sizes(data)
    if global_pool:
        if pool_type in _GLOBAL:
            return graph.op(_GLOBAL[pool_type], data)
        kernel, stride, pad, pooling_convention = sizes, (), (), "valid"
    stride, pad = stride or (1,) * len(kernel), pad or (0,) * len(kernel)
    windows = _Windows(sizes, kernel, stride, pad, behind(sizes, kernel, stride, pad, pooling_convention))
    match pool_type:
        case "max":
            return windows.pooled(graph, "MaxPool", data, float(np.finfo(np.float32).min))
        case "sum":
            return windows.sums(graph, data)
        case "lp":
            # MXNet's norm is not of sizes: odd powers keep signs.
            sums = windows.sums(graph, graph.op("Pow", data, graph.like(p_value, data)))
            root = graph.op("Pow", graph.op("Abs", sums), graph.like(1 / p_value, data))
            return graph.op("Mul", graph.op("Sign", sums), root)
    if windows.full if count_include_pad else windows.fit:
        return windows.pooled(graph, "AveragePool", data, 0, count_include_pad=int(count_include_pad))
    return graph.op("Div", windows.sums(graph, data), graph.like(windows.counts(count_include_pad), data))


_GLOBAL = {"max": "GlobalMaxPool", "avg": "GlobalAveragePool"}


class _Windows:
    """Where the windows of a pooling lie."""

    def __init__(self, sizes: Numbers, kernel: Numbers, stride: Numbers, pad: Numbers, after: Numbers) -> None:
        self._sizes, self._kernel, self._stride, self._pad, self._after = sizes, kernel, stride, pad, after

    @property
    def fit(self) -> bool:
        """Whether ONNX can say where they are: padding is narrower than a window."""
        return all(
            before < side and -step < after < side
            for before, side, step, after in zip(self._pad, self._kernel, self._stride, self._after, strict=True)
        )

    @property
    def full(self) -> bool:
        """Whether each mean is over all numbers of its window, padding that was asked for included."""
        return self.fit and bool((self.counts(include_padding=True) == math.prod(self._kernel)).all())

    def pooled(self, graph: TypedGraph, kind: str, data: str, padding: float, **attributes: Any) -> str:
        """One number for each window."""
        before, after = self._pad, tuple(max(each, 0) for each in self._after)
        if not self.fit:
            widths = (0, 0, *before, 0, 0, *self._after)
            data = graph.op("Pad", data, graph.whole(*widths), graph.like(padding, data))
            before = after = (0,) * len(before)
        return graph.op(kind, data, kernel_shape=self._kernel, strides=self._stride, pads=before + after, **attributes)

    def sums(self, graph: TypedGraph, data: str) -> str:
        """The sum of each window."""
        means = self.pooled(graph, "AveragePool", data, 0, count_include_pad=1)
        return graph.op("Mul", means, graph.like(math.prod(self._kernel), data))

    def counts(self, include_padding: bool) -> NDArray[np.float32]:
        """Over how many numbers the mean of each window goes, (1, 1, ...)."""
        inside = np.ones(self._sizes, np.float32)
        wider = np.pad(inside, [(each, each) for each in self._pad], constant_values=float(include_padding))
        left = [after - before for after, before in zip(self._after, self._pad, strict=True)]
        cut = wider[tuple(slice(min(each, 0) or None) for each in left)]
        whole = np.pad(cut, [(0, max(each, 0)) for each in left])
        steps = tuple(slice(None, None, each) for each in self._stride)
        sums = sliding_window_view(whole, self._kernel)[steps].sum(axis=tuple(range(-len(self._kernel), 0)))
        # Over a window that begins after the map, or in padding that does not count, the mean of nothing is 0.
        counts: NDArray[np.float32] = np.maximum(sums, 1)[None, None]
        return counts


@operator("_contrib_AdaptiveAvgPooling2D")
def adaptive_average_pooling(graph: TypedGraph, data: str, *, output_size: tuple[int, ...]) -> str:
    """Means of equal parts of a map."""
    sizes, (height, width) = graph.map_sizes(data), adaptive_sizes(output_size)
    down = graph.like(_bins(sizes[0], height), data)
    across = graph.like(_bins(sizes[1], width).T, data)
    return graph.op("MatMul", graph.op("MatMul", down, data), across)


def _bins(size: int, count: int) -> NDArray[np.float64]:
    """Shares (count, size) of the numbers of an axis in the mean of each part."""
    shares = np.zeros((count, size))
    for index in range(count):
        start, end = index * size // count, -(-(index + 1) * size // count)
        shares[index, start:end] = 1 / (end - start)
    return shares


@operator("_contrib_BilinearResize2D")
def bilinear_resize(
    graph: TypedGraph,
    data: str,
    like: str = "",
    *,
    height: int,
    width: int,
    scale_height: float | None,
    scale_width: float | None,
    mode: str,
    align_corners: bool,
) -> str:
    """Maps of another size."""
    size: Sequence[int] | None
    if mode == "like":
        size = graph.map_sizes(like)
    else:
        before = () if scale_height is None else graph.map_sizes(data)  # a size alone does not depend on them
        size = resized_maps(before, height, width, scale_height, scale_width)
    if size is None:
        raise ExportError("BilinearResize2D with a scale for one axis cannot be written as ONNX: give both")
    if not align_corners and (axes := collapsed_axes(size)):
        starts, ends = ((end,) * len(axes) for end in (0, 1))
        data = graph.op("Slice", data, *(graph.whole(*each) for each in (starts, ends, axes)))
    corners = "align_corners" if align_corners else "half_pixel"
    wanted = graph.joined_sizes(graph.sizes(data, (0, 1)), *size)
    return graph.op("Resize", data, "", "", wanted, mode="linear", coordinate_transformation_mode=corners)

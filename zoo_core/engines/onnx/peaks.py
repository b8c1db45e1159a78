"""Scores that are the highest around their cell, as ONNX operators: what `zoo_core.prediction.postprocessing` does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from zoo_core.engines.onnx.graph import GraphBuilder
from zoo_core.parts.geometry import Level

__all__ = ["peaks_alone"]


def peaks_alone(graph: GraphBuilder, scores: str, levels: Sequence[Level], window: int) -> str:
    """Scores (B, N, C), with 0 where a neighbour on the same map has a higher one of the same class and rank.

    Args:
        graph: to write to.
        scores: (B, N, C), not below 0.
        levels: on whose cells the N anchors stand.
        window: side of the neighbourhood in cells, odd.
    """
    parts, start = [], 0
    for level in levels:
        parts.append(_of_level(graph, scores, level, start, window))
        start += level.anchors
    return graph.op("Concat", *parts, axis=1)


def _of_level(graph: GraphBuilder, scores: str, level: Level, start: int, window: int) -> str:
    ends = (graph.constant([each], np.int64) for each in (start, start + level.anchors, 1))
    own = graph.op("Slice", scores, *ends)
    # To (B, A * C, H, W), as pooling wants it, and back.
    cells = graph.op("Reshape", own, graph.constant([0, level.height, level.width, -1], np.int64))
    maps = graph.op("Transpose", cells, perm=[0, 3, 1, 2])
    highest = graph.op("MaxPool", maps, kernel_shape=[window] * 2, strides=[1, 1], pads=[window // 2] * 4)
    is_peak = graph.op("Equal", maps, highest)
    peaks = graph.op("Where", is_peak, maps, graph.constant(0.0, np.float32))
    by_cell = graph.op("Transpose", peaks, perm=[0, 2, 3, 1])
    return graph.op("Reshape", by_cell, graph.op("Shape", own))

"""Places and sizes among the numbers of anchors, in ONNX graphs."""

from __future__ import annotations

import numpy as np

from zoo_core.boxes.protocols import OnnxGraph

__all__ = ["onnx_pair"]


def onnx_pair(graph: OnnxGraph, tensor: str, start: int) -> str:
    """The two numbers from `start` on of the last axis.

    Args:
        graph: to which the operator is added.
        tensor: name of the tensor.
        start: index of the first, from 0.
    """
    return graph.op("Slice", tensor, *(graph.constant([each], np.int64) for each in (start, start + 2, -1)))

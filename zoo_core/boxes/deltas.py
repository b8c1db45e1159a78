"""Boxes as deltas of anchors, and back: the code of Faster R-CNN, SSD and RetinaNet.

The deltas of a box from its anchor are ((cx - cx_a) / w_a, (cy - cy_a) / h_a,
log(w / w_a), log(h / h_a)), each divided by its standard deviation.
Source: Girshick et al., Rich feature hierarchies, 2014, appendix C; the divisors are SSD's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.onnx_pairs import onnx_pair
from zoo_core.boxes.protocols import OnnxGraph

__all__ = ["Deltas"]

Floats = NDArray[np.float32]


class Deltas:
    """The code of boxes as deltas, in both directions; anchors are center/unit, boxes corner/unit.

    Args:
        stds: by what the four are divided.
    """

    def __init__(self, stds: Sequence[float]) -> None:
        self._stds = np.array(stds, dtype=np.float32)

    def code(self, anchors: Floats, boxes: Floats) -> Floats:
        """Deltas (P, 4) of boxes (P, 4) from anchors (P, 4)."""
        size = boxes[:, 2:] - boxes[:, :2]
        middle = (boxes[:, :2] + boxes[:, 2:]) / 2
        moved = (middle - anchors[:, :2]) / anchors[:, 2:]
        scaled: Floats = np.concatenate([moved, np.log(size / anchors[:, 2:])], axis=-1) / self._stds
        return scaled

    def decode(self, deltas: Floats, anchors: Floats) -> Floats:
        """Boxes (..., N, 4) of deltas (..., N, 4) from anchors (N, 4)."""
        # A network that has not learned yet may predict any number, which is not worth a warning.
        with np.errstate(over="ignore", invalid="ignore"):
            values = deltas * self._stds
            middle = values[..., :2] * anchors[:, 2:] + anchors[:, :2]
            half = np.exp(values[..., 2:]) * anchors[:, 2:] / 2
            decoded: Floats = np.concatenate([middle - half, middle + half], axis=-1)
        return decoded

    def onnx_decode(self, graph: OnnxGraph, deltas: str, anchors: str) -> str:
        """`decode` as ONNX operators; takes and gives names of tensors (..., K, 4)."""
        values = graph.op("Mul", deltas, graph.constant(self._stds))
        moved, scaled = (onnx_pair(graph, values, start) for start in (0, 2))
        center, size = (onnx_pair(graph, anchors, start) for start in (0, 2))
        middle = graph.op("Add", graph.op("Mul", moved, size), center)
        half = graph.op("Div", graph.op("Mul", graph.op("Exp", scaled), size), graph.constant(2, np.float32))
        return graph.op("Concat", graph.op("Sub", middle, half), graph.op("Add", middle, half), axis=-1)

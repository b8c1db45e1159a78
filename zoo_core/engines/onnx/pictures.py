"""From pictures to the numbers that a network sees, as ONNX operators: what `network_input` does."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from onnx import TensorProto

from zoo_core.config.detector import Normalization
from zoo_core.engines.onnx.graph import GraphBuilder
from zoo_core.parts.geometry import ImageSize

__all__ = ["network_input"]


def network_input(
    graph: GraphBuilder,
    images: str,
    size: ImageSize,
    normalization: Normalization,
    *,
    resize: bool = True,
    interpolation: Literal["linear", "cubic"] = "linear",
) -> str:
    """Pictures (B, H, W, 3) uint8 or float32 RGB, stretched and normalised to (B, 3, height, width) float32.

    Args:
        graph: to write to.
        images: the name of the pictures.
        size: size of the network's input.
        normalization: normalization of its pixels.
        resize: whether the pictures may have another size than the network's input.
        interpolation: the one with which they are stretched.
    """
    # The channels are put first while a pixel is one byte: four times less to move.
    planes = graph.op("Cast", graph.op("Transpose", images, perm=[0, 3, 1, 2]), to=TensorProto.FLOAT)
    if resize:
        planes = _stretched(graph, planes, size, interpolation)
    mean, std = (np.array(each, np.float64).reshape(1, 3, 1, 1) for each in (normalization.mean, normalization.std))
    scaled = graph.op("Mul", planes, graph.constant(1 / (255 * std), np.float32))
    return graph.op("Sub", scaled, graph.constant(mean / std, np.float32))


def _stretched(graph: GraphBuilder, planes: str, size: ImageSize, interpolation: str) -> str:
    shape = graph.op("Shape", planes)
    kept = graph.op("Slice", shape, graph.constant([0]), graph.constant([2]))
    wanted = graph.op("Concat", kept, graph.constant([*size], np.int64), axis=0)
    ways: dict[str, Any] = {"mode": interpolation, "coordinate_transformation_mode": "half_pixel"}
    if interpolation == "cubic":
        ways["cubic_coeff_a"] = -0.75  # ONNX's own default, and OpenCV's
    return graph.op("Resize", planes, "", "", wanted, **ways, name="stretched")

"""The whole model: pictures in, network, boxes out."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto, compose, helper

from zoo_core.config.detector import DetectorConfig
from zoo_core.engines.onnx.boxes import final_boxes
from zoo_core.engines.onnx.exportable import Decode, FileAnchors
from zoo_core.engines.onnx.graph import GraphBuilder
from zoo_core.engines.onnx.pictures import network_input
from zoo_core.engines.onnx.resizing import FilePictures
from zoo_core.parts.outputs import Scoring

__all__ = ["CLASS_SCORES", "INPUT", "NETWORK", "OFFSETS", "PROBABILITIES", "assemble"]

NETWORK = "network/"
"""What the names of all tensors of the network begin with."""
INPUT, CLASS_SCORES, OFFSETS, PROBABILITIES = "network_input", "class_scores", "offsets", "probabilities"
"""The names of what flows between the parts of a file: what the network is given, and what it says of anchors."""


def assemble(
    network: Any, config: DetectorConfig, anchors: FileAnchors, decode: Decode | None, pictures: FilePictures
) -> Any:
    """An `onnx.ModelProto` from pictures (B, H, W, 3) RGB to boxes, or to what the network says of anchors.

    Pictures are uint8, but for those that were resized before without rounding, which are float32.

    Args:
        network: an `onnx.GraphProto` with the one input (B, 3, h, w), and class scores and offsets as outputs.
        config: configuration of the detector.
        anchors: anchors of the network.
        decode: decoder of the encoder; None leaves decoding and suppression out.
        pictures: which pictures the file takes.
    """
    graph = GraphBuilder()
    pixels = network_input(
        graph,
        "images",
        pictures.network,
        config.normalization,
        resize=pictures.size != pictures.network,
        interpolation="cubic" if config.resize.interpolation == "cubic" else "linear",
    )
    scores, offsets = _joined(graph, network, graph.op("Identity", pixels, name=INPUT))
    scores, offsets = (
        graph.op("Identity", tensor, name=name) for tensor, name in ((scores, CLASS_SCORES), (offsets, OFFSETS))
    )
    scoring, class_count = config.loss.scoring, len(config.classes)
    if scoring is Scoring.SOFTMAX:
        probabilities = graph.op("Softmax", scores, axis=-1, name=PROBABILITIES)
    else:
        probabilities = graph.op("Sigmoid", scores, name=PROBABILITIES)
    if decode is None:
        graph.op("Identity", graph.constant(anchors.boxes, np.float32), name="anchors")
        outputs = _raw_outputs(len(anchors), scoring.scores(class_count))
    else:
        final_boxes(graph, probabilities, offsets, "images", anchors, class_count, decode, config.nms, scoring)
        outputs = _box_outputs(min(config.nms.keep, config.nms.top_k, len(anchors) * class_count))
    sides = pictures.size or ("height", "width")
    kind = TensorProto.FLOAT if pictures.resized and not config.resize.rounded else TensorProto.UINT8
    images = helper.make_tensor_value_info("images", kind, ["batch", *sides, 3])
    return graph.model([images], outputs, "detector")


def _joined(graph: GraphBuilder, network: Any, pixels: str) -> list[str]:
    """Add the operators of a network that begins at `pixels`; gives the names of its outputs."""
    named = compose.add_prefix_graph(network, NETWORK)
    (start,) = (each.name for each in named.input)
    for node in named.node:
        node.name = node.name or f"{node.output[0]}/{node.op_type}"
        for index, name in enumerate(node.input):
            if name == start:
                node.input[index] = pixels
    graph.nodes.extend(named.node)
    graph.initializers.extend(named.initializer)
    return [each.name for each in named.output]


def _box_outputs(number: int) -> list[Any]:
    return [
        helper.make_tensor_value_info("boxes", TensorProto.FLOAT, ["batch", number, 4]),
        helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", number]),
        helper.make_tensor_value_info("labels", TensorProto.INT64, ["batch", number]),
        helper.make_tensor_value_info("count", TensorProto.INT64, ["batch"]),
    ]


def _raw_outputs(anchors: int, scores: int) -> list[Any]:
    return [
        helper.make_tensor_value_info(PROBABILITIES, TensorProto.FLOAT, ["batch", anchors, scores]),
        helper.make_tensor_value_info(OFFSETS, TensorProto.FLOAT, ["batch", anchors, 4]),
        helper.make_tensor_value_info("anchors", TensorProto.FLOAT, [anchors, 4]),
    ]

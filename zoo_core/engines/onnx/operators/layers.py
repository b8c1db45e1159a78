"""Layers with weights, and what stands between them: convolutions, activations, dropout."""

from __future__ import annotations

import math

from zoo_core.common.errors import ExportError
from zoo_core.engines.onnx.operators.arithmetic import UNARY, softplus
from zoo_core.engines.onnx.operators.registry import operator
from zoo_core.engines.onnx.typed_graph import TypedGraph
from zoo_core.engines.operators.windows import bilinear_upsampling, padding_for

__all__ = ["activation", "convolution", "deconvolution", "dropout", "fully_connected", "leaky_relu", "upsampling"]

Numbers = tuple[int, ...]


@operator("Convolution")
def convolution(
    graph: TypedGraph,
    data: str,
    weight: str,
    bias: str = "",
    *,
    kernel: Numbers,
    stride: Numbers,
    dilate: Numbers,
    pad: Numbers,
    num_group: int,
) -> str:
    """Cross-correlation, channels first."""
    ones, zeros = (1,) * len(kernel), (0,) * len(kernel)
    return graph.op(
        "Conv",
        data,
        weight,
        *([bias] if bias else []),
        kernel_shape=kernel,
        strides=stride or ones,
        dilations=dilate or ones,
        pads=(pad or zeros) * 2,
        group=num_group,
    )


@operator("Deconvolution")
def deconvolution(
    graph: TypedGraph,
    data: str,
    weight: str,
    bias: str = "",
    *,
    kernel: Numbers,
    stride: Numbers,
    dilate: Numbers,
    pad: Numbers,
    adj: Numbers,
    target_shape: Numbers,
    num_group: int,
) -> str:
    """The transposed convolution; ``target_shape`` stands for the padding that gives it."""
    ones, zeros = (1,) * len(kernel), (0,) * len(kernel)
    stride, dilate, pad, adj = stride or ones, dilate or ones, pad or zeros, adj or zeros
    if any(target_shape):
        pad, adj = padding_for(target_shape, graph.map_sizes(data), kernel, stride, dilate)
    return graph.op(
        "ConvTranspose",
        data,
        weight,
        *([bias] if bias else []),
        kernel_shape=kernel,
        strides=stride,
        dilations=dilate,
        pads=pad * 2,
        output_padding=adj,
        group=num_group,
    )


@operator("FullyConnected")
def fully_connected(graph: TypedGraph, data: str, weight: str, bias: str = "", *, flatten: bool) -> str:
    """A weighted sum of all numbers of an item, or of the last axis alone."""
    if flatten:
        return graph.op("Gemm", graph.op("Flatten", data, axis=1), weight, *([bias] if bias else []), transB=1)
    summed = graph.op("MatMul", data, graph.op("Transpose", weight, perm=[1, 0]))
    return graph.op("Add", summed, bias) if bias else summed


@operator("Activation")
def activation(graph: TypedGraph, data: str, *, act_type: str) -> str:
    """An activation without settings."""
    return softplus(graph, data) if act_type == "softrelu" else UNARY[act_type](graph, data)


@operator("LeakyReLU")
def leaky_relu(
    graph: TypedGraph,
    data: str,
    gamma: str = "",
    *,
    act_type: str,
    slope: float,
    lower_bound: float,
    upper_bound: float,
) -> str:
    """An activation that lets something of the negative numbers through."""
    match act_type:
        case "leaky":
            return graph.op("LeakyRelu", data, alpha=slope)
        case "prelu":
            of_channels = (-1, *(1,) * (graph.rank(data) - 2))
            return graph.op("PRelu", data, graph.op("Reshape", gamma, graph.whole(*of_channels)))
        case "elu":
            return graph.op("Elu", data, alpha=slope)
        case "selu":
            return graph.op("Selu", data)
        case "gelu":
            below = graph.op("Erf", graph.op("Mul", data, graph.like(1 / math.sqrt(2), data)))
            share = graph.op("Mul", graph.op("Add", below, graph.like(1, data)), graph.like(0.5, data))
            return graph.op("Mul", data, share)
    return graph.op("LeakyRelu", data, alpha=(lower_bound + upper_bound) / 2)  # rrelu, drawn in training alone


@operator("Dropout")
def dropout(graph: TypedGraph, data: str, *, mode: str) -> str:  # noqa: ARG001  # every operator has the graph
    """Nothing, but in training."""
    if mode == "always":
        raise ExportError("Dropout with mode always draws at random, which a file cannot: use mode training")
    return data


@operator("UpSampling")
def upsampling(graph: TypedGraph, *data: str, scale: int, sample_type: str, multi_input_mode: str) -> str:
    """Maps made larger: each number repeated, or by a convolution with given weights.

    Of several maps each is made as large as the first becomes.
    """
    if sample_type == "bilinear":
        maps, weight = data
        kernel, stride, pad = bilinear_upsampling(scale)
        channels = graph.map_sizes(maps, 1)[0]
        return graph.op(
            "ConvTranspose", maps, weight, kernel_shape=kernel, strides=stride, pads=pad * 2, group=channels
        )
    height = graph.map_sizes(data[0])[0] * scale
    grown = [_repeated(graph, each, height // graph.map_sizes(each)[0]) for each in data]
    if len(grown) == 1:
        return grown[0]
    return graph.op("Concat", *grown, axis=1) if multi_input_mode == "concat" else graph.op("Sum", *grown)


def _repeated(graph: TypedGraph, maps: str, times: int) -> str:
    scales = graph.constant([1.0, 1.0, times, times], "float32")
    return graph.op(
        "Resize",
        maps,
        "",
        scales,
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )

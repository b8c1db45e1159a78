"""Batch norms drawn into the convolutions before them: the same numbers from fewer operators."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from onnx import numpy_helper

__all__ = ["fold_batch_norms"]


def fold_batch_norms(graph: Any) -> int:
    """Draw every batch norm whose input is a convolution's output, and nobody else's, into that convolution.

    Args:
        graph: an `onnx.GraphProto`, which is changed.

    Returns:
        How many were drawn in.
    """
    values = {each.name: each for each in graph.initializer}
    users = Counter(name for node in graph.node for name in node.input)
    users.update(each.name for each in graph.output)
    makers = {node.output[0]: node for node in graph.node}
    folded = []
    for norm in graph.node:
        convolution = makers.get(norm.input[0])
        if norm.op_type != "BatchNormalization" or convolution is None or convolution.op_type != "Conv":
            continue
        weights = [convolution.input[1], *norm.input[1:], *convolution.input[2:]]
        # Weights that two layers share cannot follow both of them.
        if any(users[name] != 1 for name in (norm.input[0], *weights)) or any(name not in values for name in weights):
            continue
        _fold(graph, convolution, norm, values)
        folded.append(norm)
    for norm in folded:
        graph.node.remove(norm)
    return len(folded)


def _fold(graph: Any, convolution: Any, norm: Any, values: dict[str, Any]) -> None:
    weight, gamma, beta, mean, variance, *bias = (
        numpy_helper.to_array(values[name]).astype(np.float64)
        for name in (convolution.input[1], *norm.input[1:], *convolution.input[2:])
    )
    epsilon = next((each.f for each in norm.attribute if each.name == "epsilon"), 1e-5)
    scale = gamma / np.sqrt(variance + epsilon)
    _set(values[convolution.input[1]], weight * scale.reshape(-1, *[1] * (weight.ndim - 1)))
    # The batch norm's shift takes the place of the bias.
    _set(values[norm.input[2]], beta + ((bias[0] if bias else 0) - mean) * scale)
    for name in (norm.input[1], *norm.input[3:], *convolution.input[2:]):
        graph.initializer.remove(values.pop(name))
    del convolution.input[2:]
    convolution.input.append(norm.input[2])
    convolution.output[0] = norm.output[0]


def _set(initializer: Any, array: Any) -> None:
    initializer.CopyFrom(numpy_helper.from_array(array.astype(np.float32), initializer.name))

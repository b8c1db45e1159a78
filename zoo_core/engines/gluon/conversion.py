"""A gluon network as a graph of ONNX operators."""

from __future__ import annotations

import importlib
import sys
import types
import warnings
from typing import Any

import numpy as np

from zoo_core.common.errors import ExportError
from zoo_core.common.optional_packages import missing
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.compatibility import applied_fixes
from zoo_core.engines.gluon.graph_names import name_after_layers
from zoo_core.engines.gluon.weights import parameters_of
from zoo_core.parts.geometry import ImageSize

__all__ = ["to_onnx"]


def to_onnx(network: Any, size: ImageSize, opset: int) -> Any:
    """The network as an `onnx.GraphProto`, by MXNet's own exporter.

    The batch is left open. Input ``data`` is (B, 3, H, W) normalised, the outputs are class scores
    (B, N, C + 1) before softmax and offsets (B, N, 4). Weights are initializers, not inputs, under the names under
    which they are stored.

    Args:
        network: a `zoo_core.engines.gluon.network.DetectionNetwork`.
        size: size of its input.
        opset: version of the operators; MXNet knows 12 and 13.

    Raises:
        ExportError: the network has an operator that MXNet cannot export.
        MissingPackageError: onnx is not installed.
    """
    exporter, float_type = _exporter(), _restored_mapping().NP_TYPE_TO_TENSOR_TYPE[np.dtype(np.float32)]
    shape = (1, 3, *size)
    stored = {parameter.name: name for name, parameter in parameters_of(network).items()}
    parameters = {name: value.data() for name, value in network.collect_params().items()}
    try:
        symbols = mx.sym.Group(list(network(mx.sym.var("data"))))
        graph = exporter().create_onnx_graph_proto(
            symbols,
            parameters,
            [shape],
            [float_type],
            opset_version=opset,
            dynamic=True,
            dynamic_input_shapes=[("batch", *shape[1:])],
        )
    except Exception as error:  # whatever a plugin's block does when it is traced, or an operator lacks
        raise ExportError(
            f"MXNet cannot write this network as ONNX: {type(error).__name__}: {_first_line(error)}; "
            "its blocks must be HybridBlocks made of operators that mxnet.onnx knows"
        ) from error
    inputs = [each for each in graph.input if each.name == "data"]
    del graph.input[:]
    graph.input.extend(inputs)
    name_after_layers(graph, stored)
    return graph


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def _exporter() -> Any:
    _restored_mapping()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module("mxnet.onnx")
        return importlib.import_module("mxnet.onnx.mx2onnx._export_onnx").MXNetGraph


def _restored_mapping() -> Any:
    """MXNet looks types up in onnx.mapping, which onnx 1.19 removed; an equal module is put back."""
    try:
        onnx = importlib.import_module("onnx")
    except ModuleNotFoundError as error:
        raise missing(error) from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # onnx 1.13 to 1.18 warn that it will go
        try:
            return importlib.import_module("onnx.mapping")
        except ModuleNotFoundError:
            pass
    mapping: Any = types.ModuleType("onnx.mapping")
    known = [np.dtype(name) for name in _TYPES]
    mapping.NP_TYPE_TO_TENSOR_TYPE = {each: onnx.helper.np_dtype_to_tensor_dtype(each) for each in known}
    mapping.TENSOR_TYPE_TO_NP_TYPE = {number: each for each, number in mapping.NP_TYPE_TO_TENSOR_TYPE.items()}
    sys.modules["onnx.mapping"] = onnx.mapping = mapping  # type: ignore[attr-defined]
    applied_fixes.append("onnx.mapping: the table of types that onnx 1.19 removed is back")
    return mapping


_TYPES = ("bool", "float16", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32")

"""A network in whole numbers of 8 bits, with scales that are measured on pictures."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import onnx

from zoo_core.boxes.protocols import Dataset
from zoo_core.common.errors import ExportError
from zoo_core.engines.onnx.assembling import CLASS_SCORES, NETWORK, OFFSETS
from zoo_core.engines.onnx.report import Loss
from zoo_core.engines.onnx.resizing import Taken

__all__ = ["Quantization", "quantized"]

_KINDS = ("Conv", "Relu", "Clip", "MaxPool", "AveragePool", "GlobalAveragePool", "Add")
"""Operators of the network that run on whole numbers. Pictures and boxes are left in float32."""
_PREDICTORS = ("Conv", "ConvTranspose", "Gemm", "MatMul")
"""Operators of the layers with weights."""


@dataclass(frozen=True)
class Quantization:
    """How a network is quantised, and what that may cost.

    Attributes:
        pictures: on some of which the ranges of all tensors are measured.
        limit: how many points of mean average precision may be lost.
        force: whether more may be lost, too.
    """

    pictures: Dataset
    limit: float = 1.0
    force: bool = False

    def check(self, loss: Loss) -> None:
        """Refuse what loses too much.

        Raises:
            ExportError: more was lost than is allowed.
        """
        if not self.force and not loss.points <= self.limit:
            raise ExportError(
                f"int8 loses {loss.points:.2f} points ({loss}), and at most {self.limit:g} are allowed; no file was "
                "kept. More pictures to calibrate with may help; --limit allows more, --force everything"
            )


def quantized(model: Any, pictures: Iterable[Taken]) -> Any:
    """The model with the convolutions of its network, and what lies between them, in 8 bits.

    Quantised statically, in ONNX's own QuantizeLinear and DequantizeLinear: weights channel by channel as signed
    numbers, and between -64 and 64, since without VNNI processors add two products in 16 bits;
    what flows between layers as unsigned numbers, over the range that was seen.

    Args:
        model: an `onnx.ModelProto` of `zoo_core.engines.onnx.assembling.assemble`.
        pictures: (H, W, 3) RGB as the model takes them, that are alike to those on which it will run.
    """
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    finest = _predicting(model.graph)
    nodes = [
        node.name
        for node in model.graph.node
        if node.name.startswith(NETWORK) and node.op_type in _KINDS and node.name not in finest
    ]
    with TemporaryDirectory() as folder, _silent():
        plain, small = Path(folder, "float32.onnx"), Path(folder, "int8.onnx")
        onnx.save(model, plain)
        quantize_static(
            plain,
            small,
            _Reader(pictures),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(_KINDS),
            nodes_to_quantize=nodes,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )
        result = onnx.load(small)
    result.ir_version = model.ir_version
    return result


def _predicting(graph: Any) -> set[str]:
    """The names of the predictors, the last layers with weights, and of all operators between them and the outputs.

    What they give are scores and offsets, for which 8 bits are too few.
    """
    makers = {output: node for node in graph.node for output in node.output}
    found, waiting = set[str](), [CLASS_SCORES, OFFSETS]
    while waiting:
        node = makers.get(waiting.pop())
        if node is None or node.name in found:
            continue
        found.add(node.name)
        if node.op_type not in _PREDICTORS:
            waiting.extend(node.input)
    return found


class _Reader:
    """Pictures as ONNX Runtime asks for them."""

    def __init__(self, pictures: Iterable[Taken]) -> None:
        self._pictures: Iterator[Taken] = iter(pictures)

    def get_next(self) -> dict[str, Taken] | None:
        picture = next(self._pictures, None)
        return None if picture is None else {"images": picture[None]}


@contextmanager
def _silent() -> Iterator[None]:
    """ONNX Runtime advises, by warnings that nobody asked for, to do what was done already."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)

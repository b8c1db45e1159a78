"""Whether boxes of an encoder can be decoded by ONNX operators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zoo_core.boxes.protocols import OnnxGraph
from zoo_core.common.errors import ExportError

__all__ = ["Decode", "onnx_decode_of"]

Decode = Callable[[OnnxGraph, str, str], str]
"""Writes the operators from offsets (..., 4) and anchors (..., 4) center/unit to boxes (..., 4) corner/unit."""


def onnx_decode_of(encoder: Any) -> Decode:
    """What writes the encoder's decoding as operators.

    A class that has a `decode` of its own and inherits `onnx_decode` would be exported with the decoding of
    another: it counts as one that has none.

    Raises:
        ExportError: the encoder cannot be exported.
    """
    for owner in type(encoder).__mro__:
        if "onnx_decode" in vars(owner):
            return encoder.onnx_decode  # type: ignore[no-any-return]
        if "decode" in vars(owner):
            break
    name = getattr(getattr(encoder, "settings", None), "name", type(encoder).__name__)
    raise ExportError(
        f"targets: encoder {name!r} cannot be exported: {type(encoder).__name__} has its own decode() but no "
        "onnx_decode() that does the same in ONNX operators (docs/write_a_plugin.md); "
        "--raw leaves decoding to the program that uses the file"
    )

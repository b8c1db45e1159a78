"""Whether boxes of an encoder can be decoded by ONNX operators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.boxes import Anchors
from zoo_core.boxes.protocols import OnnxGraph
from zoo_core.common.errors import ExportError
from zoo_core.parts.geometry import BoxFormat, Level

__all__ = ["Decode", "FileAnchors", "onnx_decode_of"]

Decode = Callable[[OnnxGraph, str, str], str]
"""Writes the operators from numbers (..., 4) and priors (..., P) to boxes (..., 4) corner/unit."""


@dataclass(frozen=True, eq=False)
class FileAnchors:
    """What a file knows of the anchors of its network.

    Attributes:
        boxes: (N, 4) center/unit.
        priors: (N, P) what the decoding of the encoder must know of each.
        levels: on whose cells they stand.
    """

    boxes: NDArray[np.float32]
    priors: NDArray[np.float32]
    levels: tuple[Level, ...] = ()

    @classmethod
    def of(cls, anchors: Anchors, encoder: Any) -> Self:
        """Of these anchors for this encoder."""
        boxes = anchors.to(BoxFormat.CENTER_UNIT).boxes
        priors = encoder.priors(anchors) if hasattr(encoder, "priors") else boxes
        return cls(boxes, np.asarray(priors, np.float32), anchors.levels)

    def __len__(self) -> int:
        return len(self.boxes)


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

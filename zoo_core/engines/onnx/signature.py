"""What the file of a detector takes and gives: a file may say that it is one, and hold another model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.common.errors import RunError
from zoo_core.common.messages import listed
from zoo_core.engines.onnx.runtimes.protocol import FileRuntime

__all__ = ["OUTPUTS", "check_signature", "check_values"]

_PICTURES = (("uint8", 4), ("float32", 4))
_BOXES = {"boxes": ("float32", 3), "scores": ("float32", 2), "labels": ("int64", 2), "count": ("int64", 1)}
"""The type of each output, and how many dimensions it has."""
OUTPUTS = list(_BOXES)
"""The names of what the file of a detector gives."""


def check_signature(file: FileRuntime, path: Path) -> None:
    """Refuse a model that takes something else than pictures, or gives something else than boxes.

    Args:
        file: what runs it.
        path: path of the file.

    Raises:
        RunError: it is such a model.
    """
    takes = {name: (each.kind, len(each.shape)) for name, each in file.inputs.items()}
    gives = {name: (each.kind, len(each.shape)) for name, each in file.outputs.items()}
    if list(takes) != ["images"] or takes["images"] not in _PICTURES or file.inputs["images"].shape[3] != 3:
        raise RunError(f"{path}: is not a detector's file: it takes {_in_words(takes)}, not RGB pictures")
    if any(gives.get(name) != kind for name, kind in _BOXES.items()):
        raise RunError(f"{path}: is not a detector's file: it gives {_in_words(gives)}, not {_in_words(_BOXES)}")


def check_values(values: Sequence[NDArray[Any]], images: int, classes: int, path: Path) -> None:
    """Refuse outputs that cannot be detections.

    Args:
        values: those of `OUTPUTS`.
        images: how many the file was given.
        classes: how many there are.
        path: path of the file.

    Raises:
        RunError: they cannot.
    """
    boxes, scores, labels, count = values
    shape = (images, *scores.shape[1:2])
    if (boxes.shape, scores.shape, labels.shape, count.shape) != ((*shape, 4), shape, shape, shape[:1]):
        fault = "their shapes do not agree"
    elif not ((count >= 0) & (count <= shape[1])).all():
        fault = f"it claims {listed(map(str, count))} detections in lists of {shape[1]}"
    elif not (np.isfinite(boxes).all() and np.isfinite(scores).all()):
        fault = "boxes or scores are not finite numbers"
    elif not ((labels >= 0) & (labels < classes) | (np.arange(shape[1]) >= count[:, None])).all():
        fault = f"a label is not one of {classes} classes"
    else:
        return
    raise RunError(f"{path}: gives invalid detections: {fault}; the file is damaged, or not a detector")


def _in_words(tensors: dict[str, tuple[str, int]]) -> str:
    return listed((f"{name} {kind} of {rank} dimensions" for name, (kind, rank) in tensors.items()), "nothing")

"""Why the shape of a stored array differs from the parameter's: what probably differs between two detectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoo_core.common.messages import counted
from zoo_core.common.numerals import whole_number
from zoo_core.engines.class_layers import ClassLayers, Shape

__all__ = ["likely_cause"]


def likely_cause(name: str, stored: Mapping[str, Any], shapes: Mapping[str, Shape], classes: ClassLayers) -> str:
    """``" (it was trained for 20 classes, and ...)"``, or nothing when no cause is likely.

    Args:
        name: name of the parameter.
        stored: the arrays of the file.
        shapes: shapes of the parameters of the network.
        classes: class layers of the network.
    """
    cause = _cause(name, {each: tuple(array.shape) for each, array in stored.items()}, shapes, classes)
    return f" ({cause})" if cause else ""


def _cause(name: str, stored: Mapping[str, Shape], shapes: Mapping[str, Shape], classes: ClassLayers) -> str:
    theirs, ours = stored[name], shapes[name]
    layer = classes.divided_like(name)
    if layer is None:
        part = name.partition(".")[0]
        return f"another {part if part in ('backbone', 'neck') else 'head'}, or different settings of it"
    if theirs[2:] != ours[2:]:
        return f"its predictors have kernels of {theirs[-1]}, not {ours[-1]}: set head.kernel"
    if theirs[1:2] != ours[1:2]:
        return f"its backbone gives {theirs[1]} channels to {_which(layer)}, not {ours[1]}"
    anchors = [classes.anchors(layer, each) for each in (stored, shapes)]
    if anchors[0] != anchors[1]:
        return f"it has {anchors[0]} anchors in a cell of {_which(layer)}, not {anchors[1]}: set anchors"
    trained, wanted = (counted(classes.trained_for(of) or 0, "class", "classes") for of in (stored, shapes))
    return f"it was trained for {trained}, but this detector has {wanted}"


def _which(layer: str) -> str:
    """The map of a layer, where each has its own."""
    index = whole_number(layer.rpartition(".")[2])
    return "each map" if index is None else f"map {index + 1}"

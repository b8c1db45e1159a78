"""Why the shape of a stored array differs from the parameter's: what probably differs between two detectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoo_core.common.messages import counted

__all__ = ["class_count", "likely_cause"]

Shape = tuple[int, ...]


def likely_cause(name: str, stored: Mapping[str, Any], shapes: Mapping[str, Shape]) -> str:
    """``" (it was trained for 20 classes, and ...)"``, or nothing when no cause is likely.

    Args:
        name: name of the parameter.
        stored: the arrays of the file.
        shapes: shapes of the parameters of the network.
    """
    cause = _cause(name, {each: tuple(array.shape) for each, array in stored.items()}, shapes)
    return f" ({cause})" if cause else ""


def _cause(name: str, stored: Mapping[str, Shape], shapes: Mapping[str, Shape]) -> str:
    theirs, ours = stored[name], shapes[name]
    kind, index, *_ = [*name.split("."), ""]
    if kind not in ("class_predictors", "box_predictors"):
        return "another backbone, or different settings of it"
    if theirs[2:] != ours[2:]:
        return f"its predictors have kernels of {theirs[-1]}, not {ours[-1]}: set head.kernel"
    if theirs[1:2] != ours[1:2]:
        return f"its backbone gives {theirs[1]} channels to map {int(index) + 1}, not {ours[1]}"
    anchors = [of.get(f"box_predictors.{index}.bias", (0,))[0] // 4 for of in (stored, shapes)]
    if anchors[0] != anchors[1]:
        return f"it has {anchors[0]} anchors in a cell of map {int(index) + 1}, not {anchors[1]}: set anchors"
    trained, wanted = (counted(class_count(of) or 0, "class", "classes") for of in (stored, shapes))
    return f"it was trained for {trained}, but this detector has {wanted}"


def class_count(shapes: Mapping[str, Shape]) -> int | None:
    """Of a detector with predictors of these shapes, without the background; None where they do not say it."""
    classes, boxes = (shapes.get(f"{kind}_predictors.0.bias", ()) for kind in ("class", "box"))
    if not classes or not boxes or not boxes[0]:
        return None
    return classes[0] * 4 // boxes[0] - 1

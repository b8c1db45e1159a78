"""Arrays of weights by name: whether they are numbers, and whether they are those of a network."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.common.errors import RunError
from zoo_core.common.messages import listed
from zoo_core.engines.class_layers import NO_CLASS_LAYERS, ClassLayers, Shape
from zoo_core.engines.likely_causes import likely_cause

__all__ = ["Arrays", "require_finite", "require_finite_outputs", "require_fitting", "require_usable", "some_of"]

Arrays = Mapping[str, NDArray[Any]]


def require_finite(arrays: Arrays, where: Path | str = "") -> None:
    """Refuse weights that are not numbers: a ReLU turns them into 0, so that a network with some finds less.

    Args:
        arrays: by name; finite as float32, in which networks compute.
        where: they are, for the message; empty where the caller says it.

    Raises:
        RunError: some are not finite; names their layers.
    """
    with np.errstate(over="ignore"):
        faulty = [name for name, each in arrays.items() if not np.isfinite(each.astype(np.float32, copy=False)).all()]
    if faulty:
        place = f"{where}: " if where else ""
        raise RunError(
            f"{place}NaN or infinite numbers in {some_of(faulty)}; detections of such weights cannot be trusted: "
            "use those of an earlier step, or train again with a smaller training.learning_rate"
        )


def require_usable(arrays: Arrays) -> None:
    """Refuse weights of a detector with which nothing can be found.

    Raises:
        RunError: some are not finite, or variances are negative; says of which layers.
    """
    require_finite(arrays, "the weights of this detector")
    if negative := [name for name, each in arrays.items() if name.endswith("_var") and each.min() < 0]:
        raise RunError(
            f"the weights of this detector: negative variances in {some_of(negative)}; batch norm takes their "
            "root, so nothing can be detected: layers of some libraries start like that until they are trained"
        )


def require_finite_outputs(found: Iterable[NDArray[Any]], weights: Callable[[], Arrays]) -> None:
    """Refuse what a network says where it is no longer numbers, with its cause.

    Args:
        found: what it says.
        weights: gives its weights; called where something is wrong.

    Raises:
        RunError: weights are not finite or variances negative (says of which layers), or the network overflows.
    """
    if not all(np.isfinite(each).all() for each in found):
        require_usable(weights())
        raise RunError("the network gives NaN or infinite numbers for this image, though its weights are finite")


def require_fitting(
    shapes: Mapping[str, Shape], stored: Arrays, path: Path, classes: ClassLayers = NO_CLASS_LAYERS
) -> None:
    """Refuse weights of another network.

    Args:
        shapes: of the weights of the network, by name.
        stored: what was read.
        path: path of the file, for messages.
        classes: the layers of the network with rows for each class, from which a likely cause is known.

    Raises:
        RunError: a weight is missing, not of this network, or of another shape; says which.
    """
    if problems := [*_missing(shapes, stored), *_misshapen(shapes, stored, classes)]:
        shown = "\n  ".join(problems[:10])
        more = f"\n  and {len(problems) - 10} more" if len(problems) > 10 else ""
        raise RunError(f"{path}: the weights of another network:\n  {shown}{more}")


def _missing(shapes: Mapping[str, Shape], stored: Arrays) -> list[str]:
    lacking, unknown = shapes.keys() - stored.keys(), stored.keys() - shapes.keys()
    return [
        *([f"not in the file: {some_of(lacking)}"] if lacking else []),
        *([f"not in the network: {some_of(unknown)}"] if unknown else []),
    ]


def some_of(names: Collection[str], most: int = 8) -> str:
    """The first of these names; a deep network has hundreds."""
    more = len(names) - most
    return listed(sorted(names)[:most]) + (f" and {more} more" if more > 0 else "")


def _misshapen(shapes: Mapping[str, Shape], stored: Arrays, classes: ClassLayers) -> list[str]:
    return [
        f"{name}: {stored[name].shape} in the file, {shape} in the network{likely_cause(name, stored, shapes, classes)}"
        for name, shape in shapes.items()
        if name in stored and stored[name].shape != shape
    ]

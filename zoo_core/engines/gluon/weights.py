"""Weights of a network in a file, as the zoo, MXNet and other libraries on it write them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.common.errors import RunError
from zoo_core.common.messages import listed
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.class_layers import ClassLayers
from zoo_core.engines.gluon.likely_causes import likely_cause
from zoo_core.engines.gluon.weight_names import our_names
from zoo_core.engines.params_file import read_params, write_params

__all__ = [
    "arrays_of",
    "load_weights",
    "parameters_of",
    "put",
    "read_weights",
    "require_finite",
    "save_weights",
    "set_weights",
    "some_of",
]

Arrays = Mapping[str, NDArray[Any]]


def save_weights(network: Any, path: Path) -> None:
    """Write all parameters to a ``.params`` file, all or nothing.

    Raises:
        OSError: it cannot be written.
        RunError: they are not finite; nothing is written.
    """
    arrays = arrays_of(parameters_of(network))
    require_finite(arrays, f"{path}: not written")
    write_params(path, arrays)


def arrays_of(parameters: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """The values of parameters, of those on several devices as the first has them."""
    # Batch norm's statistics are written by the backward pass without MXNet's engine knowing of it.
    mx.nd.waitall()
    return {name: parameter.list_data()[0].asnumpy() for name, parameter in parameters.items()}


def load_weights(network: Any, path: Path) -> None:
    """Set all parameters from a ``.params`` file; see `our_names` for those that are read.

    Raises:
        RunError: the file does not exist, is damaged, holds numbers that are not finite, or belongs to another
            network; nothing was set.
    """
    set_weights(network, read_weights(network, path), path)


def set_weights(network: Any, stored: Arrays, path: Path) -> None:
    """Set all parameters from arrays by our names, which were read from a file.

    Raises:
        RunError: they belong to another network, or are not finite; nothing was set.
    """
    parameters = parameters_of(network)
    if faults := [*_missing(parameters, stored), *_misshapen(parameters, stored, ClassLayers(network))]:
        shown = "\n  ".join(faults[:10])
        more = f"\n  and {len(faults) - 10} more" if len(faults) > 10 else ""
        raise RunError(f"{path}: the weights of another network:\n  {shown}{more}")
    require_finite(stored, path)
    for name, parameter in parameters.items():
        put(parameter, stored[name])


def parameters_of(network: Any) -> dict[str, Any]:
    """The parameters of a network by the names that `save_weights` writes."""
    parameters: dict[str, Any] = network._collect_params_with_prefix()  # noqa: SLF001  # gluon has no other way
    return parameters


def read_weights(network: Any, path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of a file, by our names for the parameters of a network.

    Raises:
        RunError: the file does not exist, is damaged, or has two arrays for one parameter.
    """
    stored, found = read_params(path), dict[str, str]()
    for name, ours in our_names(stored, network).items():
        if ours in found:
            raise RunError(f"{path}: both {found[ours]} and {name} map to {ours} here; keep one of them")
        found[ours] = name
    return {ours: stored[name] for ours, name in found.items()}


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


def put(parameter: Any, values: NDArray[Any]) -> None:
    """Set a parameter, whatever the type of the numbers."""
    parameter.set_data(mx.nd.array(values, dtype=np.dtype(parameter.dtype)))


def _missing(parameters: dict[str, Any], stored: Arrays) -> list[str]:
    lacking, unknown = parameters.keys() - stored.keys(), stored.keys() - parameters.keys()
    return [
        *([f"not in the file: {some_of(lacking)}"] if lacking else []),
        *([f"not in the network: {some_of(unknown)}"] if unknown else []),
    ]


def some_of(names: Collection[str], most: int = 8) -> str:
    """The first of these names; a deep network has hundreds."""
    more = len(names) - most
    return listed(sorted(names)[:most]) + (f" and {more} more" if more > 0 else "")


def _misshapen(parameters: dict[str, Any], stored: Arrays, classes: ClassLayers) -> list[str]:
    shapes = {name: tuple(parameter.shape) for name, parameter in parameters.items()}
    return [
        f"{name}: {stored[name].shape} in the file, {shape} in the network{likely_cause(name, stored, shapes, classes)}"
        for name, shape in shapes.items()
        if name in stored and stored[name].shape != shape
    ]

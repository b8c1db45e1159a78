"""Weights of a network in a file, as the zoo, MXNet and other libraries on it write them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.common.errors import RunError
from zoo_core.engines.class_layers import NO_CLASS_LAYERS, ClassLayers
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.class_rows import class_rows_of
from zoo_core.engines.gluon.weight_names import our_names
from zoo_core.engines.params_file import read_params, write_params
from zoo_core.engines.weight_arrays import Arrays, require_finite, require_fitting

__all__ = [
    "arrays_of",
    "class_layers_of",
    "load_weights",
    "parameters_of",
    "put",
    "read_weights",
    "save_weights",
    "set_weights",
]


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
    shapes = {name: tuple(parameter.shape) for name, parameter in parameters.items()}
    require_fitting(shapes, stored, path, class_layers_of(network))
    require_finite(stored, path)
    for name, parameter in parameters.items():
        put(parameter, stored[name])


def parameters_of(network: Any) -> dict[str, Any]:
    """The parameters of a network by the names that `save_weights` writes."""
    parameters: dict[str, Any] = network._collect_params_with_prefix()  # noqa: SLF001  # gluon has no other way
    return parameters


def class_layers_of(network: Any) -> ClassLayers:
    """The layers of a network that have rows for each class; blocks that are not detectors have none."""
    head = getattr(network, "head", None)
    return NO_CLASS_LAYERS if head is None else ClassLayers(class_rows_of(head))


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


def put(parameter: Any, values: NDArray[Any]) -> None:
    """Set a parameter, whatever the type of the numbers."""
    parameter.set_data(mx.nd.array(values, dtype=np.dtype(parameter.dtype)))

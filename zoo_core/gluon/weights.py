"""Weights of a network in a file, as MXNet writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zoo_core.errors import RunError, listed
from zoo_core.files import replacing
from zoo_core.gluon import mx

__all__ = ["load_weights", "save_weights"]


def save_weights(network: Any, path: Path) -> None:
    """Write all parameters to a ``.params`` file, all or nothing."""
    with replacing(path) as fresh:
        network.save_parameters(str(fresh))


def load_weights(network: Any, path: Path) -> None:
    """Read all parameters from a ``.params`` file that `save_weights` wrote.

    Raises:
        RunError: there is no such file, it is damaged, or it belongs to another network.
    """
    if not path.is_file():
        raise RunError(f"{path}: there are no weights here")
    try:
        stored = mx.nd.load(str(path))
    except mx.base.MXNetError:
        raise RunError(f"{path}: damaged, or not a file of MXNet weights") from None
    if not isinstance(stored, dict):
        raise RunError(f"{path}: holds arrays without names, and the weights of a network have names")
    parameters = network._collect_params_with_prefix()  # noqa: SLF001  # the names that save_parameters writes
    if faults := [*_missing(parameters, stored), *_misshapen(parameters, stored)]:
        shown = "\n  ".join(faults[:10])
        more = f"\n  and {len(faults) - 10} more" if len(faults) > 10 else ""
        raise RunError(f"{path}: the weights of another network:\n  {shown}{more}")
    for name, parameter in parameters.items():
        parameter.set_data(stored[name])


def _missing(parameters: dict[str, Any], stored: dict[str, Any]) -> list[str]:
    lacking, unknown = parameters.keys() - stored.keys(), stored.keys() - parameters.keys()
    return [
        *([f"not in the file: {listed(sorted(lacking))}"] if lacking else []),
        *([f"not in the network: {listed(sorted(unknown))}"] if unknown else []),
    ]


def _misshapen(parameters: dict[str, Any], stored: dict[str, Any]) -> list[str]:
    return [
        f"{name}: {tuple(stored[name].shape)} in the file, {tuple(parameter.shape)} in the network"
        for name, parameter in parameters.items()
        if name in stored and tuple(stored[name].shape) != tuple(parameter.shape)
    ]

"""Which engine runs the network of a detector, or its exported file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from typing import Literal, get_args

from zoo_core.common.errors import ArgumentError
from zoo_core.common.messages import did_you_mean, shown
from zoo_core.common.versions import installed_version

__all__ = [
    "ENGINES",
    "FILE_ENGINES",
    "EngineName",
    "chosen_engine",
    "has_mxnet",
    "require_file_engine",
    "require_network_engine",
]

EngineName = Literal["auto", "mxnet", "torch"]
ENGINES: tuple[str, ...] = get_args(EngineName)
"""What runs networks, and trains them."""
FILE_ENGINES = ("onnxruntime", "openvino")
"""What runs exported files; the first unless another is asked for."""


@cache
def has_mxnet() -> bool:
    """Whether MXNet is here, beside a numpy with which it runs. Nothing is imported, and a process looks once."""
    numpy = installed_version("numpy")
    return find_spec("mxnet") is not None and numpy is not None and int(numpy.partition(".")[0]) < 2


def chosen_engine(wanted: EngineName) -> Literal["mxnet", "torch"]:
    """The engine of a configuration; ``auto`` is MXNet where it runs, else PyTorch where that is installed."""
    if wanted != "auto":
        return wanted
    return "torch" if not has_mxnet() and find_spec("torch") is not None else "mxnet"


def require_network_engine(name: object) -> None:
    """Refuse what is not the name of an engine that runs networks.

    Raises:
        ArgumentError: it is not; says what is, and what the engines of exported files are for.
    """
    _require(name, ENGINES, "a run or a configuration", FILE_ENGINES, "exported files")


def require_file_engine(name: object) -> None:
    """Refuse what is not the name of an engine that runs exported files.

    Raises:
        ArgumentError: it is not; says what is, and what the engines of networks are for.
    """
    _require(name, FILE_ENGINES, "an exported file", ENGINES, "runs and configurations")


def _require(name: object, allowed: Sequence[str], what: str, others: Sequence[str], what_others_run: str) -> None:
    why = ""
    if isinstance(name, str):
        if name in allowed:
            return
        why = f", which is for {what_others_run}" if name in others else did_you_mean(name, allowed)
    *first, last = map(repr, allowed)
    raise ArgumentError(f"engine should be {', '.join(first)} or {last} for {what}; given {shown(name)}{why}")

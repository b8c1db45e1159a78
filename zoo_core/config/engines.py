"""Which engine runs the network of a detector."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Literal, get_args

from zoo_core.common.versions import installed_version

__all__ = ["ENGINES", "EngineName", "chosen_engine", "has_mxnet"]

EngineName = Literal["auto", "mxnet", "torch"]
ENGINES: tuple[str, ...] = get_args(EngineName)


def has_mxnet() -> bool:
    """Whether MXNet is here, beside a numpy with which it runs. Nothing is imported."""
    numpy = installed_version("numpy")
    return find_spec("mxnet") is not None and numpy is not None and int(numpy.partition(".")[0]) < 2


def chosen_engine(wanted: EngineName) -> Literal["mxnet", "torch"]:
    """The engine of a configuration; ``auto`` is MXNet where it runs, else PyTorch where that is installed."""
    if wanted != "auto":
        return wanted
    return "torch" if not has_mxnet() and find_spec("torch") is not None else "mxnet"

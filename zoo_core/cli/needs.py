"""Which engine a command needs, told before anything else where it is not installed.

Without this a user would be led from package to package, to learn at the last that the engine does not run here.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from zoo_core.common.errors import MissingPackageError
from zoo_core.common.optional_packages import OPTIONAL, way_to_get
from zoo_core.config.engines import FILE_ENGINES

__all__ = ["require_engine"]

_MAKING = ("train", "tune", "export")
_BENCH = "bench"
_RUNNING = ("eval", "predict", "serve", _BENCH)
_HELP = {"-h", "--help"}
_OPTION = "--engine"


def require_engine(command: str, arguments: Sequence[str]) -> None:
    """Nothing, unless a command needs an engine that is not installed.

    Raises:
        MissingPackageError: it does; says how to get it, or where else to go.
    """
    engine = _engine(command, arguments)
    if engine and find_spec(engine) is None:
        raise MissingPackageError(
            f"zoo {command} needs {OPTIONAL[engine][0][0]} for this, which is not installed: {way_to_get(engine)}"
        )


def _engine(command: str, arguments: Sequence[str]) -> str | None:
    given = [each for each in arguments if not each.startswith("-")]
    if not given or not _HELP.isdisjoint(arguments):
        return None
    if command in _MAKING:
        return _engine_of_networks(arguments)
    if command not in _RUNNING:
        return None
    endings = {Path(each).suffix.lower() for each in given}
    if ".onnx" in endings:
        asked = _asked(arguments, FILE_ENGINES)
        return asked if command != _BENCH and asked else FILE_ENGINES[0]
    return None if command == "eval" and ".json" in endings else _engine_of_networks(arguments)


def _asked(arguments: Sequence[str], known: Sequence[str]) -> str | None:
    """The engine that an option names, if it is one of those that can do this."""
    for index, each in enumerate(arguments):
        name, _, value = each.partition("=")
        if name == _OPTION:
            asked = value or next(iter(arguments[index + 1 :]), "")
            return asked if asked in known else None
    return None


def _engine_of_networks(arguments: Sequence[str]) -> str:
    """What runs and trains networks here; MXNet where there is nothing."""
    if asked := _asked(arguments, ("mxnet", "torch")):
        return asked
    return "torch" if find_spec("mxnet") is None and find_spec("torch") is not None else "mxnet"

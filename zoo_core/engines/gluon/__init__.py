"""Everything that needs MXNet: networks, training, weights.

``from zoo_core.engines.gluon import mx`` is how the zoo and its plugins get MXNet, made to work
on today's Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zoo_core.engines.gluon.compatibility import import_quietly

__all__ = ["mx"]

if TYPE_CHECKING:
    mx: Any


def __getattr__(name: str) -> Any:
    """MXNet when it is asked for: what only asks how it could be imported must not import it."""
    if name != "mx":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()["mx"] = import_quietly("mxnet")
    return globals()["mx"]

"""Everything that needs MXNet: networks, training, weights.

``from zoo_core.gluon import mx`` is how the zoo and its plugins get MXNet, made to work
on today's Python.
"""

from __future__ import annotations

from typing import Any

from zoo_core.gluon.compatibility import import_quietly

__all__ = ["mx"]

mx: Any = import_quietly("mxnet")

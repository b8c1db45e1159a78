"""Names of a module that are imported from their homes when they are first used."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = ["lazy_names"]


def lazy_names(module: str, homes: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """What is to be ``__getattr__`` of a module that offers names of others.

    Args:
        module: its name.
        homes: the names that it offers, by the module in which each is.
    """
    home = {name: place for place, names in homes.items() for name in names}

    def name_at_home(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(home[name]), name)
        setattr(sys.modules[module], name, value)
        return value

    return name_at_home

"""Which plugins are installed, and which of them the environment leaves out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from importlib import metadata

from zoo_core.hookspecs import ENTRY_POINT_GROUP
from zoo_core.known_plugins import KNOWN_PACKAGES
from zoo_core.plugins import Plugin

__all__ = ["CORE", "installed"]

CORE = "zoo-core"


def installed(
    distributions: Iterable[metadata.Distribution] | None = None,
) -> Iterator[tuple[Plugin, metadata.EntryPoint]]:
    """The entry points of all plugins, none of them loaded yet.

    The core comes first, then the packages that the zoo knows, then strangers in alphabetical
    order: when two give the same name, the later one is set aside.

    Args:
        distributions: where to look; all that are installed by default.
    """
    only, blocked = _names_in("ZOO_PLUGINS"), _names_in("ZOO_BLOCK")
    for distribution, entry in _entry_points(metadata.distributions() if distributions is None else distributions):
        package = _normalized(distribution.name)
        calls = {_normalized(entry.name), package, f"{package}:{_normalized(entry.name)}"}
        left_out = None
        if package != CORE:
            left_out = "ZOO_BLOCK" if calls & blocked else "ZOO_PLUGINS" if only and not calls & only else None
        yield Plugin(entry.name, distribution.name, distribution.version, left_out=left_out), entry


def _names_in(variable: str) -> set[str]:
    """Plugins named in an environment variable: by entry point, package, or ``package:entry-point``."""
    return {_normalized(name) for name in os.environ.get(variable, "").split(",") if name.strip()}


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def _entry_points(
    distributions: Iterable[metadata.Distribution],
) -> list[tuple[metadata.Distribution, metadata.EntryPoint]]:
    found: dict[tuple[str, str], tuple[metadata.Distribution, metadata.EntryPoint]] = {}
    for distribution in distributions:
        for entry in distribution.entry_points.select(group=ENTRY_POINT_GROUP):
            # The same distribution can lie twice on the path; Python imports the first.
            found.setdefault((_normalized(distribution.name), entry.name), (distribution, entry))
    rank = {package: place for place, package in enumerate((CORE, *KNOWN_PACKAGES))}
    return [found[key] for key in sorted(found, key=lambda key: (rank.get(key[0], len(rank)), key))]

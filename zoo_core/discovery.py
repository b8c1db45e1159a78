"""Which plugins are installed, and which of them the environment leaves out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from importlib import metadata

from zoo_core.hookspecs import ENTRY_POINT_GROUP
from zoo_core.known_plugins import CORE, OWN_PACKAGES
from zoo_core.plugins import Plugin, normalized
from zoo_core.requirements import why_not_made_for_this_core

__all__ = ["installed"]


def installed(
    distributions: Iterable[metadata.Distribution] | None = None,
) -> Iterator[tuple[Plugin, metadata.EntryPoint]]:
    """The entry points of all plugins, none of them loaded yet.

    The core comes first, then the other packages of the zoo, then strangers in alphabetical
    order. One that was made for another version of the core has a problem already.

    Args:
        distributions: where to look; all that are installed by default.
    """
    only, blocked = _names_in("ZOO_PLUGINS"), _names_in("ZOO_BLOCK")
    for distribution, entry in _entry_points(metadata.distributions() if distributions is None else distributions):
        package = normalized(distribution.name)
        calls = {normalized(entry.name), package, f"{package}:{normalized(entry.name)}"}
        left_out = None
        if package != CORE:
            left_out = "ZOO_BLOCK" if calls & blocked else "ZOO_PLUGINS" if only and not calls & only else None
        problem = None if left_out else why_not_made_for_this_core(distribution)
        yield Plugin(entry.name, distribution.name, distribution.version, problem, left_out), entry


def _names_in(variable: str) -> set[str]:
    """Plugins named in an environment variable: by entry point, package, or ``package:entry-point``."""
    return {normalized(name) for name in os.environ.get(variable, "").split(",") if name.strip()}


def _entry_points(
    distributions: Iterable[metadata.Distribution],
) -> list[tuple[metadata.Distribution, metadata.EntryPoint]]:
    found: dict[tuple[str, str], tuple[metadata.Distribution, metadata.EntryPoint]] = {}
    for distribution in distributions:
        for entry in distribution.entry_points.select(group=ENTRY_POINT_GROUP):
            # The same distribution can lie twice on the path; Python imports the first.
            found.setdefault((normalized(distribution.name), entry.name), (distribution, entry))
    rank = {package: place for place, package in enumerate(OWN_PACKAGES)}
    return [found[key] for key in sorted(found, key=lambda key: (rank.get(key[0], len(rank)), key))]

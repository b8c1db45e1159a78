"""Which plugins are installed, and which of them the environment leaves out."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib import metadata
from pathlib import Path, PurePath

from zoo_core.common.messages import did_you_mean
from zoo_core.common.versions import CORE
from zoo_core.parts.guarding import reason_of
from zoo_core.registry.contributions import Plugin, normalized
from zoo_core.registry.hookspecs import ENTRY_POINT_GROUP
from zoo_core.registry.known_plugins import OWN_PACKAGES
from zoo_core.registry.requirements import why_not_made_for_this_core

__all__ = ["installed", "unknown_names"]

_Found = tuple[Plugin, metadata.EntryPoint | None, metadata.Distribution]
"""A plugin, its entry point (None where that cannot be read), and its distribution."""


def installed(
    distributions: Iterable[metadata.Distribution] | None = None,
) -> Iterator[tuple[Plugin, metadata.EntryPoint | None]]:
    """The entry points of all plugins, none of them loaded yet.

    The core comes first, then the other packages of the zoo, then all others in alphabetical
    order. One that was made for another version of the core has a problem already, and so
    has every package whose files do not say whether it is a plugin.

    Args:
        distributions: where to look; by default all that are installed.
    """
    only, blocked = _names_in("ZOO_PLUGINS"), _names_in("ZOO_BLOCK")
    for plugin, entry, distribution in _found_in(metadata.distributions() if distributions is None else distributions):
        calls = _calls(plugin)
        left_out = None
        if plugin.package != CORE:
            left_out = "ZOO_BLOCK" if calls & blocked else "ZOO_PLUGINS" if only and not calls & only else None
        problem = None if left_out else plugin.problem or _unmet_requirement(distribution)
        yield replace(plugin, problem=problem, left_out=left_out), entry


def unknown_names(plugins: Iterable[Plugin]) -> Iterator[str]:
    """What ``ZOO_PLUGINS`` and ``ZOO_BLOCK`` name that is not installed, so that a mistyped name does not go unseen."""
    known = dict.fromkeys(call for plugin in plugins for call in _calls(plugin))
    for variable in ("ZOO_PLUGINS", "ZOO_BLOCK"):
        for name in sorted(_names_in(variable) - known.keys()):
            yield f"{variable} names {name!r}, but no such plugin is installed{did_you_mean(name, known)}"


def _calls(plugin: Plugin) -> set[str]:
    """What a plugin is called by."""
    return {normalized(plugin.name), plugin.package, plugin.key}


def _names_in(variable: str) -> set[str]:
    """Plugins named in an environment variable: by entry point, package, or ``package:entry-point``."""
    return {normalized(name) for name in os.environ.get(variable, "").split(",") if name.strip()}


def _found_in(distributions: Iterable[metadata.Distribution]) -> list[_Found]:
    found: dict[tuple[str, str], _Found] = {}
    for distribution in distributions:
        for plugin, entry in _plugins_of(distribution):
            # The same distribution can lie twice on the path; Python imports the first.
            found.setdefault((plugin.package, plugin.name), (plugin, entry, distribution))
    rank = {package: index for index, package in enumerate(OWN_PACKAGES)}
    return [found[key] for key in sorted(found, key=lambda key: (rank.get(key[0], len(rank)), key))]


def _plugins_of(distribution: metadata.Distribution) -> Iterator[tuple[Plugin, metadata.EntryPoint | None]]:
    """The plugins of a distribution, whose files an installer that was interrupted can have left in any state."""
    try:
        if not _has(distribution, "entry_points.txt"):
            return
        entries = tuple(distribution.entry_points.select(group=ENTRY_POINT_GROUP))
    except Exception as error:  # noqa: BLE001 -- importlib.metadata stumbles over such files in many ways
        name, version, _ = _identity(distribution)
        unread = f"its entry_points.txt cannot be read ({reason_of(error)}), so it is unknown what it provides"
        yield Plugin(name, name, version, f"{unread}: {_remedy(name)}"), None
        return
    if entries:
        name, version, flaw = _identity(distribution)
        problem = flaw and f"{flaw}: {_remedy(name)}"
        yield from ((Plugin(entry.name, name, version, problem), entry) for entry in entries)


def _identity(distribution: metadata.Distribution) -> tuple[str, str, str | None]:
    """Name and version of a distribution; where its METADATA lacks them, those of its folder, and why."""
    try:
        _has(distribution, "METADATA")
        said = _name_and_version(distribution)
        flaw = None if all(said.values()) else "its METADATA is missing, or lacks name and version"
    except Exception as error:  # noqa: BLE001 -- as above
        said, flaw = {"Name": "", "Version": ""}, f"its METADATA cannot be read ({reason_of(error)})"
    # NAME-VERSION.dist-info; importlib.metadata keeps the folder for itself.
    stem = PurePath(str(getattr(distribution, "_path", "unknown"))).stem
    of_folder, _, version_of_folder = stem.partition("-")
    return said["Name"] or of_folder, said["Version"] or version_of_folder, flaw


def _name_and_version(distribution: metadata.Distribution) -> dict[str, str]:
    """What its METADATA says, empty where it does not; a newer importlib_metadata that is installed raises then."""
    try:
        content = distribution.metadata
        return {key: str(content[key]) if key in content else "" for key in ("Name", "Version")}
    except FileNotFoundError:
        return {"Name": "", "Version": ""}


def _has(distribution: metadata.Distribution, name: str) -> bool:
    """Whether a distribution has a file of this name, if that can be seen; where it cannot, importlib.metadata may try.

    Raises:
        ValueError: it is not a regular file, and importlib.metadata could wait for it forever.
    """
    folder = getattr(distribution, "_path", None)
    if not isinstance(folder, Path):  # in an archive, or where only its finder knows
        return True
    try:
        # Everything that is installed is asked, and pathlib takes four times as long.
        mode = os.stat(os.path.join(folder, name)).st_mode  # noqa: PTH116, PTH118
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise ValueError(f"{name} is a pipe or a device, not a regular file")
    return True


def _remedy(name: str) -> str:
    return f"reinstall {name}, or remove it"


def _unmet_requirement(distribution: metadata.Distribution) -> str | None:
    try:
        return why_not_made_for_this_core(distribution)
    except Exception as error:  # noqa: BLE001 -- as above
        return f"its requirements cannot be read: {reason_of(error)}"

"""Weights of other libraries, named and fetched by the plugins that know them."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from zoo_core.common.errors import PluginError
from zoo_core.parts.foreign_weights import ForeignWeights
from zoo_core.parts.guarding import Guarded
from zoo_core.registry.catalogue import Entry
from zoo_core.registry.registry import Registry
from zoo_core.registry.targets import import_target

__all__ = ["fetch_published", "names_here"]

Progress = Callable[[int, int | None], None]


def fetch_published(registry: Registry, said: str, progress: Progress | None = None) -> Path:
    """The file of published weights, fetched unless it is here.

    Args:
        registry: where the plugins that know them are looked up.
        said: ``library:name``, or ``package:library:name`` where several packages give it.
        progress: called while fetching, with the bytes that are there and the number of all, where it is known.

    Raises:
        UnknownNameError: no plugin knows them; says which package does, or suggests similar names.
        RunError: they cannot be fetched.
        PluginError: the plugin that should fetch them fails.
        MissingPackageError: a package that it needs is not installed.
    """
    publisher, owner = registry.publisher(said), registry.owner("weights", said)
    purpose = f"plugin {owner} fetches the weights {said!r} by"
    file = _answer(publisher.fetch, purpose, said.rpartition(":")[2], progress)
    if not isinstance(file, str | Path):
        raise PluginError(f"{purpose} {publisher.fetch!r}, which returned {reprlib.repr(file)} instead of a file path")
    return Path(file)


def names_here(entry: Entry[ForeignWeights], stored: Collection[str], network: Any) -> dict[str, str | None]:
    """How a plugin translates the names of arrays in a file to names here; None for what is not a weight.

    Args:
        entry: what the plugin knows, and the plugin.
        stored: names in the file.
        network: the network to which the weights should belong.

    Raises:
        PluginError: the plugin fails, or returns something else.
        MissingPackageError: a package that it needs is not installed.
    """
    purpose = f"plugin {entry.owner} reads weights of {entry.part.library!r} by"
    given = _answer(entry.part.names_here, purpose, tuple(stored), network)
    if not isinstance(given, dict) or not all(
        isinstance(there, str) and isinstance(here, str | None) for there, here in given.items()
    ):
        raise PluginError(
            f"{purpose} {entry.part.names_here!r}, which returned {reprlib.repr(given)} instead of a dict of names"
        )
    return {there: given[there] for there in stored if there in given}


def _answer(target: str | None, purpose: str, *arguments: Any) -> Any:
    function = import_target(str(target), purpose)
    try:
        with Guarded(seconds=None, passing=(MemoryError,)):
            return function(*arguments)
    except PluginError as error:
        raise PluginError(f"{purpose} {target!r}, which fails: {error}") from error

"""Keeps what plugins contribute, finds it by name, and makes parts from settings.

Each plugin is loaded on its own: one that fails is set aside with its reason and never
stops the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache
from importlib import metadata
from types import ModuleType
from typing import Any

from zoo_core.common.arguments import checked, instance
from zoo_core.common.errors import PluginError, ZooError
from zoo_core.common.versions import CORE
from zoo_core.parts.absent import Absent
from zoo_core.parts.components import ComponentSettings
from zoo_core.parts.guarding import Guarded, reason_of
from zoo_core.parts.kind_names import singular
from zoo_core.registry.catalogue import Entry
from zoo_core.registry.contributions import Contributions, Plugin, contributions
from zoo_core.registry.discovery import installed
from zoo_core.registry.isolation import captured_import_output
from zoo_core.registry.lookup import Lookup
from zoo_core.registry.targets import class_of

__all__ = ["Plugin", "Registry", "default_registry", "detectors", "make"]


class Registry(Lookup):
    """Components and detectors by name, from plugins."""

    def discover(
        self,
        distributions: Iterable[metadata.Distribution] | None = None,
        known_problem: Callable[[Plugin], str | None] | None = None,
    ) -> None:
        """Load every installed plugin, respecting ``ZOO_PLUGINS`` and ``ZOO_BLOCK``.

        Args:
            distributions: where to look; by default all that are installed.
            known_problem: called before a plugin is imported; why it should be set aside instead, or None.
        """
        for plugin, entry in installed(distributions):
            if plugin.left_out or plugin.problem or entry is None:
                self.plugins.append(plugin)
            elif fault := known_problem(plugin) if known_problem else None:
                self.plugins.append(replace(plugin, problem=fault))
            else:
                self._load(plugin, entry)

    def _load(self, plugin: Plugin, entry: metadata.EntryPoint) -> None:
        try:
            with Guarded(), captured_import_output() as notes:
                given = contributions(entry.load())
            self._register(given, replace(plugin, notes=tuple(notes)))
        except ZooError as error:  # whatever a stranger's code does, the others go on
            self.plugins.append(replace(plugin, problem=reason_of(error)))

    def register(self, module: ModuleType | object, name: str) -> None:
        """Add a plugin by hand, in a notebook or a test.

        A registry that was empty gets the parts of the core too, for every configuration names some of them.

        Raises:
            PluginError: it breaks the contract of the hooks, or a name is taken.
        """
        was_empty = not self.plugins
        self._register(contributions(module), Plugin(name))
        if was_empty:
            self.discover(metadata.distributions(name=CORE))

    def _register(self, given: Contributions, plugin: Plugin) -> None:
        for kind, name in given.parts():
            for entry in self._catalogues[kind].named(name):
                # A configuration can tell packages apart, but not plugins of one package, or of none.
                if not plugin.distribution or plugin.package == entry.owner.package:
                    raise PluginError(
                        f"{singular(kind)} {name!r} is already provided by plugin {entry.owner}; "
                        f"leave one of them out: {_ways_to_block(entry.owner, plugin)}"
                    )
        for (kind, name), part in given.parts().items():
            self._catalogues[kind].add(Entry(name, part, plugin))
        self.weights += [Entry(weights.library, weights, plugin) for weights in given.weights]
        self.plugins.append(plugin)

    def problem_of(self, plugin: Plugin) -> str | None:
        """Why a plugin was set aside, or which of its names clash with those of others, and how to choose."""
        if plugin.problem:
            return plugin.problem
        clashes = [
            f"{singular(kind)} {entry.name!r} is also provided by plugin {other.owner}: "
            f"use {entry.full_name!r} for this one, or leave one of them out: {_ways_to_block(other.owner, plugin)}"
            for kind, entry in self._given_by(plugin)
            for other in self._catalogues[kind].rivals_of(entry)
        ]
        return "; ".join(clashes) or None

    def make(self, settings: ComponentSettings, *told: object) -> Any:
        """The heavy half made from settings: its class is imported now and called with them.

        Args:
            settings: of the part.
            told: what else a part of its kind is told: a neck the feature maps of the backbone, a head its `Outputs`.

        Raises:
            PluginError: the settings are not registered, or their class cannot be imported or called with them.
            UnknownNameError: the part was not installed when its configuration was opened.
            MissingPackageError: a package that the class needs is not installed.
        """
        if isinstance(settings, Absent):
            self.component(settings.kind, settings.name)  # raises, and says which package has it
        target = class_of(self.component_of(settings))
        try:
            with Guarded(seconds=None, passing=(MemoryError,)):
                return target(settings, *told)
        except PluginError as error:
            raise PluginError(f"{singular(settings.kind)} {settings.name!r} cannot be made: {error}") from error


def _ways_to_block(first: Plugin, second: Plugin) -> str:
    """The ways to leave out one of two plugins, phrased so that neither also means the other."""
    alike = first.name == second.name
    names = [f"{each.distribution}:{each.name}" if alike else each.name for each in (first, second)]
    return " or ".join(f"ZOO_BLOCK={name}" for name in names)


@cache
def default_registry() -> Registry:
    """The registry of everything installed; plugins are looked for once a process."""
    registry = Registry()
    registry.discover()
    return registry


@checked(settings=instance(ComponentSettings, "the settings of a part, as config.backbone"))
def make(settings: ComponentSettings, *told: object) -> Any:
    """The part that installed settings describe, as ``make(config.anchors)``; see `Registry.make`.

    Raises:
        ArgumentError: these are no settings of a part; a name alone does not say of which kind the part is.
    """
    return default_registry().make(settings, *told)


def detectors() -> dict[str, str]:
    """The registered detectors: a line about each, by name."""
    return {name: str(config.get("summary", "")) for name, config in default_registry().detectors().items()}

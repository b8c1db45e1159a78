"""Finds what plugins contributed by kind and name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from zoo_core.common.errors import PluginError, UnknownNameError
from zoo_core.parts.commands import Command
from zoo_core.parts.components import KINDS, Component, ComponentSettings
from zoo_core.parts.foreign_weights import ForeignWeights
from zoo_core.parts.kind_names import kind_of_setting, singular
from zoo_core.registry.catalogue import Catalogue, Entry
from zoo_core.registry.contributions import OTHER_KINDS, Plugin
from zoo_core.registry.known_plugins import KNOWN_LIBRARIES

__all__ = ["Lookup"]


class Lookup:
    """Components and detectors by name.

    Attributes:
        plugins: every plugin that was found, in the order of loading, those set aside included.
        weights: what plugins know about weights of other libraries, in the same order, each with its plugin.
    """

    def __init__(self) -> None:
        self.plugins: list[Plugin] = []
        self.weights: list[Entry[ForeignWeights]] = []
        self._catalogues: dict[str, Catalogue[Any]] = {kind: Catalogue() for kind in (*KINDS, *OTHER_KINDS)}

    def components(self, kind: str) -> dict[str, Component]:
        """The components of a kind by the names by which a configuration chooses them, in alphabetical order.

        That is the name, or ``package:name`` where several packages give it; see `Catalogue`.
        """
        return self._catalogues[kind].by_name() if kind in KINDS else {}

    def component(self, kind: str, name: str) -> Component:
        """The component of this kind and name, which may be ``package:name``.

        Raises:
            UnknownNameError: there is none; suggests similar names, or the package that has it.
                Or several packages give it; says how to choose.
        """
        component: Component = self._found(kind, name).part
        return component

    def detectors(self) -> dict[str, Mapping[str, Any]]:
        """The configurations of all registered detectors by name, in alphabetical order; named as components are."""
        return self._catalogues["detector"].by_name()

    def detector(self, name: str) -> Mapping[str, Any]:
        """The configuration of this detector.

        Raises:
            UnknownNameError: as for a component.
        """
        entry = self._found("detector", name)
        return {key: self._own_part(entry.owner, key, value) for key, value in entry.part.items()}

    def is_published(self, said: str) -> bool:
        """Whether a text means published weights, ``library:name``, whether they are known here or not."""
        libraries = {entry.part.library for entry in self._catalogues["weights"]} | KNOWN_LIBRARIES
        return not libraries.isdisjoint(said.split(":")[:-1])

    def published(self) -> list[str]:
        """The names of published weights that can be fetched, in alphabetical order."""
        return [*self._catalogues["weights"].by_name()]

    def publisher(self, said: str) -> ForeignWeights:
        """The entry that can fetch these published weights.

        Raises:
            UnknownNameError: as for a component.
        """
        weights: ForeignWeights = self._found("weights", said).part
        return weights

    def commands(self) -> dict[str, Command]:
        """The commands of all plugins, those of the core by their first words; named as components are."""
        return self._catalogues["command"].by_name()

    def watchers(self) -> list[Entry[str]]:
        """The targets of what watches every training, in the order of loading, each with its plugin."""
        return [*self._catalogues["watcher"]]

    def owner(self, kind: str, name: str) -> Plugin:
        """The plugin that provides this component, or what else has a name: a detector (kind ``"detector"``).

        Raises:
            UnknownNameError: no plugin provides it, or several do.
        """
        return self._found(kind, name).owner

    def is_shared(self, kind: str, name: str) -> bool:
        """Whether several packages provide this name, so that a configuration has to say which it means."""
        return len(self._catalogues[kind].meant_by(name)) > 1

    def owner_of(self, component: Component) -> Plugin:
        """The plugin that provides this component.

        Raises:
            PluginError: none does.
        """
        return self._entry_of(component.settings).owner

    def parts_of(self, plugin: Plugin) -> list[tuple[str, str]]:
        """Kind of everything that a plugin provides, and the name by which a configuration chooses it.

        The kind of a detector is ``"detector"``.
        """
        return [(kind, self._catalogues[kind].name_of(entry)) for kind, entry in self._given_by(plugin)]

    def component_of(self, settings: ComponentSettings) -> Component:
        """The component to which settings belong.

        Raises:
            PluginError: no plugin registered this class of settings.
        """
        return self._entry_of(type(settings)).part

    def name_of(self, settings: ComponentSettings) -> str:
        """The name by which a configuration chooses the component of settings, with its package if needed."""
        try:
            entry = self._entry_of(type(settings))
        except PluginError:  # made by hand
            return settings.name
        return self._catalogues[settings.kind].name_of(entry)

    def _given_by(self, plugin: Plugin) -> Iterator[tuple[str, Entry[Any]]]:
        for kind, catalogue in self._catalogues.items():
            yield from ((kind, entry) for entry in catalogue if entry.owner is plugin)

    def _entry_of(self, settings: type[ComponentSettings]) -> Entry[Component]:
        for entry in self._catalogues.get(settings.kind, ()):
            if entry.part.settings is settings:
                return entry
        raise PluginError(f"{settings.__name__} is not registered: no plugin returns it from zoo_components()")

    def _own_part(self, owner: Plugin, key: str, value: Any) -> Any:
        """A setting of a detector, made to mean the plugin's own part of that name, if it has one."""
        if key == "training" and isinstance(value, Mapping):
            return {inner: self._own_part(owner, inner, each) for inner, each in value.items()}
        kind = kind_of_setting(key)
        if kind in KINDS and isinstance(value, list | tuple):
            return [self._own_part(owner, key, each) for each in value]
        name = value.get("name") if isinstance(value, Mapping) else value
        if kind not in KINDS or not isinstance(name, str):
            return value
        catalogue = self._catalogues[kind]
        own = next((catalogue.name_of(entry) for entry in catalogue.named(name) if entry.owner is owner), name)
        return {**value, "name": own} if isinstance(value, Mapping) else own

    def _found(self, kind: str, name: str) -> Entry[Any]:
        catalogue = self._catalogues[kind]
        found = catalogue.meant_by(name)
        if self.is_shared(kind, name):
            ways = " or ".join(repr(entry.full_name) for entry in found)
            raise UnknownNameError(f"{singular(kind)} {name!r} is provided by {len(found)} packages; use {ways}")
        if not found:
            from zoo_core.registry.unknown_names import about_unknown

            raise UnknownNameError(about_unknown(kind, name, self._catalogues, self.plugins))
        return found[0]

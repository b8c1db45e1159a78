"""Keeps what plugins contribute, finds it by name, and makes parts from settings.

Each plugin is loaded on its own: one that fails is set aside with its reason and never
stops the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib import metadata
from types import ModuleType
from typing import Any

from zoo_core.common.arguments import checked, instance
from zoo_core.common.errors import PluginError, UnknownNameError, ZooError
from zoo_core.common.messages import did_you_mean, listed, shown
from zoo_core.common.versions import CORE
from zoo_core.parts.components import KINDS, Component, ComponentSettings
from zoo_core.parts.foreign_weights import ForeignWeights
from zoo_core.parts.guarding import Guarded, reason_of
from zoo_core.parts.kind_names import plural, singular, with_article
from zoo_core.registry.catalogue import Catalogue, Entry
from zoo_core.registry.contributions import Contributions, Plugin, contributions
from zoo_core.registry.discovery import installed
from zoo_core.registry.isolation import captured_import_output
from zoo_core.registry.known_plugins import KNOWN_LIBRARIES, package_with
from zoo_core.registry.targets import class_of

__all__ = ["Plugin", "Registry", "default_registry", "detectors", "make", "settings_from"]


class Registry:
    """Components and detectors by name, from plugins.

    Attributes:
        plugins: every plugin that was found, in the order of loading, those set aside included.
        weights: what plugins know of weights of other libraries, in the same order, with its plugin.
    """

    def __init__(self) -> None:
        self.plugins: list[Plugin] = []
        self.weights: list[Entry[ForeignWeights]] = []
        self._components: dict[str, Catalogue[Component]] = {kind: Catalogue() for kind in KINDS}
        self._detectors: Catalogue[Mapping[str, Any]] = Catalogue()
        self._published: Catalogue[ForeignWeights] = Catalogue()

    # Filling

    def discover(
        self,
        distributions: Iterable[metadata.Distribution] | None = None,
        known_fault: Callable[[Plugin], str | None] | None = None,
    ) -> None:
        """Load every installed plugin, heeding ``ZOO_PLUGINS`` and ``ZOO_BLOCK``.

        Args:
            distributions: where to look; all that are installed by default.
            known_fault: called before a plugin is imported; why it should be set aside instead, or None.
        """
        for plugin, entry in installed(distributions):
            if plugin.left_out or plugin.problem or entry is None:
                self.plugins.append(plugin)
            elif fault := known_fault(plugin) if known_fault else None:
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
            for entry in self._catalogue(kind).named(name):
                # Packages can be told apart in a configuration, what has none or the same cannot.
                if not plugin.distribution or plugin.package == entry.owner.package:
                    raise PluginError(
                        f"{singular(kind)} {name!r} is already given by plugin {entry.owner}; "
                        f"leave one of them out: {_ways_to_block(entry.owner, plugin)}"
                    )
        for (kind, name), component in given.components.items():
            self._components[kind].add(Entry(name, component, plugin))
        for name, config in given.detectors.items():
            self._detectors.add(Entry(name, config, plugin))
        for name, weights in given.published.items():
            self._published.add(Entry(name, weights, plugin))
        self.weights += [Entry(weights.library, weights, plugin) for weights in given.weights]
        self.plugins.append(plugin)

    # Looking up

    def components(self, kind: str) -> dict[str, Component]:
        """The components of a kind by what a configuration says for them, in alphabetical order.

        That is the name, or ``package:name`` where several packages give it; see `Catalogue`.
        """
        return self._components[kind].by_name() if kind in self._components else {}

    def component(self, kind: str, name: str) -> Component:
        """The component of this kind and name, which may be ``package:name``.

        Raises:
            UnknownNameError: there is none; names the near ones, or the package that has it.
                Or several packages give it; says how to choose.
        """
        component: Component = self._found(kind, name).part
        return component

    def detectors(self) -> dict[str, Mapping[str, Any]]:
        """The configurations of all registered detectors by name, in alphabetical order; named as components are."""
        return self._detectors.by_name()

    def detector(self, name: str) -> Mapping[str, Any]:
        """The configuration of this detector.

        Raises:
            UnknownNameError: as for a component.
        """
        entry = self._found("detector", name)
        return {key: self._own_part(entry.owner, key, value) for key, value in entry.part.items()}

    def is_published(self, said: str) -> bool:
        """Whether somebody means published weights, ``library:name``, be they known here or not."""
        libraries = {entry.part.library for entry in self._published} | KNOWN_LIBRARIES
        return not libraries.isdisjoint(said.split(":")[:-1])

    def published(self) -> list[str]:
        """What a user says for published weights that can be fetched, in alphabetical order."""
        return [*self._published.by_name()]

    def publisher(self, said: str) -> ForeignWeights:
        """What knows how to fetch these published weights.

        Raises:
            UnknownNameError: as for a component.
        """
        weights: ForeignWeights = self._found("weights", said).part
        return weights

    def owner(self, kind: str, name: str) -> Plugin:
        """The plugin that gave this component, or this detector (kind ``"detector"``).

        Raises:
            UnknownNameError: no plugin gave it, or several did.
        """
        return self._found(kind, name).owner

    def is_shared(self, kind: str, name: str) -> bool:
        """Whether several packages give this name, and a configuration has to say whose it means."""
        return len(self._catalogue(kind).meant_by(name)) > 1

    def owner_of(self, component: Component) -> Plugin:
        """The plugin that gave this component.

        Raises:
            PluginError: none did.
        """
        return self._entry_of(component.settings).owner

    def parts_of(self, plugin: Plugin) -> list[tuple[str, str]]:
        """Kind of everything that a plugin gave, and what a configuration says for it.

        The kind of a detector is ``"detector"``.
        """
        return [(kind, self._catalogue(kind).name_of(entry)) for kind, entry in self._given_by(plugin)]

    def trouble_of(self, plugin: Plugin) -> str | None:
        """Why a plugin was set aside, or which of its names clash with those of others, and how to choose."""
        if plugin.problem:
            return plugin.problem
        clashes = [
            f"{singular(kind)} {entry.name!r} is given by plugin {other.owner} too: "
            f"say {entry.full_name!r} for this one, or leave one of them out: {_ways_to_block(other.owner, plugin)}"
            for kind, entry in self._given_by(plugin)
            for other in self._catalogue(kind).rivals_of(entry)
        ]
        return "; ".join(clashes) or None

    def component_of(self, settings: ComponentSettings) -> Component:
        """The component to which settings belong.

        Raises:
            PluginError: no plugin registered this class of settings.
        """
        return self._entry_of(type(settings)).part

    def name_of(self, settings: ComponentSettings) -> str:
        """What a configuration says for the component of settings: its name, with its package where that is needed."""
        try:
            entry = self._entry_of(type(settings))
        except PluginError:  # made by hand
            return settings.name
        return self._components[settings.kind].name_of(entry)

    def _catalogue(self, kind: str) -> Catalogue[Any]:
        others: dict[str, Catalogue[Any]] = {"detector": self._detectors, "weights": self._published}
        return others.get(kind) or self._components[kind]

    def _given_by(self, plugin: Plugin) -> Iterator[tuple[str, Entry[Any]]]:
        for kind in (*KINDS, "detector", "weights"):
            yield from ((kind, entry) for entry in self._catalogue(kind) if entry.owner is plugin)

    def _entry_of(self, settings: type[ComponentSettings]) -> Entry[Component]:
        for entry in self._components.get(settings.kind, ()):
            if entry.part.settings is settings:
                return entry
        raise PluginError(f"{settings.__name__} is not registered: no plugin gives it by zoo_components()")

    def _own_part(self, owner: Plugin, key: str, value: Any) -> Any:
        """A setting of a detector with a name that means a part of the plugin itself, if it gives one of that name."""
        if key == "training" and isinstance(value, Mapping):
            return {inner: self._own_part(owner, inner, each) for inner, each in value.items()}
        if key == "augmentation" and isinstance(value, list | tuple):
            return [self._own_part(owner, key, each) for each in value]
        kind = "dataset" if key == "data" else key
        name = value.get("name") if isinstance(value, Mapping) else value
        if kind not in self._components or not isinstance(name, str):
            return value
        catalogue = self._components[kind]
        own = next((catalogue.name_of(entry) for entry in catalogue.named(name) if entry.owner is owner), name)
        return {**value, "name": own} if isinstance(value, Mapping) else own

    def _found(self, kind: str, name: str) -> Entry[Any]:
        catalogue = self._catalogue(kind)
        found = catalogue.meant_by(name)
        if self.is_shared(kind, name):
            ways = " or ".join(repr(entry.full_name) for entry in found)
            raise UnknownNameError(f"{singular(kind)} {name!r} is given by {len(found)} packages; say {ways}")
        if not found:
            raise UnknownNameError(self._unknown(kind, name, catalogue.by_name()))
        return found[0]

    def _unknown(self, kind: str, name: str, known: Iterable[str]) -> str:
        message = f"no {singular(kind)} is named {name!r}"
        plain = name if kind == "weights" else name.rpartition(":")[2]
        if (package := package_with(kind, plain)) and (remedy := self._remedy(package)):
            return f"{message} here: it is in the package {package}, {remedy}"
        if others := [of for of in ("detector", *KINDS) if of != kind and self._catalogue(of).named(plain)]:
            message = f"{message}, but {' and '.join(map(with_article, others))} {'are' if len(others) > 1 else 'is'}"
        guess = did_you_mean(plain, known, otherwise=";")
        if kind == "weights":  # too many to name them
            return f"{message}{guess} `zoo list weights` names all"
        return f"{message}{guess} {plural(kind)}: {listed(known)}"

    def _remedy(self, package: str) -> str | None:
        """Why the parts of a known package are not here, and what helps; None when they could be."""
        found = [plugin for plugin in self.plugins if plugin.package == package]
        if not found:
            return f"which is not installed (pip install {package})"
        if left_out := found[0].left_out:
            return f"which {left_out} leaves out"
        return "which was set aside (`zoo plugins` says why)" if found[0].problem else None

    # Making

    def make(self, settings: ComponentSettings) -> Any:
        """The heavy half made from settings: its class is imported now and called with them.

        Raises:
            PluginError: the settings are not registered, or their class cannot be imported or called with them.
            MissingPackageError: a package that the class needs is not installed.
        """
        target = class_of(self.component_of(settings))
        try:
            with Guarded(seconds=None, passing=(MemoryError,)):
                return target(settings)
        except PluginError as error:
            raise PluginError(f"{singular(settings.kind)} {settings.name!r} cannot be made: {error}") from error


def _ways_to_block(first: Plugin, second: Plugin) -> str:
    """The ways to leave out one of two plugins, said so that neither means the other one too."""
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
def make(settings: ComponentSettings) -> Any:
    """The part that installed settings describe, as ``make(config.anchors)``; see `Registry.make`.

    Raises:
        ArgumentError: these are no settings of a part; a name alone does not say of which kind the part is.
    """
    return default_registry().make(settings)


def settings_from(registry: Registry, kind: str, value: object) -> ComponentSettings:
    """Settings of a component from a name, a table with a ``name``, or settings of that kind.

    Raises:
        ValueError: it is none of these, or the name is unknown.
        ValidationError: the table does not fit the component's own settings.
        PluginError: the component's own settings fail.
    """
    if isinstance(value, ComponentSettings):
        if not isinstance(value, KINDS[kind]):
            raise ValueError(f"{value.name!r} is {with_article(value.kind)}, and {with_article(kind)} is needed")
        return value
    table = {"name": value} if isinstance(value, str) else value
    if not isinstance(table, Mapping):
        raise ValueError(
            f"should be the name of {with_article(kind)}, or a table with a name; given {shown(value)}; "
            f"{plural(kind)}: {listed(registry.components(kind))}"
        )
    name = table.get("name")
    if not isinstance(name, str):
        fault = "has no name" if name is None else f"has {shown(name)} for a name, which is no text"
        raise ValueError(f"the table {fault}; {plural(kind)}: {listed(registry.components(kind))}")
    try:
        component = registry.component(kind, name)
    except UnknownNameError as error:
        raise ValueError(str(error)) from None
    try:
        with Guarded(passing=(ValueError,)):
            # The package has done its work: the settings know their plain name alone.
            return component.settings.model_validate({**table, "name": component.name})
    except PluginError as error:
        raise PluginError(f"{singular(kind)} {name!r} fails when its settings are read: {error}") from error


def detectors() -> dict[str, str]:
    """The registered detectors: a line about each, by name."""
    return {name: str(config.get("summary", "")) for name, config in default_registry().detectors().items()}

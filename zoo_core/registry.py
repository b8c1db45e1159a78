"""Finds plugins, keeps what they contribute, and makes parts from settings.

Each entry point is loaded on its own: one that fails is set aside with its reason and
never stops the others.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from types import ModuleType
from typing import Any

import pluggy

from zoo_core import hookspecs
from zoo_core.components import KINDS, Component, ComponentSettings
from zoo_core.errors import MissingPackageError, PluginError, UnknownNameError, closest, listed
from zoo_core.known_plugins import package_with

__all__ = ["Plugin", "Registry", "default_registry", "make", "settings_from"]


@dataclass(frozen=True)
class Plugin:
    """An installed plugin and what became of it.

    Attributes:
        name: of the entry point.
        distribution: the package that it came with, empty when it was registered by hand.
        version: of the package.
        problem: why it was set aside; None when it is in use.
    """

    name: str
    distribution: str = ""
    version: str = ""
    problem: str | None = None


class Registry:
    """Components and detectors by name, from plugins."""

    def __init__(self) -> None:
        self.plugins: list[Plugin] = []
        self._components: dict[tuple[str, str], Component] = {}
        self._detectors: dict[str, Mapping[str, Any]] = {}
        self._owners: dict[tuple[str, str], Plugin] = {}
        self._manager = pluggy.PluginManager("zoo")
        self._manager.add_hookspecs(hookspecs)

    # Filling

    def discover(self) -> None:
        """Load every plugin of the entry-point group, heeding ``ZOO_PLUGINS`` and ``ZOO_BLOCK``."""
        only, blocked = _names_in("ZOO_PLUGINS"), _names_in("ZOO_BLOCK")
        for distribution, entry in _entry_points():
            plugin = Plugin(entry.name, distribution.name, distribution.version)
            own = distribution.name == "zoo-core"
            if not own and ((only and entry.name not in only) or entry.name in blocked):
                continue
            try:
                self._register(entry.load(), plugin)
            except (Exception, SystemExit) as error:
                self.plugins.append(_broken(plugin, error))

    def register(self, module: ModuleType | object, name: str) -> None:
        """Add a plugin by hand, in a notebook or a test.

        Raises:
            PluginError: it breaks the contract of the hooks, or a name is taken.
        """
        self._register(module, Plugin(name))

    def _register(self, module: object, plugin: Plugin) -> None:
        key = f"{plugin.distribution}:{plugin.name}"
        self._manager.register(module, name=key)
        try:
            components, detectors = self._contributions(module, plugin)
            self._refuse_clashes(plugin, [*components, *(("detector", name) for name in detectors)])
        except BaseException:
            self._manager.unregister(name=key)
            raise
        self._components.update(components)
        self._detectors.update(detectors)
        self._owners.update(dict.fromkeys([*components, *(("detector", name) for name in detectors)], plugin))
        self.plugins.append(plugin)

    def _contributions(
        self, module: object, plugin: Plugin
    ) -> tuple[dict[tuple[str, str], Component], dict[str, Mapping[str, Any]]]:
        callers = self._manager.get_hookcallers(module) or []
        for caller in callers:
            if not caller.has_spec():
                near = closest(caller.name, _HOOKS)
                raise PluginError(f"{caller.name!r} is no hook of the zoo; the hooks are {listed(_HOOKS)}; {near=!s}")
        if not callers:
            raise PluginError(f"implements none of the hooks {listed(_HOOKS)}; mark them with zoo_core.hookimpl")
        others = [other for other in self._manager.get_plugins() if other is not module]
        components: dict[tuple[str, str], Component] = {}
        detectors: dict[str, Mapping[str, Any]] = {}
        for given in self._manager.subset_hook_caller("zoo_components", others)():
            for component in _checked_components(given):
                components[component.kind, component.name] = component
        for given in self._manager.subset_hook_caller("zoo_detectors", others)():
            detectors.update(_checked_detectors(given))
        return components, detectors

    def _refuse_clashes(self, plugin: Plugin, keys: Iterable[tuple[str, str]]) -> None:
        for key in keys:
            if owner := self._owners.get(key):
                kind, name = key
                raise PluginError(
                    f"{kind} {name!r} is already given by plugin {owner.name!r} of {owner.distribution or 'this session'}; "
                    f"leave one of them out with ZOO_BLOCK={owner.name} or ZOO_BLOCK={plugin.name}"
                )

    # Looking up

    def components(self, kind: str | None = None) -> dict[str, Component]:
        """The components of a kind by name, in alphabetical order; of every kind when None is given."""
        return {
            name: component for (of, name), component in sorted(self._components.items()) if kind is None or of == kind
        }

    def component(self, kind: str, name: str) -> Component:
        """The component of this kind and name.

        Raises:
            UnknownNameError: there is none; names the near ones, or the package that has it.
        """
        try:
            return self._components[kind, name]
        except KeyError:
            raise UnknownNameError(self._unknown(kind, name, self.components(kind))) from None

    def detectors(self) -> dict[str, Mapping[str, Any]]:
        """The configurations of all registered detectors by name."""
        return dict(sorted(self._detectors.items()))

    def detector(self, name: str) -> Mapping[str, Any]:
        """The configuration of this detector.

        Raises:
            UnknownNameError: there is none; names the near ones, or the package that has it.
        """
        try:
            return self._detectors[name]
        except KeyError:
            raise UnknownNameError(self._unknown("detector", name, self._detectors)) from None

    def owner(self, kind: str, name: str) -> Plugin:
        """The plugin that gave this component, or this detector (kind ``"detector"``)."""
        return self._owners[kind, name]

    def component_of(self, settings: ComponentSettings) -> Component:
        """The component to which settings belong.

        Raises:
            PluginError: no plugin registered this class of settings.
        """
        found = self._components.get((settings.kind, settings.name))
        if found is None or found.settings is not type(settings):
            raise PluginError(f"{type(settings).__name__} is not registered: no plugin gives it by zoo_components()")
        return found

    def _unknown(self, kind: str, name: str, known: Iterable[str]) -> str:
        message = f"no {_singular(kind)} is named {name!r}"
        if package := package_with(kind, name):
            return f"{message} here: it is in the package {package}, which is not installed (pip install {package})"
        near = closest(name, known)
        guess = f"; did you mean {near!r}?" if near else ";"
        return f"{message}{guess} {_plural(kind)}: {listed(sorted(known))}"

    # Making

    def make(self, settings: ComponentSettings) -> Any:
        """The heavy half made from settings: its class is imported now and called with them.

        Raises:
            PluginError: the settings are not registered, or their class cannot be imported.
            MissingPackageError: a package that the class needs is not installed.
        """
        component = self.component_of(settings)
        return _import_target(component)(settings)


_HOOKS = ("zoo_components", "zoo_detectors")
_WORDS = {"targets": ("target encoder", "target encoders"), "anchors": ("anchor generator", "anchor generators")}


def _singular(kind: str) -> str:
    return _WORDS.get(kind, (kind, ""))[0]


def _plural(kind: str) -> str:
    return _WORDS.get(kind, ("", "losses" if kind == "loss" else f"{kind}s"))[1]


def _names_in(variable: str) -> set[str]:
    return {name.strip() for name in os.environ.get(variable, "").split(",") if name.strip()}


def _entry_points() -> list[tuple[metadata.Distribution, metadata.EntryPoint]]:
    found = {}
    for distribution in metadata.distributions():
        for entry in distribution.entry_points.select(group=hookspecs.ENTRY_POINT_GROUP):
            # The same distribution can lie twice on the path; Python imports the first.
            found.setdefault((distribution.name, entry.name), (distribution, entry))
    # The core goes first: in a clash the stranger is set aside.
    return [found[key] for key in sorted(found, key=lambda key: (key[0] != "zoo-core", key))]


def _broken(plugin: Plugin, error: BaseException) -> Plugin:
    reason = str(error) if isinstance(error, PluginError) else f"{type(error).__name__}: {error}"
    return Plugin(plugin.name, plugin.distribution, plugin.version, problem=reason)


def _checked_components(given: object) -> Iterable[Component]:
    if not isinstance(given, Iterable):
        raise PluginError(f"zoo_components() gives an iterable of Component, not {type(given).__name__}")
    for component in given:
        if not isinstance(component, Component):
            raise PluginError(f"zoo_components() gives Component objects, not {component!r}")
        settings = component.settings
        if not (isinstance(settings, type) and issubclass(settings, tuple(KINDS.values()))):
            raise PluginError(f"{settings!r} is not a subclass of the settings of a kind ({listed(KINDS)})")
        if not isinstance(settings.model_fields["name"].default, str):
            raise PluginError(f"{settings.__name__} has no name; write name: Literal['...'] = '...'")
        yield component


def _checked_detectors(given: object) -> Mapping[str, Mapping[str, Any]]:
    if not (isinstance(given, Mapping) and all(isinstance(config, Mapping) for config in given.values())):
        raise PluginError("zoo_detectors() gives a dict from names to configurations")
    return given


def _import_target(component: Component) -> Any:
    module, _, attribute = component.target.partition(":")
    where = f"{_singular(component.kind)} {component.name!r} is to be made by {component.target!r}"
    try:
        return getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        if error.name and module.startswith(error.name):
            raise PluginError(f"{where}, which does not exist") from error
        raise MissingPackageError(f"{where}, which needs the package {error.name!r}, and that is not installed") from error
    except AttributeError as error:
        raise PluginError(f"{where}, which does not exist") from error


@cache
def default_registry() -> Registry:
    """The registry of everything installed; plugins are looked for once a process."""
    registry = Registry()
    registry.discover()
    return registry


def make(settings: ComponentSettings) -> Any:
    """The part that installed settings describe; see `Registry.make`."""
    return default_registry().make(settings)


def settings_from(registry: Registry, kind: str, value: object) -> ComponentSettings:
    """Settings of a component from a name, a table with a ``name``, or settings of that kind.

    Raises:
        ValueError: it is none of these, or the name is unknown.
        ValidationError: the table does not fit the component's own settings.
    """
    if isinstance(value, ComponentSettings):
        if not isinstance(value, KINDS[kind]):
            raise ValueError(f"{value.name!r} is of kind {value.kind!r}, and {kind!r} is needed")
        return value
    table = {"name": value} if isinstance(value, str) else value
    if not isinstance(table, Mapping) or not isinstance(table.get("name"), str):
        raise ValueError(f"give the name of a component, or a table with a name; {_plural(kind)}: "
                         f"{listed(registry.components(kind))}")
    try:
        component = registry.component(kind, table["name"])
    except UnknownNameError as error:
        raise ValueError(str(error)) from None
    return component.settings.model_validate(dict(table))



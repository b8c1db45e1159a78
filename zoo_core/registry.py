"""Keeps what plugins contribute, finds it by name, and makes parts from settings.

Each plugin is loaded on its own: one that fails is set aside with its reason and never
stops the others.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib import metadata
from types import ModuleType
from typing import Any

from zoo_core.components import KINDS, Component, ComponentSettings
from zoo_core.discovery import installed
from zoo_core.errors import MissingPackageError, PluginError, UnknownNameError, ZooError, did_you_mean, listed, shown
from zoo_core.extras import missing
from zoo_core.known_plugins import package_with
from zoo_core.plugins import Plugin, contributions

__all__ = ["Plugin", "Registry", "default_registry", "make", "plural", "settings_from", "singular"]


class Registry:
    """Components and detectors by name, from plugins.

    Attributes:
        plugins: every plugin that was found, in the order of loading, those set aside included.
    """

    def __init__(self) -> None:
        self.plugins: list[Plugin] = []
        self._components: dict[tuple[str, str], Component] = {}
        self._detectors: dict[str, Mapping[str, Any]] = {}
        self._owners: dict[tuple[str, str], Plugin] = {}

    # Filling

    def discover(self, distributions: Iterable[metadata.Distribution] | None = None) -> None:
        """Load every installed plugin, heeding ``ZOO_PLUGINS`` and ``ZOO_BLOCK``.

        Args:
            distributions: where to look; all that are installed by default.
        """
        for plugin, entry in installed(distributions):
            if plugin.left_out:
                self.plugins.append(plugin)
                continue
            try:
                # What a plugin prints must not get into the output of a command.
                with contextlib.redirect_stdout(sys.stderr):
                    self._register(entry.load(), plugin)
            except (Exception, SystemExit) as error:  # noqa: BLE001 -- whatever a stranger's code does, the others go on
                reason = str(error) if isinstance(error, PluginError) else f"{type(error).__name__}: {error}"
                self.plugins.append(replace(plugin, problem=" ".join(reason.split())))

    def register(self, module: ModuleType | object, name: str) -> None:
        """Add a plugin by hand, in a notebook or a test.

        Raises:
            PluginError: it breaks the contract of the hooks, or a name is taken.
        """
        self._register(module, Plugin(name))

    def _register(self, module: object, plugin: Plugin) -> None:
        given = contributions(module)
        for kind, name in given.parts():
            if owner := self._owners.get((kind, name)):
                raise PluginError(
                    f"{singular(kind)} {name!r} is already given by plugin {owner}; "
                    f"leave one of them out: ZOO_BLOCK={_call(owner, plugin)} or ZOO_BLOCK={_call(plugin, owner)}"
                )
        self._components.update(given.components)
        self._detectors.update(given.detectors)
        self._owners.update(dict.fromkeys(given.parts(), plugin))
        self.plugins.append(plugin)

    # Looking up

    def components(self, kind: str) -> dict[str, Component]:
        """The components of a kind by name, in alphabetical order."""
        return {name: component for (of, name), component in sorted(self._components.items()) if of == kind}

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
        """The configurations of all registered detectors by name, in alphabetical order."""
        return dict(sorted(self._detectors.items()))

    def detector(self, name: str) -> Mapping[str, Any]:
        """The configuration of this detector.

        Raises:
            UnknownNameError: there is none; names the near ones, or the package that has it.
        """
        try:
            return self._detectors[name]
        except KeyError:
            raise UnknownNameError(self._unknown("detector", name, self.detectors())) from None

    def owner(self, kind: str, name: str) -> Plugin:
        """The plugin that gave this component, or this detector (kind ``"detector"``).

        Raises:
            KeyError: no plugin gave it.
        """
        return self._owners[kind, name]

    def parts_of(self, plugin: Plugin) -> list[tuple[str, str]]:
        """Kind and name of everything that a plugin gave; a detector's kind is ``"detector"``."""
        return [key for key, owner in self._owners.items() if owner is plugin]

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
        message = f"no {singular(kind)} is named {name!r}"
        if (package := package_with(kind, name)) and (remedy := self._remedy(package)):
            return f"{message} here: it is in the package {package}, {remedy}"
        if others := [of for of in ("detector", *KINDS) if of != kind and (of, name) in self._owners]:
            message = f"{message}, but {' and '.join(map(_article, others))} {'are' if len(others) > 1 else 'is'}"
        return f"{message}{did_you_mean(name, known, otherwise=';')} {plural(kind)}: {listed(known)}"

    def _remedy(self, package: str) -> str | None:
        """Why the parts of a known package are not here, and what helps; None when they could be."""
        found = [plugin for plugin in self.plugins if plugin.distribution == package]
        if not found:
            return f"which is not installed (pip install {package})"
        if left_out := found[0].left_out:
            return f"which {left_out} leaves out"
        return "which was set aside (`zoo plugins` says why)" if found[0].problem else None

    # Making

    def make(self, settings: ComponentSettings) -> Any:
        """The heavy half made from settings: its class is imported now and called with them.

        Raises:
            PluginError: the settings are not registered, or their class cannot be imported.
            MissingPackageError: a package that the class needs is not installed.
        """
        return _import_target(self.component_of(settings))(settings)


def _call(plugin: Plugin, other: Plugin) -> str:
    """What ``ZOO_BLOCK`` calls a plugin, so that it does not mean the other one too."""
    return f"{plugin.distribution}:{plugin.name}" if plugin.name == other.name else plugin.name


def _import_target(component: Component) -> Any:
    module, _, attribute = component.target.partition(":")
    where = f"{singular(component.kind)} {component.name!r} is to be made by {component.target!r}"
    try:
        found = importlib.import_module(module)
    except ZooError:
        raise
    except ModuleNotFoundError as error:
        absent = error.name or ""
        if module == absent or module.startswith(f"{absent}."):
            raise PluginError(f"{where}, which does not exist") from error
        raise MissingPackageError(f"{where}: {missing(error)}") from error
    except Exception as error:
        raise PluginError(f"{where}, which cannot be imported: {type(error).__name__}: {error}") from error
    if not hasattr(found, attribute):
        raise PluginError(f"{where}, which does not exist")
    return getattr(found, attribute)


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
            raise ValueError(f"{value.name!r} is {_article(value.kind)}, and {_article(kind)} is needed")
        return value
    table = {"name": value} if isinstance(value, str) else value
    if not isinstance(table, Mapping):
        raise ValueError(
            f"should be the name of {_article(kind)}, or a table with a name; given {shown(value)}; "
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
    return component.settings.model_validate(dict(table))


_WORDS = {
    "anchors": ("anchor generator", "anchor generators"),
    "loss": ("loss", "losses"),
    "targets": ("target encoder", "target encoders"),
}


def singular(kind: str) -> str:
    """What a message calls one thing of a kind: ``"target encoder"`` for ``"targets"``."""
    return _WORDS.get(kind, (kind, ""))[0]


def plural(kind: str) -> str:
    """What a message calls several things of a kind."""
    return _WORDS.get(kind, ("", f"{kind}s"))[1]


def _article(kind: str) -> str:
    word = singular(kind)
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"

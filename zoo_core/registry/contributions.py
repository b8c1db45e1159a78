"""What one plugin contributes, checked against the contract of the hooks.

Every plugin is registered with a pluggy manager of its own, so that nothing it does, or
fails to do, leaves a trace with the others.
"""

from __future__ import annotations

import re
import reprlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import Any, TypeVar

import pluggy

from zoo_core.common.errors import PluginError
from zoo_core.common.messages import did_you_mean, listed
from zoo_core.parts.commands import Command, check_command
from zoo_core.parts.components import (
    Component,
)
from zoo_core.parts.foreign_weights import ForeignWeights, check_foreign_weights
from zoo_core.registry import hookspecs
from zoo_core.registry.component_checks import TARGET, TARGET_IN_WORDS, check_component, refuse_colon

__all__ = ["OTHER_KINDS", "Contributions", "Plugin", "contributions", "normalized"]

OTHER_KINDS = ("detector", "weights", "command", "watcher")
"""Kinds of what plugins provide by name besides components."""
_MOST = 10_000
"""Most items that a hook may return; more come from something endless."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class Plugin:
    """An installed plugin and what became of it.

    Attributes:
        name: name of the entry point.
        distribution: the package that it comes from, empty when it was registered by hand.
        version: version of the package.
        problem: why it was disabled; None when it is in use.
        left_out: the environment variable that keeps it out; None when it was loaded, or tried.
        notes: what does no harm, but should be known to its author.
    """

    name: str
    distribution: str = ""
    version: str = ""
    problem: str | None = None
    left_out: str | None = None
    notes: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return f"{self.name!r} of {self.distribution} {self.version}" if self.distribution else repr(self.name)

    @property
    def package(self) -> str:
        """The distribution in its normal spelling; the name of a plugin that was registered by hand."""
        return normalized(self.distribution or self.name)

    @property
    def key(self) -> str:
        """``package:name``, which no other plugin has; ZOO_BLOCK knows it."""
        return f"{self.package}:{normalized(self.name)}"


@cache
def normalized(name: str) -> str:
    """A name as installers compare it: in lower case, with single hyphens."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


@dataclass(frozen=True)
class Contributions:
    """The parts that one plugin provides.

    Attributes:
        components: its components by kind and name.
        detectors: configurations by name.
        weights: what it knows about weights of other libraries.
        commands: its commands by name.
        watchers: the targets of what watches every training.
    """

    components: dict[tuple[str, str], Component] = field(default_factory=dict)
    detectors: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    weights: list[ForeignWeights] = field(default_factory=list)
    commands: dict[str, Command] = field(default_factory=dict)
    watchers: list[str] = field(default_factory=list)

    def parts(self) -> dict[tuple[str, str], Any]:
        """Every part by kind and name; the kinds that are not of components are `OTHER_KINDS`."""
        named = (self.detectors, self.published, self.commands, {target: target for target in self.watchers})
        others: Iterable[tuple[str, Mapping[str, Any]]] = zip(OTHER_KINDS, named, strict=True)
        return {
            **self.components,
            **{(kind, name): part for kind, parts in others for name, part in parts.items()},
        }

    @property
    def published(self) -> dict[str, ForeignWeights]:
        """What knows how to fetch published weights, by the names that users give: ``library:name``."""
        return {f"{each.library}:{name}": each for each in self.weights for name in each.published}


def contributions(module: object) -> Contributions:
    """Ask a plugin for its parts; pluggy tells which of its functions implement which hook.

    Raises:
        PluginError: it implements no hook, or misspells one, or returns something that the hook does not allow.
    """
    manager = pluggy.PluginManager("zoo")
    manager.add_hookspecs(hookspecs)
    manager.register(module, name="plugin")
    callers = manager.get_hookcallers(module) or []
    for caller in callers:
        if not caller.has_spec():
            guess = did_you_mean(caller.name, _HOOKS, otherwise=";")
            raise PluginError(f"{caller.name!r} is not a hook of the zoo{guess} hooks: {listed(_HOOKS)}")
    if not callers:
        raise PluginError(f"implements none of the hooks {listed(_HOOKS)}; mark functions with zoo_core.hookimpl")
    found = Contributions()
    for hook, add in _HOOKS.items():
        # Each implementation is called here and not by pluggy, which would pass over one that forgets to return.
        for implementation in getattr(manager.hook, hook).get_hookimpls():
            add(found, implementation.function())
    return found


def _add_components(found: Contributions, given: object) -> None:
    for component in _checked_components(given):
        key = component.kind, component.name
        if key in found.components:
            raise PluginError(f"zoo_components() returns two components of kind {key[0]!r} and name {key[1]!r}")
        found.components[key] = component


def _checked_components(given: object) -> Iterator[Component]:
    if not isinstance(given, Iterable):
        raise PluginError(f"zoo_components() should return an iterable of Component; got {reprlib.repr(given)}")
    for component in _bounded(given, "zoo_components()"):
        if not isinstance(component, Component):
            raise PluginError(f"zoo_components() should return Component objects; got {reprlib.repr(component)}")
        check_component(component)
        yield component


def _add_watchers(found: Contributions, given: object) -> None:
    if not isinstance(given, Iterable) or isinstance(given, str):
        raise PluginError(f"zoo_training_events() should return an iterable of targets; got {reprlib.repr(given)}")
    for target in _bounded(given, "zoo_training_events()"):
        if not (isinstance(target, str) and re.fullmatch(TARGET, target)):
            raise PluginError(f"zoo_training_events() should return {TARGET_IN_WORDS}; got {reprlib.repr(target)}")
        found.watchers.append(_plain(target))


def _add_commands(found: Contributions, given: object) -> None:
    if not isinstance(given, Iterable):
        raise PluginError(f"zoo_commands() should return an iterable of Command; got {reprlib.repr(given)}")
    for command in map(check_command, _bounded(given, "zoo_commands()")):
        if command.name in found.commands:
            raise PluginError(f"zoo_commands() returns two commands {command.name!r}")
        found.commands[command.name] = command


def _add_weights(found: Contributions, given: object) -> None:
    if not isinstance(given, Iterable):
        raise PluginError(f"zoo_weights() should return an iterable of ForeignWeights; got {reprlib.repr(given)}")
    found.weights.extend(map(check_foreign_weights, _bounded(given, "zoo_weights()")))
    times = Counter(f"{each.library}:{name}" for each in found.weights for name in each.published)
    if repeated := next((name for name, count in times.items() if count > 1), None):
        raise PluginError(f"zoo_weights() returns {repeated!r} twice")


def _bounded(given: Iterable[Item], whose: str) -> Iterator[Item]:
    """The items of a plugin's iterable, which may have no end."""
    for count, item in enumerate(islice(given, _MOST + 1)):
        if count == _MOST:
            raise PluginError(f"{whose} returns more than {_MOST} items; is it endless?")
        yield item


def _plain(text: str) -> str:
    """The text as a plain str: a plugin's subclass may fail wherever it is shown."""
    return str.__str__(text)


def _add_detectors(found: Contributions, given: object) -> None:
    found.detectors.update(_checked_detectors(given))


def _checked_detectors(given: object) -> dict[str, dict[str, Any]]:
    if not isinstance(given, Mapping):
        raise PluginError(f"zoo_detectors() should return a dict of configurations by name; got {reprlib.repr(given)}")
    found: dict[str, dict[str, Any]] = {}
    for name in _bounded(given, "zoo_detectors()"):
        if not isinstance(name, str):
            raise PluginError(f"zoo_detectors() should return names that are strings; got {reprlib.repr(name)}")
        config = given[name]
        name = _plain(name)  # noqa: PLW2901 -- the same name
        refuse_colon(name)
        if not isinstance(config, Mapping):
            raise PluginError(f"the configuration of detector {name!r} should be a dict; got {reprlib.repr(config)}")
        # Copied, since a plugin's mapping could answer differently, or fail, whenever it is asked again.
        found[name] = {key: config[key] for key in _bounded(config, f"the configuration of detector {name!r}")}
        if not isinstance(found[name].get("summary", ""), str):
            raise PluginError(
                f"the summary of detector {name!r} should be a string, not a {type(found[name]['summary']).__name__}"
            )
        if "summary" in found[name]:
            found[name]["summary"] = _plain(found[name]["summary"])
    return found


_HOOKS: dict[str, Callable[[Contributions, object], None]] = {
    "zoo_components": _add_components,
    "zoo_detectors": _add_detectors,
    "zoo_weights": _add_weights,
    "zoo_training_events": _add_watchers,
    "zoo_commands": _add_commands,
}
"""The hooks, each with what takes in what it returns."""

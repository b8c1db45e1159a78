"""What one plugin contributes, checked against the contract of the hooks.

Every plugin is registered with a pluggy manager of its own, so that nothing it does, or
fails to do, leaves a trace with the others.
"""

from __future__ import annotations

import inspect
import re
import reprlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

import pluggy

from zoo_core.common.errors import PluginError
from zoo_core.common.messages import did_you_mean, listed
from zoo_core.parts.commands import Command, check_command
from zoo_core.parts.components import (
    KINDS,
    AnchorSettings,
    BoxFormat,
    Component,
    ComponentSettings,
    HeadSettings,
    LossSettings,
    OptimizerSettings,
    Scoring,
    TargetEncoderSettings,
)
from zoo_core.parts.foreign_weights import ForeignWeights, check_foreign_weights
from zoo_core.parts.kind_names import with_article
from zoo_core.registry import hookspecs

__all__ = ["OTHER_KINDS", "Contributions", "Plugin", "contributions", "normalized"]

_HOOKS = ("zoo_components", "zoo_detectors", "zoo_weights", "zoo_training_events", "zoo_commands")
OTHER_KINDS = ("detector", "weights", "command", "watcher")
"""Kinds of what plugins provide by name besides components."""
_MOST = 10_000
"""Most items that a hook may return; more come from something endless."""
_TARGET, _TARGET_IN_WORDS = r"[\w.]+:\w+", "'package.module:Class'"

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
    # Each implementation is called here and not by pluggy, which would pass over one that forgets to return.
    for implementation in manager.hook.zoo_components.get_hookimpls():
        for component in _checked_components(implementation.function()):
            _refuse_repetition(found, component.kind, component.name)
            found.components[component.kind, component.name] = component
    for implementation in manager.hook.zoo_detectors.get_hookimpls():
        found.detectors.update(_checked_detectors(implementation.function()))
    for implementation in manager.hook.zoo_weights.get_hookimpls():
        found.weights.extend(_checked_weights(implementation.function()))
    _refuse_repeated_weights(found)
    for implementation in manager.hook.zoo_training_events.get_hookimpls():
        found.watchers.extend(_checked_watchers(implementation.function()))
    for implementation in manager.hook.zoo_commands.get_hookimpls():
        for command in _checked_commands(implementation.function()):
            if command.name in found.commands:
                raise PluginError(f"zoo_commands() returns two commands {command.name!r}")
            found.commands[command.name] = command
    return found


def _refuse_repetition(found: Contributions, kind: str, name: str) -> None:
    if (kind, name) in found.components:
        raise PluginError(f"zoo_components() returns two components of kind {kind!r} and name {name!r}")


def _checked_components(given: object) -> Iterator[Component]:
    if not isinstance(given, Iterable):
        raise PluginError(f"zoo_components() should return an iterable of Component; got {reprlib.repr(given)}")
    for component in _bounded(given, "zoo_components()"):
        if not isinstance(component, Component):
            raise PluginError(f"zoo_components() should return Component objects; got {reprlib.repr(component)}")
        _check_component(component)
        yield component


def _checked_watchers(given: object) -> Iterator[str]:
    if not isinstance(given, Iterable) or isinstance(given, str):
        raise PluginError(f"zoo_training_events() should return an iterable of targets; got {reprlib.repr(given)}")
    for target in _bounded(given, "zoo_training_events()"):
        if not (isinstance(target, str) and re.fullmatch(_TARGET, target)):
            raise PluginError(f"zoo_training_events() should return {_TARGET_IN_WORDS}; got {reprlib.repr(target)}")
        yield _plain(target)


def _checked_commands(given: object) -> Iterator[Command]:
    if not isinstance(given, Iterable):
        raise PluginError(f"zoo_commands() should return an iterable of Command; got {reprlib.repr(given)}")
    yield from map(check_command, _bounded(given, "zoo_commands()"))


def _checked_weights(given: object) -> Iterator[ForeignWeights]:
    if not isinstance(given, Iterable):
        raise PluginError(f"zoo_weights() should return an iterable of ForeignWeights; got {reprlib.repr(given)}")
    for each in _bounded(given, "zoo_weights()"):
        yield check_foreign_weights(each)


def _refuse_repeated_weights(found: Contributions) -> None:
    times = Counter(f"{each.library}:{name}" for each in found.weights for name in each.published)
    if repeated := next((name for name, count in times.items() if count > 1), None):
        raise PluginError(f"zoo_weights() returns {repeated!r} twice")


def _bounded(given: Iterable[Item], whose: str) -> Iterator[Item]:
    """The items of a plugin's iterable, which may have no end."""
    for count, item in enumerate(islice(given, _MOST + 1)):
        if count == _MOST:
            raise PluginError(f"{whose} returns more than {_MOST} items; is it endless?")
        yield item


def _check_component(component: Component) -> None:
    settings, kinds = component.settings, tuple(KINDS.values())
    if not (isinstance(settings, type) and issubclass(settings, kinds)):
        bases = listed(base.__name__ for base in kinds)
        raise PluginError(f"Component(settings=...) should be a subclass of {bases}; got {reprlib.repr(settings)}")
    if not issubclass(settings, KINDS.get(settings.kind, ())):
        kind = reprlib.repr(settings.kind)
        raise PluginError(f"{settings.__name__} has the kind {kind}; a subclass must keep the kind of its base")
    name = settings.model_fields["name"].default
    if not (isinstance(name, str) and name):
        raise PluginError(f"{settings.__name__} has no name; write name: Literal['...'] = '...'")
    _refuse_colon(name)
    if inspect.isabstract(settings):
        missing = listed(sorted(f"{method}()" for method in settings.__abstractmethods__))
        raise PluginError(f"{settings.__name__} does not say {missing}")
    for base, attribute in ((AnchorSettings, "gives"), (TargetEncoderSettings, "takes")):
        if issubclass(settings, base) and not isinstance(getattr(settings, attribute, None), BoxFormat):
            raise PluginError(
                f"{settings.__name__} does not say in which box format it works: {attribute} = BoxFormat..."
            )
    if issubclass(settings, OptimizerSettings):
        _check_state_names(settings)
    _check_words(settings)
    _check_target(component, name)


def _check_words(settings: type[ComponentSettings]) -> None:
    """Refuse what a head, an encoder or a loss says of scores and numbers in words that nobody understands."""
    said = {each: getattr(settings, each, None) for each in ("scoring", "codes", "soft", "scorings")}
    wrong: list[str] = []
    if issubclass(settings, LossSettings) and not isinstance(said["scoring"], Scoring):
        wrong.append("scoring = Scoring...")
    if issubclass(settings, LossSettings | TargetEncoderSettings):
        is_open = said["codes"] is None and issubclass(settings, LossSettings)
        if not is_open and not (isinstance(said["codes"], str) and said["codes"].strip()):
            wrong.append("codes = '...'")
        if not isinstance(said["soft"], bool):
            wrong.append("soft = True or False")
    if issubclass(settings, HeadSettings):
        scorings = said["scorings"]
        if not (isinstance(scorings, frozenset) and scorings and all(isinstance(each, Scoring) for each in scorings)):
            wrong.append("scorings = frozenset({Scoring...})")
    if wrong:
        raise PluginError(f"{settings.__name__} should say {listed(wrong)}")


def _check_state_names(settings: type[OptimizerSettings]) -> None:
    names: object = settings.state_names
    if not isinstance(names, tuple) or not all(isinstance(each, str) and each.isidentifier() for each in names):
        raise PluginError(f"state_names of {settings.__name__} should be a tuple of names; got {reprlib.repr(names)}")


def _check_target(component: Component, name: str) -> None:
    if not component.settings.has_heavy_half:
        if component.target is not None:
            raise PluginError(
                f"{name!r} has the target {reprlib.repr(component.target)}, but nothing is made from "
                f"{with_article(component.kind)}: write Component({component.settings.__name__})"
            )
    elif not (isinstance(component.target, str) and re.fullmatch(_TARGET, component.target)):
        target = reprlib.repr(component.target)
        raise PluginError(f"the target of {name!r} should be {_TARGET_IN_WORDS}; got {target}")


def _refuse_colon(name: str) -> None:
    if ":" in name:
        raise PluginError(f"the name {name!r} has a colon, which is reserved for package:name")


def _plain(text: str) -> str:
    """The text as a plain str: a plugin's subclass may fail wherever it is shown."""
    return str.__str__(text)


def _checked_detectors(given: object) -> dict[str, dict[str, Any]]:
    if not isinstance(given, Mapping):
        raise PluginError(f"zoo_detectors() should return a dict of configurations by name; got {reprlib.repr(given)}")
    found: dict[str, dict[str, Any]] = {}
    for name in _bounded(given, "zoo_detectors()"):
        if not isinstance(name, str):
            raise PluginError(f"zoo_detectors() should return names that are strings; got {reprlib.repr(name)}")
        config = given[name]
        name = _plain(name)  # noqa: PLW2901 -- the same name
        _refuse_colon(name)
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

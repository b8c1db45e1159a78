"""The configuration of a detector from a name, a file or a table, with overrides."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from zoo_core.common.arguments import checked, instance
from zoo_core.common.errors import ConfigError, MissingPartsWarning, Problem
from zoo_core.common.messages import shown
from zoo_core.config.absent_parts import absent_parts, why_absent
from zoo_core.config.chosen_parts import MAY_LACK
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.inheritance import Inheritance, Layer, Place, layer_of
from zoo_core.config.labels import LabelledData
from zoo_core.config.overrides import Overrides, changed, pairs_of
from zoo_core.parts.settings import problems_of
from zoo_core.registry.registry import Registry, default_registry

__all__ = [
    "ConfigSource",
    "configured",
    "inheritance_of",
    "load_config",
    "load_for_prediction",
    "load_labels",
]

ConfigSource = str | Path | Mapping[str, Any] | DetectorConfig
"""The name of a registered detector, a path to a YAML, TOML or JSON file, a table, or a configuration.

Whatever takes a configuration takes each of these."""

_MayLack = Callable[[str, str], bool]
"""Whether a part need not be installed, by its kind and name."""
_UNNAMED = "configuration"
"""What messages call one that has neither a name nor a file."""


@checked(registry=instance(Registry, "a registry of plugins"))
def load_config(
    source: ConfigSource,
    overrides: Overrides | None = None,
    registry: Registry | None = None,
) -> DetectorConfig:
    """The configuration of a detector.

    It is also the way to another configuration from one: ``load_config(config, {"nms.iou": 0.5})`` is a checked copy.

    Args:
        source: the name of a registered detector, a path to a YAML, TOML or JSON file, a
            table, or a configuration to be changed. `extends` in a file or table names another, whose settings it
            takes over: see docs/configuration.md.
        overrides: settings that replace those of the source, in order.
        registry: where names are looked up; that of everything installed by default.

    Raises:
        UnknownNameError: there is no detector and no file of that name.
        ConfigError: with all problems of the configuration at once.
        ArgumentError: the overrides are neither a mapping nor a list of strings.
    """
    pairs = pairs_of(overrides)
    if isinstance(source, DetectorConfig) and registry is None and not pairs:
        return source  # it is valid, and cannot change
    registry = registry or default_registry()
    return _with(inheritance_of(source, registry), pairs, registry, _lacking(source))


def load_for_prediction(
    source: ConfigSource, overrides: Overrides | None = None, registry: Registry | None = None
) -> DetectorConfig:
    """The configuration of a detector that is to find objects: parts that only training or scoring use may be lacking.

    That are the data set, augmentation steps, the optimiser, the schedule and loggers. Where the packages of some are
    not installed, a `MissingPartsWarning` names them, and what is said of them is kept.

    Args:
        source: as `load_config` takes it.
        overrides: likewise; parts that they name have to be installed.
        registry: likewise.

    Raises:
        UnknownNameError, ConfigError, ArgumentError: as `load_config`.
    """
    try:
        return load_config(source, overrides, registry)
    except ConfigError:
        found = registry or default_registry()
        with suppress(ConfigError):
            whole = inheritance_of(source, found)
            opened = load_config(_with(whole, (), found, lambda *_: True), overrides, registry)
            _note_absent(whole.layers[0].title, opened, found)
            return opened
        raise


def _note_absent(title: str, config: DetectorConfig, registry: Registry) -> None:
    """Warn that a configuration was opened without some of its parts."""
    if absent := absent_parts(config):
        named = [f"  {place}: {why_absent(part, registry)}" for place, part in absent.items()]
        text = "\n".join([f"{title}: opened without parts that training or scoring need", *named])
        warnings.warn(text, MissingPartsWarning, stacklevel=3)


def _lacking(source: ConfigSource) -> _MayLack | None:
    """Which parts may still be lacking in what is made of a configuration that was opened without them."""
    if not isinstance(source, DetectorConfig) or not (absent := absent_parts(source)):
        return None
    known = {(part.kind, part.name) for part in absent.values()}
    return lambda kind, name: (kind, name) in known


def inheritance_of(source: ConfigSource, registry: Registry) -> Inheritance:
    """The table of a configuration, with all that it extends.

    Raises:
        UnknownNameError: there is no detector and no file of that name.
        ConfigError: a file cannot be read, or what it extends is missing or extends itself.
    """
    if isinstance(source, DetectorConfig):
        return Inheritance.of(Layer(_UNNAMED, source.model_dump(mode="json", context={"registry": registry})), registry)
    if isinstance(source, Mapping):
        return Inheritance.of(Layer(_UNNAMED, source), registry)
    if not isinstance(source, str | Path):
        problem = f"should be the name of a detector, a file or a table; given {shown(source)}"
        raise ConfigError(_UNNAMED, [Problem("", problem)])
    return Inheritance.of(layer_of(source, registry), registry)


def configured(whole: Inheritance, overrides: Overrides | None, registry: Registry) -> DetectorConfig:
    """The configuration of a table, with overrides on top.

    Raises:
        ConfigError: with all faults at once.
    """
    return _with(whole, pairs_of(overrides), registry)


def _with(
    whole: Inheritance, pairs: Sequence[tuple[Place, Any]], registry: Registry, may_lack: _MayLack | None = None
) -> DetectorConfig:
    with _located(whole, pairs):
        context = {"registry": registry, MAY_LACK: may_lack}
        return DetectorConfig.model_validate(changed(whole.table, pairs), context=context)


def load_labels(
    source: ConfigSource, overrides: Overrides | None = None, registry: Registry | None = None
) -> LabelledData:
    """The classes and the data set of a configuration, whose other parts need not be installed.

    Args:
        source: as `load_config` takes it.
        overrides: those of other settings are passed over.
        registry: likewise.

    Raises:
        UnknownNameError, ConfigError: as `load_config`, with the faults of these two alone, and with settings that no
            configuration has: one of them may be meant.
    """
    if isinstance(source, DetectorConfig) and registry is None and not overrides:
        return LabelledData.model_construct(classes=source.classes, data=source.data)  # both are valid
    registry = registry or default_registry()
    whole, names = inheritance_of(source, registry), LabelledData.model_fields
    given = pairs_of(overrides)
    pairs = [(place, value) for place, value in given if place[0] in names]
    table = {name: value for name, value in changed(whole.table, pairs).items() if name in names}
    said = dict.fromkeys([*map(str, whole.table), *(place[0] for place, _ in given)])
    unknown = [
        whole.located(Problem(name, DetectorConfig.about_unknown(name)), [name])
        for name in said
        if name not in DetectorConfig.model_fields
    ]
    try:
        with _located(whole, pairs):
            labels = LabelledData.model_validate(table, context={"registry": registry})
    except ConfigError as error:
        raise ConfigError(error.source, [*error.problems, *unknown]) from None
    problems = [whole.located(each, [each.place]) for each in labels.incompatibilities()]
    if problems or unknown:
        raise ConfigError(whole.layers[0].title, [*problems, *unknown])
    return labels


@contextmanager
def _located(whole: Inheritance, pairs: Sequence[tuple[Place, Any]]) -> Iterator[None]:
    """Say what is wrong in our words, and in which of the files where that is not an override."""
    try:
        yield
    except ValidationError as error:
        places = [detail["loc"] for detail in error.errors(include_url=False)]
        problems = [
            problem if any(place[: len(path)] == path for path, _ in pairs) else whole.located(problem, place)
            for problem, place in zip(problems_of(error), places, strict=True)
        ]
        raise ConfigError(whole.layers[0].title, problems) from None

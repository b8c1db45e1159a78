"""Settings that replace those of a configuration: dotted paths with values, as ``--set`` has them.

A table of a group of settings, or of a part without its ``name``, stands for the settings that it has: all others stay.
With a ``name`` it is a whole part, and replaces what is there, as an empty table does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from zoo_core.common.errors import ArgumentError, ConfigError, Problem
from zoo_core.common.messages import shown
from zoo_core.common.tables import TableError, from_yaml
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.inheritance import EXTENDS, Place
from zoo_core.config.searched import models_of
from zoo_core.parts.components import KINDS
from zoo_core.parts.kind_names import kind_of_setting

__all__ = ["Overrides", "changed", "pairs_of", "parse_override", "with_settings"]

Overrides = Mapping[str, Any] | Iterable[str]
"""Dotted paths with values (``{"training.epochs": 3}``), or strings (``["training.epochs=3"]``)."""

_DEEPEST = 50


def changed(table: Mapping[Any, Any], pairs: Sequence[tuple[Place, Any]]) -> Mapping[Any, Any]:
    """The table with settings replaced, in order; nothing that was given is changed in place.

    Raises:
        ConfigError: a path leads into what is not a table, or is that of `extends`.
    """
    for place, value in pairs:
        if len(place) > _DEEPEST:
            raise ConfigError(f"--set {shown('.'.join(place))}", [Problem("", "no setting is nested that deeply")])
        if place == (EXTENDS,):
            raise ConfigError(f"--set {EXTENDS}", [Problem("", "what a configuration extends is said in its file")])
        table = _replaced(table, place, value, place)
    return table


def pairs_of(overrides: Overrides | None) -> list[tuple[Place, Any]]:
    """Places and values of single settings, in order.

    Raises:
        ArgumentError: the overrides are neither a mapping nor a list of strings.
        ConfigError: a string is not an override; see `parse_override`.
    """
    if overrides is None:
        return []
    if isinstance(overrides, Mapping):
        pairs = [(str(path), value) for path, value in overrides.items()]
    else:
        texts = _texts(overrides)
        if not all(isinstance(text, str) for text in texts):
            raise ArgumentError(
                f'overrides should be a mapping, as {{"training.epochs": 3}}, or a list, as ["training.epochs=3"]; '
                f"given {shown(overrides)}"
            )
        pairs = [parse_override(text) for text in texts]
    return [pair for path, value in pairs for pair in _single(tuple(path.split(".")), value)]


def _single(place: Place, value: Any) -> Iterator[tuple[Place, Any]]:
    """The settings that a value sets: of a group, and of a part that it does not name, those that it has."""
    if isinstance(value, Mapping) and value and "name" not in value and _has_settings(place):
        for key, inner in value.items():
            yield from _single((*place, str(key)), inner)
    else:
        yield place, value


def _has_settings(place: Place) -> bool:
    """Whether a table at a place is a group of settings, or a part without its name."""
    group: Any = DetectorConfig
    for key in place:
        if kind_of_setting(key) in KINDS:
            return key is place[-1]
        group = next(models_of(group.model_fields[key]), None) if key in group.model_fields else None
        if group is None:
            return False
    return True


def with_settings(overrides: Overrides | None, **settings: Any) -> Overrides | None:
    """Overrides, and after them the settings that are not None."""
    given = {name: value for name, value in settings.items() if value is not None}
    if not given:
        return overrides
    if overrides is None or isinstance(overrides, Mapping):
        return {**(overrides or {}), **given}
    return [*_texts(overrides), *(f"{name}={value}" for name, value in given.items())]


def _texts(overrides: Any) -> list[Any]:
    """Each of what should be texts; one that stands alone is a list of one."""
    return [overrides] if isinstance(overrides, str) or not isinstance(overrides, Iterable) else [*overrides]


def parse_override(text: str) -> tuple[str, Any]:
    """``"training.epochs=3"`` as its path and its value, read as YAML.

    Raises:
        ConfigError: there is no ``=``, or the value is not YAML.
    """
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        raise ConfigError(f"--set {text}", [Problem("", "an override is KEY=VALUE, such as training.epochs=3")])
    try:
        return path.strip(), from_yaml(value)
    except TableError as error:
        raise ConfigError(f"--set {text}", [Problem("", f"the value {error}")]) from None


def _replaced(table: Mapping[str, Any], inner: Place, value: Any, place: Place) -> dict[str, Any]:
    """`table` with the setting at `inner`, the end of `place`, replaced."""
    first, *rest = inner
    if not rest:
        if first == "name" and table.get("name") != value:
            return {"name": value}  # the settings of one component mean nothing to another
        return {**table, first: value}
    there = table.get(first)
    if there is None:
        there = {}
    elif isinstance(there, str):
        there = {"name": there}
    elif hasattr(there, "model_dump"):
        there = there.model_dump(mode="json")
    if not isinstance(there, Mapping):
        raise ConfigError(
            f"--set {'.'.join(place)}",
            [Problem("", f"{first!r} is {shown(there)}, not a table of settings; set it as a whole")],
        )
    return {**table, first: _replaced(there, tuple(rest), value, place)}

"""Settings that replace those of a configuration: dotted paths with values, as ``--set`` has them.

A table continues what is there: settings that it does not name stay. With a ``name`` it is a whole part, and replaces
what is there, as an empty table does, and one of what is searched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from zoo_core.common.errors import ArgumentError, ConfigError, Problem
from zoo_core.common.messages import shown
from zoo_core.common.tables import TableError, from_yaml
from zoo_core.config.inheritance import EXTENDS, Place
from zoo_core.config.search import SEARCH
from zoo_core.parts.components import KINDS
from zoo_core.parts.kind_names import kind_of_setting

__all__ = ["Overrides", "changed", "pairs_of", "parse_override", "with_settings"]

Overrides = Mapping[str, Any] | Iterable[str]
"""Dotted paths with values (``{"training.epochs": 3}``), or strings (``["training.epochs=3"]``)."""

_DEEPEST = 50


def changed(table: Mapping[Any, Any], pairs: Sequence[tuple[str, Any]]) -> Mapping[Any, Any]:
    """The table with settings replaced, in order; nothing that was given is changed in place.

    Raises:
        ConfigError: a path leads into what is no table, or is that of `extends`.
    """
    for path, value in pairs:
        if path.count(".") > _DEEPEST:
            raise ConfigError(f"--set {shown(path)}", [Problem("", "no setting is nested that deeply")])
        if path == EXTENDS:
            raise ConfigError(f"--set {path}", [Problem("", "what a configuration extends is said in its file")])
        place = tuple(path.split("."))
        table = _replaced(table, place, value, place)
    return table


def pairs_of(overrides: Overrides | None) -> list[tuple[str, Any]]:
    """Paths and values, in order.

    Raises:
        ArgumentError: the overrides are neither a mapping nor a list of strings.
        ConfigError: a string is no override; see `parse_override`.
    """
    if overrides is None:
        return []
    if isinstance(overrides, Mapping):
        return [(str(path), value) for path, value in overrides.items()]
    texts = _texts(overrides)
    if not all(isinstance(text, str) for text in texts):
        raise ArgumentError(
            f'overrides should be a mapping, as {{"training.epochs": 3}}, or a list, as ["training.epochs=3"]; '
            f"given {shown(overrides)}"
        )
    return [parse_override(text) for text in texts]


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
    """`table` with the setting at `inner`, the end of `place`, replaced; nothing that was given is changed in place."""
    first, *rest = inner
    there = _plain(table.get(first))
    if not rest:
        if first == "name" and there != value:
            return {"name": value}  # the settings of one component mean nothing to another
        return {**table, first: _on_top(there, value, place)}
    if there is None:
        there = {}
    elif isinstance(there, str):
        there = {"name": there}
    if not isinstance(there, Mapping):
        raise ConfigError(
            f"--set {'.'.join(place)}",
            [Problem("", f"{first!r} is {shown(there)}, not a table of settings; set it as a whole")],
        )
    return {**table, first: _replaced(there, tuple(rest), value, place)}


def _on_top(there: Any, value: Any, place: Place) -> Any:
    """What stands at a place when a value comes on top of what is there."""
    if isinstance(there, str) and kind_of_setting(place[-1]) in KINDS:
        there = {"name": there}
    are_tables = isinstance(there, Mapping) and isinstance(value, Mapping)
    if not are_tables or not value or "name" in value or place == (SEARCH,):
        return value
    result = dict(there)
    for key, own in value.items():
        result[key] = _on_top(_plain(result.get(key)), own, (*place, str(key)))
    return result


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else value

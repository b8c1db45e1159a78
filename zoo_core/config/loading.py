"""The configuration of a detector from a name, a file or a table, with overrides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from zoo_core.common.errors import ConfigError, Problem
from zoo_core.common.files import as_path, exists
from zoo_core.common.messages import shown
from zoo_core.common.tables import ENDINGS, TableError, from_yaml, read_table
from zoo_core.config.detector import DetectorConfig
from zoo_core.parts.settings import problems_of
from zoo_core.registry.registry import Registry, default_registry

__all__ = ["ConfigSource", "Overrides", "load_config", "parse_override", "read_table"]

Overrides = Mapping[str, Any] | Iterable[str]
"""Dotted paths with values (``{"training.epochs": 3}``), or strings (``["training.epochs=3"]``)."""


_DEEPEST = 50


def load_config(
    source: str | Path | Mapping[str, Any] | DetectorConfig,
    overrides: Overrides | None = None,
    registry: Registry | None = None,
) -> DetectorConfig:
    """The configuration of a detector.

    Args:
        source: the name of a registered detector, a path to a YAML, TOML or JSON file, a
            table, or a configuration to be changed.
        overrides: settings that replace those of the source, in order.
        registry: where names are looked up; that of everything installed by default.

    Raises:
        UnknownNameError: there is no detector and no file of that name.
        ConfigError: with all problems of the configuration at once.
    """
    if isinstance(source, DetectorConfig) and registry is None and not overrides:
        return source  # it is valid, and cannot change
    registry = registry or default_registry()
    title, table = _table_of(source, registry)
    for path, value in _pairs(overrides):
        if path.count(".") > _DEEPEST:
            raise ConfigError(f"--set {shown(path)}", [Problem("", "no setting is nested that deeply")])
        table = _replaced(table, path.split("."), value, path)
    try:
        return DetectorConfig.model_validate(table, context={"registry": registry})
    except ValidationError as error:
        raise ConfigError(title, problems_of(error)) from None


def _table_of(source: object, registry: Registry) -> tuple[str, dict[str, Any]]:
    if isinstance(source, DetectorConfig):
        return "configuration", source.model_dump(mode="json", context={"registry": registry})
    if isinstance(source, Mapping):
        return "configuration", dict(source)
    if not isinstance(source, str | Path):
        problem = f"should be the name of a detector, a file or a table; given {shown(source)}"
        raise ConfigError("configuration", [Problem("", problem)])
    if isinstance(source, str) and source in registry.detectors():
        return source, dict(registry.detector(source))
    path = as_path(source)
    if path.suffix.lower() in ENDINGS or (path.name and exists(path)):
        return str(path), read_table(path)
    return str(source), dict(registry.detector(str(source)))  # unknown, so that this says which names are near


def _pairs(overrides: Overrides | None) -> list[tuple[str, Any]]:
    if overrides is None:
        return []
    if isinstance(overrides, Mapping):
        return [(str(path), value) for path, value in overrides.items()]
    return [parse_override(text) for text in ([overrides] if isinstance(overrides, str) else overrides)]


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


def _replaced(table: Mapping[str, Any], path: list[str], value: Any, whole: str) -> dict[str, Any]:
    """`table` with the setting at `path` replaced; nothing that was given is changed in place."""
    first, *rest = path
    if not rest:
        if first == "name" and table.get("name") != value:
            return {"name": value}  # the settings of one component mean nothing to another
        return {**table, first: value}
    inner = table.get(first)
    if inner is None:
        inner = {}
    elif isinstance(inner, str):
        inner = {"name": inner}
    elif hasattr(inner, "model_dump"):
        inner = inner.model_dump(mode="json")
    if not isinstance(inner, Mapping):
        raise ConfigError(
            f"--set {whole}", [Problem("", f"{first!r} is {shown(inner)}, not a table of settings; set it as a whole")]
        )
    return {**table, first: _replaced(inner, rest, value, whole)}


ConfigSource = str | Path | Mapping[str, Any] | DetectorConfig

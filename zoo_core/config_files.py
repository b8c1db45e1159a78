"""Configurations from names, files and tables, with overrides; and back into a file."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Hashable, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from zoo_core.config import DetectorConfig
from zoo_core.errors import ConfigError, Problem, UnknownNameError, closest
from zoo_core.registry import Registry, default_registry
from zoo_core.settings import problems_of

__all__ = ["Overrides", "load_config", "parse_override", "read_table"]

Overrides = Mapping[str, Any] | Iterable[str]
"""Dotted paths with values (``{"training.epochs": 3}``), or texts (``["training.epochs=3"]``)."""


def load_config(
    source: str | Path | Mapping[str, Any] | DetectorConfig,
    overrides: Overrides | None = None,
    registry: Registry | None = None,
) -> DetectorConfig:
    """The configuration of a detector.

    Args:
        source: the name of a registered detector, a path to a YAML, TOML or JSON file, a
            table, or a configuration to be changed.
        overrides: settings that replace those of the source.
        registry: where names are looked up; that of everything installed by default.

    Raises:
        UnknownNameError: there is no detector and no file of that name.
        ConfigError: with all faults of the configuration at once.
    """
    registry = registry or default_registry()
    title, table = _table_of(source, registry)
    for path, value in _pairs(overrides):
        table = _replaced(table, path.split("."), value, path)
    try:
        return DetectorConfig.model_validate(table, context={"registry": registry})
    except ValidationError as error:
        raise ConfigError(title, problems_of(error)) from None


def _table_of(source: object, registry: Registry) -> tuple[str, dict[str, Any]]:
    if isinstance(source, DetectorConfig):
        return "configuration", source.model_dump(mode="json")
    if isinstance(source, Mapping):
        return "configuration", dict(source)
    path = Path(str(source))
    if isinstance(source, str) and source in registry.detectors():
        return source, dict(registry.detector(source))
    if path.suffix.lower() in _READERS or path.is_file():
        return str(path), read_table(path)
    registry.detector(str(source))
    raise AssertionError("unreachable: the look-up of an unknown name raises")


def read_table(path: Path) -> dict[str, Any]:
    """The table in a YAML, TOML or JSON file, told by its ending.

    Raises:
        UnknownNameError: there is no such file.
        ConfigError: the file cannot be read, or a key stands in it twice.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise _refused(path, f"the ending of a configuration file is one of {', '.join(_READERS)}")
    try:
        table = reader(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        beside = [each.name for each in path.parent.glob("*") if each.is_file()] if path.parent.is_dir() else []
        near = closest(path.name, beside)
        raise UnknownNameError(f"there is no file {path}" + (f"; did you mean {near!r}?" if near else "")) from None
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(path, f"cannot be read: {error}") from None
    except (yaml.YAMLError, tomllib.TOMLDecodeError, json.JSONDecodeError, _RepeatedKeyError) as error:
        raise _refused(path, " ".join(str(error).split())) from None
    if not isinstance(table, dict):
        raise _refused(path, f"holds {type(table).__name__}, and a table of settings is needed")
    return table


def _refused(path: Path, message: str) -> ConfigError:
    return ConfigError(str(path), [Problem("", message)])


class _RepeatedKeyError(ValueError):
    """A key that stands twice in one table: the readers would silently drop the first."""


class _Loader(yaml.SafeLoader):
    """YAML that refuses a key that stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise _RepeatedKeyError(f"{key!r} is given twice, the second time in line {key_node.start_mark.line + 1}")
            seen.add(key)
        return super().construct_mapping(node, deep)


def _distinct_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [key for key, _ in pairs]
        raise _RepeatedKeyError(f"{next(name for name in names if names.count(name) > 1)!r} is given twice")
    return table


_READERS = {
    ".yaml": lambda text: yaml.load(text, _Loader),  # a SafeLoader
    ".yml": lambda text: yaml.load(text, _Loader),
    ".toml": tomllib.loads,
    ".json": lambda text: json.loads(text, object_pairs_hook=_distinct_keys),
}


def _pairs(overrides: Overrides | None) -> list[tuple[str, Any]]:
    if overrides is None:
        return []
    if isinstance(overrides, Mapping):
        return list(overrides.items())
    return [parse_override(text) for text in overrides]


def parse_override(text: str) -> tuple[str, Any]:
    """``"training.epochs=3"`` as its path and its value, read as YAML.

    Raises:
        ConfigError: there is no ``=``, or the value is not YAML.
    """
    path, equals, value = text.partition("=")
    if not equals or not path.strip():
        raise ConfigError(f"--set {text}", [Problem("", "an override is KEY=VALUE, as training.epochs=3")])
    try:
        return path.strip(), yaml.load(value, _Loader)
    except (yaml.YAMLError, _RepeatedKeyError) as error:
        raise ConfigError(f"--set {text}", [Problem(path.strip(), " ".join(str(error).split()))]) from None


def _replaced(table: Mapping[str, Any], path: list[str], value: Any, whole: str) -> dict[str, Any]:
    """`table` with the setting at `path` replaced; nothing that was given is changed in place."""
    first, *rest = path
    if not rest:
        if first == "name" and table.get("name") != value:
            return {"name": value}  # the settings of one component mean nothing to another
        return {**table, first: value}
    inner = table.get(first) or {}
    if isinstance(inner, str):
        inner = {"name": inner}
    if not isinstance(inner, Mapping):
        inner = inner.model_dump(mode="json") if hasattr(inner, "model_dump") else None
    if inner is None:
        raise ConfigError("override", [Problem(whole, f"{first!r} is no table of settings; replace it as a whole")])
    return {**table, first: _replaced(inner, rest, value, whole)}



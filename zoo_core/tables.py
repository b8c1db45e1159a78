"""Tables of settings as text: YAML, TOML and JSON in, YAML out.

YAML is read as its version 1.2 has it where 1.1 surprises: ``no`` and ``off`` are text (a
class can be called so), ``1e-3`` is a number, and a date is text. In every format a key
that stands twice is an error, where the readers would silently drop the first.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

import yaml

from zoo_core.errors import ConfigError, Problem, UnknownNameError, did_you_mean, shown
from zoo_core.files import is_file, is_folder, is_missing, names_beside, read_text

__all__ = ["ENDINGS", "TableError", "from_yaml", "read_table", "to_yaml"]


class TableError(ValueError):
    """A text that is not a table of its format; the message fits in one line."""


def read_table(path: Path) -> dict[str, Any]:
    """The table in a YAML, TOML or JSON file, told by its ending.

    Raises:
        UnknownNameError: there is no such file.
        ConfigError: the file cannot be read, or a key stands in it twice.
    """
    if is_folder(path):
        inside = path / "config.yaml"
        hint = f"; did you mean {inside}?" if is_file(inside) else ", and a configuration is a file"
        raise _refused(path, f"is a folder{hint}")
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise _refused(path, f"the ending of a configuration file is one of {', '.join(ENDINGS)}")
    if is_missing(path):
        raise UnknownNameError(f"there is no file {path}{did_you_mean(path.name, names_beside(path))}")
    text = read_text(path, lambda message: _refused(path, message.removeprefix(f"{path}: ")))
    try:
        table = reader(text)
    except TableError as error:
        raise _refused(path, str(error)) from None
    if table is None:
        raise _refused(path, "is empty, and a table of settings is needed")
    if not isinstance(table, dict):
        raise _refused(path, f"is no table of settings; it holds {shown(table)}")
    return table


def _refused(path: Path, message: str) -> ConfigError:
    return ConfigError(str(path), [Problem("", message)])


class _Loader(yaml.SafeLoader):
    """YAML that refuses a key that stands twice, and reads plain words as version 1.2 does."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise TableError(f"line {key_node.start_mark.line + 1}: a key is a single word, not a list or a table")
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node)
            if key in seen:
                raise TableError(f"{key!r} is given twice, the second time in line {key_node.start_mark.line + 1}")
            seen.add(key)
        return super().construct_mapping(node, deep)


_RESOLVED_OTHERWISE = ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp")
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _RESOLVED_OTHERWISE]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
_FLOAT = re.compile(
    r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+.0123456789"))


def from_yaml(text: str) -> Any:
    """The value in a YAML text.

    Raises:
        TableError: it is no YAML, or a key stands twice.
    """
    try:
        return yaml.load(text, _Loader)  # noqa: S506 -- it derives from SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise TableError(f"is not YAML: {place}{error.problem or error.context}") from None
    except TableError:
        raise
    except RecursionError:
        raise TableError("is nested too deeply") from None
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError) as error:
        # Not only YAMLError: PyYAML's readers of explicit tags stumble over values, as over `!!bool maybe`.
        raise TableError(f"is not YAML: {' '.join(str(error).split())}") from None


def _from_toml(text: str) -> Any:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise TableError("is nested too deeply") from None
    except ValueError as error:
        raise TableError(f"is not TOML: {error}") from None


def _from_json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_distinct_keys)
    except TableError:
        raise
    except RecursionError:
        raise TableError("is nested too deeply") from None
    except ValueError as error:
        raise TableError(f"is not JSON: {error}") from None


def _distinct_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [key for key, _ in pairs]
    if repeated := [name for place, name in enumerate(names) if name in names[:place]]:
        raise TableError(f"{repeated[0]!r} is given twice")
    return dict(pairs)


_READERS: dict[str, Callable[[str], Any]] = {
    ".yaml": from_yaml,
    ".yml": from_yaml,
    ".toml": _from_toml,
    ".json": _from_json,
}
ENDINGS = tuple(_READERS)
"""The endings of configuration files."""


class _Dumper(yaml.SafeDumper):
    """YAML with tables one setting a line, and lists of plain values in one line.

    It puts into quotes whatever version 1.1 or 1.2 would take for something else than text.
    """

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> yaml.SequenceNode:
        plain = not any(isinstance(each, dict) for each in sequence)
        return super().represent_sequence(tag, sequence, flow_style=plain if flow_style is None else flow_style)


_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+.0123456789"))


def to_yaml(table: dict[str, Any]) -> str:
    """YAML that `from_yaml` reads back to an equal table."""
    return yaml.dump(table, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100, default_flow_style=False)

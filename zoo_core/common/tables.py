"""Tables of settings as text: YAML, TOML and JSON in, YAML out.

YAML is read as its version 1.2 has it where 1.1 surprises: ``no`` and ``off`` are text (a
class can be called so), ``1e-3`` is a number, ``012`` is twelve, and a date is text. In every format a key
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

from zoo_core.common.errors import ConfigError, Problem, UnknownNameError
from zoo_core.common.files import is_file, is_folder, is_missing, names_beside
from zoo_core.common.messages import did_you_mean, shown
from zoo_core.common.reading import read_text

__all__ = ["ENDINGS", "TableError", "from_yaml", "read_table", "to_yaml"]

_MOST_CHARACTERS = 4_000_000
"""Of a text: enough for 100,000 classes."""
_MOST_DOTS = 50
"""Of a key in TOML: tomllib takes time and memory by their square."""
_MOST_VALUES = 500_000
"""Most values in a YAML text, aliases counted as what they stand for; so many take half a minute to read."""


class TableError(ValueError):
    """A text that is not a table of its format; the message fits in one line."""


def read_table(path: Path) -> dict[str, Any]:
    """The table in a YAML, TOML or JSON file, recognised by its ending.

    Raises:
        UnknownNameError: no such file.
        ConfigError: the file cannot be read, or a key is given twice.
    """
    if is_folder(path):
        inside = path / "config.yaml"
        hint = f"; did you mean {inside}?" if is_file(inside) else ", but a configuration is a file"
        raise _refused(path, f"is a folder{hint}")
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise _refused(path, f"a configuration file ends in one of {', '.join(ENDINGS)}")
    if is_missing(path):
        raise UnknownNameError(f"no such file: {path}{did_you_mean(path.name, names_beside(path))}")
    text = read_text(path, lambda message: _refused(path, message.removeprefix(f"{path}: ")))
    try:
        table = reader(text)
    except TableError as error:
        raise _refused(path, str(error)) from None
    if table is None:
        raise _refused(path, "is empty; it should be a table of settings")
    if not isinstance(table, dict):
        raise _refused(path, f"is not a table of settings; it contains {shown(table)}")
    return table


def _refused(path: Path, message: str) -> ConfigError:
    return ConfigError(str(path), [Problem("", message)])


class _Loader(yaml.SafeLoader):
    """YAML that refuses repeated keys and endless aliases, and reads plain words as version 1.2 does."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._values = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        self._values += 1
        if self._values > _MOST_VALUES:
            raise _too_many()
        return super().compose_node(parent, index)

    def construct_document(self, node: yaml.Node) -> Any:
        _count_values(node, {}, set())
        return super().construct_document(node)

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        """A zero in front changes nothing, where version 1.1 would read 012 as ten."""
        text = str(self.construct_scalar(node)).lower().replace("_", "")
        return int(text, 0 if text.lstrip("+-")[:2] in ("0b", "0o", "0x") else 10)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise TableError(f"line {key_node.start_mark.line + 1}: a key should be one word, not a list or table")
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node)
            if key in seen:
                raise TableError(f"{key!r} is given twice, the second time in line {key_node.start_mark.line + 1}")
            seen.add(key)
        return super().construct_mapping(node, deep)


def _count_values(node: yaml.Node, known: dict[int, int], above: set[int]) -> int:
    """How many values a node stands for, each alias counted as what it stands for.

    A few lines of aliases of aliases stand for billions: merging keys copies them, and checking walks through them.
    """
    place = id(node)
    if place in above:
        raise TableError(f"line {node.start_mark.line + 1}: an alias refers to a value that contains it")
    if place not in known:
        pairs = node.value if isinstance(node, yaml.MappingNode) else ()
        inner = node.value if isinstance(node, yaml.SequenceNode) else [each for pair in pairs for each in pair]
        known[place] = 1 + sum(_count_values(each, known, above | {place}) for each in inner)
        if known[place] > _MOST_VALUES:
            raise _too_many()
    return known[place]


def _too_many() -> TableError:
    return TableError(f"expands to more than {_MOST_VALUES:,} values, aliases included")


_RESOLVED_OTHERWISE = tuple(f"tag:yaml.org,2002:{kind}" for kind in ("bool", "float", "int", "timestamp", "value"))
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _RESOLVED_OTHERWISE]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)
# Without numbers to the base 60, which 12:30 would be; 1_000 and 0b11 are still read as version 1.1 has them.
_INT = re.compile(r"[-+]?(?:0b_*[01][01_]*|0o[0-7]+|[0-9][0-9_]*|0x_*[0-9a-fA-F][0-9a-fA-F_]*)$")
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", _INT, list("-+0123456789"))
_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_yaml_int)
_FLOAT = re.compile(
    r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+.0123456789"))


def from_yaml(text: str) -> Any:
    """The value in a YAML text.

    Raises:
        TableError: it is not YAML, or a key is given twice.
    """
    _refuse_long(text)
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


def _refuse_long(text: str) -> None:
    if len(text) > _MOST_CHARACTERS:
        raise TableError(f"is longer than {_MOST_CHARACTERS / 1e6:g} million characters")


def _from_toml(text: str) -> Any:
    _refuse_long(text)
    if any(part.count(".") > _MOST_DOTS for part in re.split(r"[=,\n\[\]{}]", text)):
        raise TableError("is nested too deeply")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise TableError("is nested too deeply") from None
    except ValueError as error:
        raise TableError(f"is not TOML: {error}") from None


def _from_json(text: str) -> Any:
    _refuse_long(text)
    try:
        return json.loads(text, object_pairs_hook=_distinct_keys)
    except TableError:
        raise
    except RecursionError:
        raise TableError("is nested too deeply") from None
    except ValueError as error:
        raise TableError(f"is not JSON: {error}") from None


def _distinct_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for key, value in pairs:
        if key in table:
            raise TableError(f"{key!r} is given twice")
        table[key] = value
    return table


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

    It quotes whatever version 1.1 or 1.2 would not read as text.
    """

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> yaml.SequenceNode:
        plain = not any(isinstance(each, dict) for each in sequence)
        return super().represent_sequence(tag, sequence, flow_style=plain if flow_style is None else flow_style)


_Dumper.add_implicit_resolver("tag:yaml.org,2002:int", _INT, list("-+0123456789"))
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+.0123456789"))


def to_yaml(table: dict[str, Any]) -> str:
    """YAML that `from_yaml` reads back to an equal table."""
    return yaml.dump(table, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100, default_flow_style=False)

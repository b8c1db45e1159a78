"""Settings in words: name, type with its limits, default, and what each is for.

The one source of ``zoo show`` and of docs/settings.md. Types are read from the JSON schema
that pydantic makes of a settings class.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import json
import textwrap
from collections.abc import Mapping
from typing import Any, NamedTuple

from zoo_core.common.errors import PluginError
from zoo_core.parts.guarding import Guarded
from zoo_core.parts.settings import Settings

__all__ = ["SettingLine", "describe_settings", "description", "meanings"]

_LIMITS = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}
_PLAIN = {
    "boolean": ("true or false", "true or false"),
    "integer": ("whole number", "whole numbers"),
    "null": ("null", "null"),
    "number": ("number", "numbers"),
    "object": ("table", "tables"),
    "string": ("string", "strings"),
}


class SettingLine(NamedTuple):
    """One setting of a group.

    Attributes:
        name: the key in a configuration.
        type: in plain words, with its limits.
        default: as JSON has it, or ``required``.
        meaning: what it is for.
    """

    name: str
    type: str
    default: str
    meaning: str


def describe_settings(group: type[Settings]) -> list[SettingLine]:
    """The settings of a group in order; the name of a component is not one of them.

    Raises:
        PluginError: a type, or a default, cannot be put into words.
    """
    try:
        with Guarded():
            schema, told = group.model_json_schema(), meanings(group)
    except PluginError as error:
        raise PluginError(f"the settings of {group.__name__} cannot be described: {error}") from error
    models = schema.get("$defs", {})
    return [
        SettingLine(name, _words(each, models), _default(each), told.get(name, ""))
        for name, each in schema["properties"].items()
        if name != "name"
    ]


def meanings(group: type[Settings]) -> dict[str, str]:
    """The strings below the settings of a class and of those from which it derives."""
    found: dict[str, str] = {}
    for each in reversed(group.__mro__):
        if issubclass(each, Settings):
            found |= _strings_below_fields(each)
    return found


def _strings_below_fields(group: type[Settings]) -> dict[str, str]:
    try:
        module = ast.parse(textwrap.dedent(inspect.getsource(group)))
    except (OSError, TypeError):  # a class that was typed in has no source
        return {}
    return {
        field.target.id: " ".join(below.value.value.split())
        for field, below in itertools.pairwise(module.body[0].body)  # type: ignore[attr-defined]  # it is a class
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant) and isinstance(below.value.value, str)
    }


def description(group: type[Settings]) -> str:
    """The docstring of a group: what it is, and its source."""
    return inspect.cleandoc(group.__doc__ or "")


def _words(schema: Mapping[str, Any], models: Mapping[str, Any], many: bool = False) -> str:
    if "$ref" in schema:
        model = models[schema["$ref"].rpartition("/")[2]]
        has_name = "name" in model.get("properties", {})
        return ("names or tables" if has_name else "tables") if many else ("name or table" if has_name else "table")
    if "anyOf" in schema:
        return " or ".join(_words(each, models, many) for each in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return " or ".join(str(each) for each in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return _list_words(schema, models, many)
    if "format" in schema:
        return str(schema["format"])
    word = _PLAIN.get(schema.get("type", ""), ("anything", "anything"))[many]
    limits = [f"{sign} {schema[key]:g}" for key, sign in _LIMITS.items() if key in schema]
    return " ".join([word, " and ".join(limits)]).strip()


def _list_words(schema: Mapping[str, Any], models: Mapping[str, Any], many: bool) -> str:
    if "prefixItems" in schema:
        return f"{len(schema['prefixItems'])} {_words(schema['prefixItems'][0], models, many=True)}"
    return f"list{'s' if many else ''} of {_words(schema.get('items', {}), models, many=True)}"


def _default(schema: Mapping[str, Any]) -> str:
    if "default" not in schema:
        return "required"
    default = schema["default"]
    if isinstance(default, dict) and "name" in default:
        return str(default["name"])
    if isinstance(default, dict) and "$ref" in schema:
        return "see its own settings"
    if isinstance(default, list) and "$ref" in schema.get("items", {}):
        return json.dumps([each["name"] for each in default])
    return default if isinstance(default, str) and default else json.dumps(default, ensure_ascii=False)

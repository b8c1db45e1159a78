"""Says in the words of configuration files what pydantic says in the words of Python."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from zoo_core.common.messages import counted, did_you_mean, shown

__all__ = ["message_for"]

_PLAIN = {
    "bool_parsing": "should be true or false",
    "bool_type": "should be true or false",
    "dict_type": "should be a table",
    "float_parsing": "should be a number",
    "float_type": "should be a number",
    "int_from_float": "should be a whole number",
    "int_parsing": "should be a whole number",
    "int_type": "should be a whole number",
    "list_type": "should be a list",
    "model_type": "should be a table of settings",
    "path_type": "should be a path",
    "string_unicode": "holds half a character (a lone surrogate), which no file can hold",
    "tuple_type": "should be a list",
}


_SMALL = 1e-4


def message_for(detail: Any) -> str:
    """The message for a line of `ValidationError.errors()`.

    It says what is wrong, what was given, what is allowed, and what was probably meant.
    """
    kind, given, context = detail["type"], detail["input"], detail.get("ctx", {})
    if set(context) == {"text"}:
        return str(context["text"])  # a message that is complete already: see zoo_core.parts.settings.custom_error
    if kind == "missing":
        return (
            "is missing: the list is too short"
            if isinstance(detail["loc"][-1], int)
            else "is required, and was not given"
        )
    if kind == "string_type":
        hint = "; put it into quotes" if isinstance(given, bool | int | float) else ""
        return f"should be a string; given {shown(given)}{hint}"
    if kind == "greater_than_equal" and 0 < context["ge"] < _SMALL:  # pydantic would write a row of zeros
        return f"should be greater than or equal to {context['ge']:g}; given {shown(given)}"
    if kind in ("too_short", "too_long"):
        return _length(kind, context)
    if kind in ("literal_error", "enum"):
        allowed = re.findall(r"'([^']*)'", context["expected"])
        guess = did_you_mean(given, allowed) if isinstance(given, str) else ""
        return f"should be {context['expected']}; given {shown(given)}{guess}"
    if kind in ("value_error", "assertion_error"):
        return _own_words(str(context["error"]), given)
    return f"{_PLAIN.get(kind, detail['msg'].removeprefix('Input '))}; given {shown(given)}"


def _length(kind: str, context: Mapping[str, Any]) -> str:
    if kind == "too_short":
        least = counted(context["min_length"], "item")
        return f"should have at least {least}, and has {context['actual_length']}"
    most = counted(context["max_length"], "item")
    return f"should have at most {most}, and has {context['actual_length'] or 'more'}"


def _own_words(message: str, given: object) -> str:
    """What a validator raised; a whole table of settings is not repeated, and neither is what it quotes."""
    if isinstance(given, Mapping | BaseModel) or (isinstance(given, str) and shown(given) in message):
        return message
    if f"given {shown(given)};" in f"{message};":
        return message
    return f"{message}; given {shown(given)}"

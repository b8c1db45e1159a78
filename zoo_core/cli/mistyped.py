"""What is wrong with the arguments of a command, in the words of all messages, and what was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from zoo_core.common.messages import closest
from zoo_core.config.detector import DetectorConfig
from zoo_core.parts.validation_messages import message_for

__all__ = ["in_our_words"]

_SET = "--set"
_SETTING = re.compile(r"\(([a-z]\w*(?:\.\w+)*=[^ )]*)")
"""A setting among the arguments that typer calls unexpected."""


def in_our_words(error: Any, given: Sequence[str], options: Sequence[str]) -> str | None:
    """What is wrong, where that can be said better than typer does; else None.

    Args:
        error: typer's.
        given: the arguments of the command, as they were written.
        options: that the command has.
    """
    value = error.__context__
    if isinstance(value, ValidationError) and (parameter := getattr(error, "param", None)):
        name = next((each for each in parameter.opts if each.startswith("--")), parameter.metavar or parameter.name)
        return f"{name}: {message_for(value.errors(include_url=False)[0])}"
    hint = _way_to_set(error, given) if _SET in options else None
    return hint and f"{error.format_message()}; {hint}"


def _way_to_set(error: Any, given: Sequence[str]) -> str | None:
    """How the setting is changed that somebody wrote as an option, or as a word of its own."""
    message = error.format_message()
    if option := getattr(error, "option_name", None):
        paths = {path.rpartition(".")[2]: path for path in reversed([*_paths(DetectorConfig)])}
        near = closest(option.lstrip("-").replace("-", "_"), paths)
        return f"a setting is changed with {_SET} {paths[near]}=VALUE" if near else None
    if found := _SETTING.search(message):
        return f"a setting is changed with {_SET} {found[1]}"
    return f"{_SET} takes KEY=VALUE in one word" if "unexpected" in message and _SET in given else None


def _paths(group: type[BaseModel], around: str = "") -> Iterator[str]:
    """The dotted paths of the settings that every configuration has."""
    for name, field in group.model_fields.items():
        yield f"{around}{name}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _paths(field.annotation, f"{around}{name}.")

"""The names of a detector's classes."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from zoo_core.common.messages import listed

__all__ = ["Classes"]

_SHOWN = 30
"""Classes that a message names; there may be thousands."""


def _refuse_bare_string(names: object) -> object:
    if isinstance(names, str):
        raise ValueError(f"should be a list of names: write [{names}] for the one class {names!r}")
    return names


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError("a detector needs at least one class")
    repeated = sorted(name for name, count in Counter(names).items() if count > 1)
    if repeated:
        told = listed(map(repr, repeated), most=_SHOWN)
        raise ValueError(f"class names must be unique, but these repeat: {told}")
    if empty := [place for place, name in enumerate(names) if not name.strip()]:
        raise ValueError(f"every class needs a name, but classes[{empty[0]}] is empty")
    if halved := [place for place, name in enumerate(names) if not _can_be_written(name)]:
        raise ValueError(f"classes[{halved[0]}] holds half a character (a lone surrogate), which no file can hold")
    return names


def _can_be_written(name: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


Classes = Annotated[tuple[str, ...], BeforeValidator(_refuse_bare_string), AfterValidator(_distinct)]
"""At least one, each with a name of its own."""

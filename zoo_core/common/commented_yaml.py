"""YAML with comments: above a setting for what it is, behind it for where it is from."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from zoo_core.common.tables import to_yaml

__all__ = ["commented_yaml"]

_WIDTH = 100
Place = tuple[str, ...]


def _nothing(_: Place) -> str:
    return ""


def commented_yaml(
    table: Mapping[str, Any], above: Callable[[Place], str] = _nothing, behind: Callable[[Place], str] = _nothing
) -> str:
    """YAML that reads back to an equal table.

    Args:
        table: of settings.
        above: the comment above the setting to which some keys lead, in one line however long; empty for none.
        behind: the comment at its end; for settings that are no tables.
    """
    return "".join(f"{line}\n" for line in _lines(table, (), above, behind))


def _lines(
    table: Mapping[str, Any], around: Place, above: Callable[[Place], str], behind: Callable[[Place], str]
) -> Iterator[str]:
    margin = "  " * len(around)
    for key, value in table.items():
        place = (*around, key)
        if comment := above(place):
            yield from textwrap.wrap(
                comment,
                _WIDTH,
                initial_indent=f"{margin}# ",
                subsequent_indent=f"{margin}# ",
                break_long_words=False,
                break_on_hyphens=False,
            )
        if isinstance(value, Mapping) and value:
            yield f"{margin}{to_yaml({key: None}).partition(':')[0]}:"
            yield from _lines(value, place, above, behind)
        else:
            first, *rest = to_yaml({key: value}).splitlines()
            ending = f"  # {origin}" if (origin := behind(place)) else ""
            if rest and isinstance(value, str):  # which a comment would end
                rest[-1] += ending
            else:
                first += ending
            yield from (f"{margin}{line}" for line in (first, *rest))

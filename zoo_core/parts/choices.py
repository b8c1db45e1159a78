"""Settings that are a choice among several groups, each known by a name, which alone stands for its defaults."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from zoo_core.common.messages import did_you_mean, listed, shown
from zoo_core.parts.settings import Settings

__all__ = ["NamedSettings", "choice"]


class NamedSettings(Settings):
    """A group of settings that can be chosen; a subclass gives `name` the one value that it has."""

    name: str


def choice(what: str, options: Iterable[type[NamedSettings]]) -> Callable[[object], object]:
    """A validator that makes the chosen group of a name, or of a table with a name.

    Args:
        what: what is chosen, with its article, as ``"a step"``.
        options: the groups.
    """
    thing = what.partition(" ")[2]
    by_name = {str(option.model_fields["name"].default): option for option in options}

    def chosen(value: object) -> object:
        if isinstance(value, NamedSettings):
            return value
        table = {"name": value} if isinstance(value, str) else value
        name = table.get("name") if isinstance(table, Mapping) else None
        if not isinstance(table, Mapping) or not isinstance(name, str):
            nameless = f"given {shown(value)}; " if isinstance(table, Mapping) else ""  # all else is shown anyway
            raise ValueError(
                f"should be the name of {what}, or a table with a name; {nameless}{thing}s: {listed(by_name)}"
            )
        if name not in by_name:
            guess = did_you_mean(name, by_name, otherwise=";")
            raise ValueError(f"no {thing} is named {name!r}{guess} {thing}s: {listed(by_name)}")
        return by_name[name].model_validate(dict(table))

    return chosen

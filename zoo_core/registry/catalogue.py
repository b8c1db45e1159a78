"""The parts of one kind, by the names that a configuration gives them.

A part that only one plugin provides is chosen by its plain name. When two provide the same name neither wins
silently: each is chosen with its package, ``package:name``. Only the zoo's own packages keep
their plain names, so that no other installation changes what a configuration means.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from zoo_core.registry.contributions import Plugin, normalized
from zoo_core.registry.known_plugins import OWN_PACKAGES

__all__ = ["Catalogue", "Entry"]

Part = TypeVar("Part")


@dataclass(frozen=True)
class Entry(Generic[Part]):
    """A part, its plain name, and the plugin that provides it."""

    name: str
    part: Part
    owner: Plugin

    @property
    def full_name(self) -> str:
        """The name with its package, which is never ambiguous."""
        return f"{self.owner.package}:{self.name}"


class Catalogue(Generic[Part]):
    """Entries in the order in which plugins were loaded."""

    def __init__(self) -> None:
        self._entries: dict[str, list[Entry[Part]]] = {}

    def __iter__(self) -> Iterator[Entry[Part]]:
        for entries in self._entries.values():
            yield from entries

    def add(self, entry: Entry[Part]) -> None:
        """Add an entry to those of its name."""
        self._entries.setdefault(entry.name, []).append(entry)

    def named(self, name: str) -> list[Entry[Part]]:
        """All entries of a plain name."""
        return self._entries.get(name, [])

    def meant_by(self, said: str) -> list[Entry[Part]]:
        """The entry that a plain name or ``package:name`` stands for; several when it is ambiguous."""
        if entries := self.named(said):
            return [entry for entry in entries if self.name_of(entry) == said] or entries
        package, _, name = said.partition(":")
        return [entry for entry in self.named(name) if entry.owner.package == normalized(package)]

    def rivals_of(self, entry: Entry[Part]) -> list[Entry[Part]]:
        """The other entries of its name; none for an entry that keeps the plain name for itself."""
        first, *_ = entries = self.named(entry.name)
        if entry is first and entry.owner.package in OWN_PACKAGES:
            return []
        return [other for other in entries if other is not entry]

    def name_of(self, entry: Entry[Part]) -> str:
        """The name by which a configuration chooses an entry: its plain name where that is enough."""
        return entry.full_name if self.rivals_of(entry) else entry.name

    def by_name(self) -> dict[str, Part]:
        """All parts by the names by which a configuration chooses them, in alphabetical order."""
        return dict(sorted((self.name_of(entry), entry.part) for entry in self))

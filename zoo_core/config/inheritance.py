"""What a configuration takes over from another: ``extends`` names a detector or a file, whose settings it begins with.

The settings of both are one table, in which those of the extending one win: tables are merged key by key, lists and
single values are replaced. A part whose ``name`` changes is replaced whole, for its settings mean nothing to another
part. ``null`` takes an inherited setting away, so that its default holds.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from zoo_core.common.errors import ConfigError, Problem, UnknownNameError
from zoo_core.common.files import as_path, exists, names_beside
from zoo_core.common.messages import shown
from zoo_core.common.tables import ENDINGS, read_table
from zoo_core.config.search import RANGES, SEARCH
from zoo_core.parts.components import KINDS
from zoo_core.parts.kind_names import kind_of_setting
from zoo_core.registry.registry import Registry

__all__ = ["EXTENDS", "Inheritance", "Layer", "Place", "is_file_name", "layer_of"]

EXTENDS = "extends"
Place = tuple[str, ...]
"""The keys that lead to a setting."""


@dataclass(frozen=True)
class Layer:
    """One of the tables of which a configuration is made.

    Attributes:
        title: the file, or the name of the detector.
        table: what stands there, `extends` included.
        file: from whose folder `extends` is read; None where there is no file.
    """

    title: str
    table: Mapping[Any, Any]
    file: Path | None = None

    @property
    def identity(self) -> str:
        """Equal for equal files, however they are named."""
        return os.path.realpath(self.file) if self.file else self.title


def is_file_name(name: str | Path) -> bool:
    """Whether the name of a configuration means a file: by its ending, or since one is there."""
    path = as_path(name)
    return path.suffix.lower() in ENDINGS or bool(path.name and exists(path))


def layer_of(name: str | Path, registry: Registry, folder: Path = Path()) -> Layer:
    """What stands in a file, or in a registered detector.

    Args:
        name: of the detector, or the path of the file.
        registry: that has the detectors.
        folder: from which the path leads to the file.

    Raises:
        UnknownNameError: there is neither.
        ConfigError: the file is not a table.
    """
    if isinstance(name, str) and name in registry.detectors():
        return Layer(name, registry.detector(name))
    path = _tidy(folder / as_path(name))
    if is_file_name(path):
        return Layer(str(path), read_table(path), path)
    return Layer(str(name), registry.detector(str(name)))  # unknown, so that this says which names are near


@dataclass
class Inheritance:
    """A configuration's table, merged from the layers of a chain of `extends`.

    Attributes:
        layers: the extending ones before those that they extend.
        table: all of them merged.
    """

    layers: list[Layer]
    table: dict[Any, Any] = field(default_factory=dict)
    _origins: dict[Place, str] = field(default_factory=dict)

    @classmethod
    def of(cls, first: Layer, registry: Registry) -> Self:
        """Follow `extends` from a layer to its end.

        Raises:
            ConfigError: something in the chain is missing, not a configuration, or extends itself.
        """
        layers = [first]
        while layers[-1].table.get(EXTENDS) is not None:
            layers.append(_extended(layers, registry))
        whole = cls(layers)
        for layer in reversed(layers):
            own = {key: value for key, value in layer.table.items() if key != EXTENDS}
            whole.table = whole._merged(whole.table, own, (), layer.title, registry)
        return whole

    def origin(self, place: Iterable[object]) -> str:
        """The layer that says what stands at a place, or the nearest thing around it."""
        path = tuple(map(str, place))
        known = (self._origins.get(path[:length]) for length in range(len(path), 0, -1))
        return next(filter(None, known), self.layers[0].title)

    def setter(self, place: Place) -> str | None:
        """The layer that sets a single setting; None where its default holds."""
        name_alone = self._origins.get(place[:-1]) if place[-1:] == ("name",) else None
        return self._origins.get(place, name_alone)

    def located(self, problem: Problem, place: Iterable[object]) -> Problem:
        """A problem that says in which layer it stands, where that is not the first."""
        origin = self.origin(place)
        return problem if origin == self.layers[0].title else problem._replace(source=origin)

    def _merged(
        self, base: Mapping[Any, Any], own: Mapping[Any, Any], around: Place, title: str, registry: Registry
    ) -> dict[Any, Any]:
        result = dict(base)
        for key, value in own.items():
            place = (*around, str(key))
            if value is None and key in result:
                del result[key]
                self._note(place, value, title)
            elif _is_range(place, value):
                result[key] = value
                self._note(place, value, title)
            elif (tables := _continued(key, result.get(key), value, registry)) is not None:
                result[key] = self._merged(*tables, place, title, registry)
            else:
                result[key] = value
                self._note(place, value, title)
        return result

    def _note(self, place: Place, value: object, title: str) -> None:
        """Remember who set a value and, where it is a table, what is in it; what was there before is forgotten."""
        for known in [known for known in self._origins if known[: len(place)] == place]:
            del self._origins[known]
        self._origins[place] = title
        for key, inner in value.items() if isinstance(value, Mapping) else ():
            self._note((*place, str(key)), inner, title)


def _is_range(place: Place, value: object) -> bool:
    """Whether a value says what is tried for a setting, of which it has one kind: another one replaces it whole."""
    return place[0] == SEARCH and isinstance(value, Mapping) and any(name in value for name in RANGES)


def _continued(
    key: object, base: object, own: object, registry: Registry
) -> tuple[Mapping[Any, Any], Mapping[Any, Any]] | None:
    """The tables to be merged where a value continues that of its base; None where it replaces it."""
    kind = kind_of_setting(str(key))
    if kind not in KINDS:
        return (base, own) if isinstance(base, Mapping) and isinstance(own, Mapping) else None
    before, after = _part(base), _part(own)
    if before is None or after is None:
        return None
    if after.get("name") is None and "name" not in after:
        return before, after
    if _is_same(kind, before.get("name"), after["name"], registry):
        return before, {inner: value for inner, value in after.items() if inner != "name"}
    return None


def _part(value: object) -> Mapping[Any, Any] | None:
    """The table of a part, for which its name can stand; None for anything else."""
    if isinstance(value, str):
        return {"name": value}
    return value if isinstance(value, Mapping) else None


def _is_same(kind: str, one: object, other: object, registry: Registry) -> bool:
    """Whether two names mean one part: one of them may be said with its package."""
    if one == other or not isinstance(one, str) or not isinstance(other, str):
        return one == other
    try:
        return registry.component(kind, one) is registry.component(kind, other)
    except UnknownNameError:  # told when the part is looked up
        return False


def _extended(layers: list[Layer], registry: Registry) -> Layer:
    """The layer that the last one extends."""
    first, last = layers[0], layers[-1]
    name = last.table[EXTENDS]

    def refused(message: str) -> ConfigError:
        return ConfigError(first.title, [Problem(EXTENDS, message, "" if last is first else last.title)])

    if not isinstance(name, str | Path) or not str(name).strip():
        raise refused(f"should be the name of a detector, or a file; given {shown(name)}")
    try:
        layer = layer_of(name, registry, last.file.parent if last.file else Path())
    except UnknownNameError as error:
        file = _with_ending(name, last)
        raise refused(f"no detector is named {str(name)!r}; did you mean {file!r}?" if file else str(error)) from None
    for number, above in enumerate(layers):
        if above.identity == layer.identity:
            circle = [each.title for each in (*layers[number:], above)]
            raise refused(f"goes round in a circle: {' extends '.join(circle)}")
    return layer


def _with_ending(name: str | Path, layer: Layer) -> str | None:
    """The file that is meant by a name whose ending was left out, as `extends` should have it."""
    path = (layer.file.parent if layer.file else Path()) / as_path(name)
    near = [each for each in sorted(names_beside(path)) if each in {f"{path.name}{ending}" for ending in ENDINGS}]
    return str(Path(name).with_name(near[0])) if near else None


def _tidy(path: Path) -> Path:
    """The path without ``..`` where that leads to the same file, as it does unless a folder is a link."""
    short = Path(os.path.normpath(path))
    try:
        return short if os.path.realpath(short) == os.path.realpath(path) else path
    except (OSError, ValueError):  # no file can be called so, which is told when it is read
        return path

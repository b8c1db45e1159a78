"""What a configuration with the parts of a registered detector leaves to the parts' own defaults.

A detector is its parts and how they are set and trained. Whoever names its parts and not the detector gets another
one, which trains far worse, and nothing is wrong with it that a check could find.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from zoo_core.common.messages import listed, shown
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.inheritance import Inheritance, Place
from zoo_core.config.loading import load_config
from zoo_core.config.overrides import Overrides, pairs_of
from zoo_core.registry.registry import Registry

__all__ = ["recipe_note"]

_PARTS = ("backbone", "anchors", "targets", "loss")
_RECIPE = (*_PARTS, "resize", "head", "normalization", "nms", "training")
_TOLD = 4


class _Setting(NamedTuple):
    place: str
    here: Any
    there: Any

    def __str__(self) -> str:
        return f"{self.place} is {shown(self.here)} (there {shown(self.there)})"


def recipe_note(
    whole: Inheritance, config: DetectorConfig, registry: Registry, overrides: Overrides | None = None
) -> str | None:
    """A sentence about the settings that a registered detector of the same parts has otherwise, and nobody set here.

    Args:
        whole: of which the configuration was made.
        config: the configuration.
        registry: that has the detectors.
        overrides: settings that were given beside the file.

    Returns:
        None where there is nothing to say, as for what extends a detector.
    """
    first = whole.layers[0]
    if first.title in registry.detectors() or len(whole.layers) > 1:
        return None
    alike = [(name, load_config(name, registry=registry)) for name in _with_equal_parts(whole.table, registry)]
    if not alike:
        return None
    name, nearest = min(alike, key=lambda each: each[1].input_size != config.input_size)
    own, theirs = (each.model_dump(mode="json", include=set(_RECIPE)) for each in (config, nearest))
    given = [place for place, _ in pairs_of(overrides)]
    other = [each for each in _differences(own, theirs, "") if not _is_set(tuple(each.place.split(".")), whole, given)]
    if not other:
        return None
    return (
        f"the parts are those of {name}, but of its settings these are left out, and have the parts' defaults: "
        f"{listed(map(str, other), most=_TOLD)}; to begin with all of its settings, add `extends: {name}`"
    )


def _is_set(place: Place, whole: Inheritance, given: Iterable[Place]) -> bool:
    """Whether somebody set a single setting: in the configuration, or beside it."""
    return whole.setter(place) is not None or any(place[: len(each)] == each for each in given)


def _with_equal_parts(table: Mapping[Any, Any], registry: Registry) -> list[str]:
    named = [_name(table.get(kind)) for kind in _PARTS]
    detectors = registry.detectors().items()
    return [name for name, theirs in detectors if [_name(theirs.get(kind)) for kind in _PARTS] == named]


def _name(part: object) -> object:
    if isinstance(part, Mapping):
        return part.get("name")
    return getattr(part, "name", part)


def _differences(own: Mapping[str, Any], theirs: Mapping[str, Any], around: str) -> Iterator[_Setting]:
    for key, there in theirs.items():
        here, place = own.get(key), f"{around}{key}"
        if isinstance(here, Mapping) and isinstance(there, Mapping):
            if here.get("name") == there.get("name"):
                yield from _differences(here, there, f"{place}.")
            else:  # what else is set there means nothing to this one
                yield _Setting(f"{place}.name", here.get("name"), there.get("name"))
        elif here != there:
            yield _Setting(place, here, there)

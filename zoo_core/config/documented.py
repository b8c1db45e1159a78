"""A configuration as a file to be edited: all its settings, each below what it is for."""

from __future__ import annotations

from collections.abc import Iterator

from zoo_core.common.commented_yaml import commented_yaml
from zoo_core.config.detector import DetectorConfig
from zoo_core.parts.component_settings import ComponentSettings
from zoo_core.parts.description import description, meanings
from zoo_core.parts.settings import Settings

__all__ = ["documented_yaml"]


def documented_yaml(config: DetectorConfig) -> str:
    """The whole configuration as YAML with a comment above each setting; reads back to an equal object."""
    comments = dict(_comments(config, ()))
    return commented_yaml(config.model_dump(mode="json"), lambda place: comments.get(place, ""))


def _comments(group: Settings, around: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, meaning in meanings(type(group)).items():
        yield (*around, name), meaning.replace("``", "")
    if isinstance(group, ComponentSettings):
        yield (*around, "name"), description(type(group)).partition("\n")[0]
    for name in type(group).model_fields:
        if isinstance(value := getattr(group, name), Settings):
            yield from _comments(value, (*around, name))

"""The parts of a configuration that are not installed here, which finding objects does not need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from zoo_core.common.errors import ConfigError, Problem, UnknownNameError
from zoo_core.config.detector import DetectorConfig
from zoo_core.parts.absent import Absent
from zoo_core.parts.components import ComponentSettings
from zoo_core.registry.lookup import Lookup
from zoo_core.registry.registry import default_registry

__all__ = ["absent_parts", "require_parts", "why_absent"]


def absent_parts(config: DetectorConfig) -> dict[str, ComponentSettings]:
    """The stand-ins for parts that are not installed, by the places of the settings that choose them."""
    return dict(_absent(config, ""))


def _absent(value: Any, place: str) -> Iterator[tuple[str, ComponentSettings]]:
    if isinstance(value, Absent) and isinstance(value, ComponentSettings):
        yield place, value
    elif isinstance(value, tuple):
        for index, each in enumerate(value):
            yield from _absent(each, f"{place}[{index}]")
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _absent(getattr(value, name), f"{place}.{name}" if place else name)


def why_absent(part: ComponentSettings, registry: Lookup) -> str:
    """Why a part is not here, and the package that has it where that is known."""
    try:
        registry.component(part.kind, part.name)
    except UnknownNameError as error:
        return str(error)
    return f"{part.name!r} was not there when this configuration was opened; open it again"


def require_parts(config: DetectorConfig) -> None:
    """Refuse to train with a configuration of which a part is not installed.

    Raises:
        ConfigError: one is not; says which, and how it can be installed where that is known.
    """
    registry = default_registry()
    if problems := [Problem(place, why_absent(part, registry)) for place, part in absent_parts(config).items()]:
        raise ConfigError("configuration", problems)

"""Settings that choose a part: by its name, which stands for its defaults, or as a table with a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BeforeValidator, SerializationInfo, SerializerFunctionWrapHandler, ValidationInfo, WrapSerializer

from zoo_core.parts.components import ComponentSettings
from zoo_core.registry.registry import Registry, default_registry, settings_from

__all__ = ["NAMED", "chosen"]


def chosen(kind: str, usual: str | None = None) -> BeforeValidator:
    """Looks up a part of this kind in the registry of the validation context, else in that of all that is installed.

    Args:
        kind: of the part.
        usual: the part that a table without a name means; None where it has to be named.
    """

    def validate(value: object, info: ValidationInfo) -> object:
        if usual and isinstance(value, Mapping) and "name" not in value:
            value = {"name": usual, **value}
        return settings_from(_registry(info), kind, value)

    return BeforeValidator(validate)


def _with_its_name(
    settings: ComponentSettings, handler: SerializerFunctionWrapHandler, info: SerializationInfo
) -> dict[str, Any]:
    """The table of a component, under the name by which this configuration finds it again."""
    return {**handler(settings), "name": _registry(info).name_of(settings)}


def _registry(info: ValidationInfo | SerializationInfo) -> Registry:
    registry: Registry | None = (info.context or {}).get("registry")
    return registry or default_registry()


NAMED = WrapSerializer(_with_its_name)
"""Writes a part as a table from which `chosen` reads it again."""

"""Settings that choose a part: by its name, which stands for its defaults, or as a table with a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    SerializationInfo,
    SerializeAsAny,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    WrapSerializer,
)

from zoo_core.parts.components import (
    AnchorSettings,
    AugmentationSettings,
    BackboneSettings,
    ComponentSettings,
    DatasetSettings,
    HeadSettings,
    LoggerSettings,
    LossSettings,
    NeckSettings,
    OptimizerSettings,
    ResizeSettings,
    ScheduleSettings,
    TargetEncoderSettings,
)
from zoo_core.registry.choosing import settings_from, stand_in
from zoo_core.registry.registry import Registry, default_registry

__all__ = [
    "MAY_LACK",
    "ChosenAnchors",
    "ChosenAugmentation",
    "ChosenBackbone",
    "ChosenData",
    "ChosenHead",
    "ChosenLogger",
    "ChosenLoss",
    "ChosenNeck",
    "ChosenOptimizer",
    "ChosenResize",
    "ChosenSchedule",
    "ChosenTargets",
]


MAY_LACK = "may_lack"
"""In the context of validation, which parts need not be installed: called with their kind and their name."""


def _chosen(kind: str, nameless: str | None = None) -> BeforeValidator:
    """Looks up a part of this kind in the registry of the validation context, else in that of everything installed.

    Args:
        kind: kind of the part.
        nameless: name of the part that a table without a name sets; None where a table needs one.
    """

    def validate(value: object, info: ValidationInfo) -> object:
        if nameless and isinstance(value, Mapping) and "name" not in value:
            value = {"name": nameless, **value}
        registry, may_lack = _registry(info), (info.context or {}).get(MAY_LACK)
        if may_lack and (absent := stand_in(registry, kind, value, may_lack)):
            return absent
        return settings_from(registry, kind, value)

    return BeforeValidator(validate)


def _with_its_name(
    settings: ComponentSettings, handler: SerializerFunctionWrapHandler, info: SerializationInfo
) -> dict[str, Any]:
    """The table of a component, under the name by which this configuration finds it again."""
    return {**handler(settings), "name": _registry(info).name_of(settings)}


def _registry(info: ValidationInfo | SerializationInfo) -> Registry:
    registry: Registry | None = (info.context or {}).get("registry")
    return registry or default_registry()


_NAMED = WrapSerializer(_with_its_name)
"""Writes a part as a table from which `_chosen` reads it again."""

ChosenBackbone = Annotated[SerializeAsAny[BackboneSettings], _chosen("backbone"), _NAMED]
ChosenNeck = Annotated[SerializeAsAny[NeckSettings], _chosen("neck"), _NAMED]
ChosenAnchors = Annotated[SerializeAsAny[AnchorSettings], _chosen("anchors"), _NAMED]
ChosenHead = Annotated[SerializeAsAny[HeadSettings], _chosen("head", nameless="ssd"), _NAMED]
ChosenTargets = Annotated[SerializeAsAny[TargetEncoderSettings], _chosen("targets"), _NAMED]
ChosenLoss = Annotated[SerializeAsAny[LossSettings], _chosen("loss"), _NAMED]
ChosenResize = Annotated[SerializeAsAny[ResizeSettings], _chosen("resize", "stretch"), _NAMED]
ChosenData = Annotated[SerializeAsAny[DatasetSettings], _chosen("dataset"), _NAMED]
ChosenAugmentation = Annotated[SerializeAsAny[AugmentationSettings], _chosen("augmentation"), _NAMED]
ChosenOptimizer = Annotated[SerializeAsAny[OptimizerSettings], _chosen("optimizer", "sgd"), _NAMED]
ChosenLogger = Annotated[SerializeAsAny[LoggerSettings], _chosen("logger"), _NAMED]
ChosenSchedule = Annotated[SerializeAsAny[ScheduleSettings], _chosen("schedule", "cosine"), _NAMED]

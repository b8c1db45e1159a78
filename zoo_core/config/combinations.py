"""The settings of a detector that have to go together, told beside the faults of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError, ValidationInfo

from zoo_core.common.errors import Problem
from zoo_core.config.chosen_parts import ChosenAnchors, ChosenBackbone, ChosenData, ChosenResize
from zoo_core.config.classes import Classes
from zoo_core.config.fit import incompatibilities, resize_incompatibilities, strange_classes
from zoo_core.config.input_size import InputSize
from zoo_core.config.resize import StretchResize
from zoo_core.parts.settings import UNKNOWN_SETTING

__all__ = ["problems_of_combinations"]


class _Shapes(BaseModel):
    """The settings on which the shapes of the network depend, without the rest."""

    input_size: InputSize
    backbone: ChosenBackbone
    anchors: ChosenAnchors

    def incompatibilities(self) -> Iterator[Problem]:
        return incompatibilities(self.input_size, self.backbone, self.anchors)


class _Resizing(_Shapes):
    """The same and how pictures are resized, on which the sizes of the input depend."""

    resize: ChosenResize = StretchResize()

    def incompatibilities(self) -> Iterator[Problem]:
        return resize_incompatibilities(self.input_size, self.backbone, self.anchors, self.resize)


class _Labels(BaseModel):
    """The settings on which the labels depend, without the rest."""

    classes: Classes
    data: ChosenData | None = None

    def incompatibilities(self) -> Iterator[Problem]:
        return strange_classes(self.classes, self.data) if self.data else iter(())


_COMBINATIONS: tuple[type[_Shapes | _Labels], ...] = (_Shapes, _Resizing, _Labels)
"""What must fit together."""


def problems_of_combinations(
    config: BaseModel | None, source: object, faults: Sequence[Any], info: ValidationInfo
) -> Iterator[Problem]:
    """What of a configuration does not go together, as far as single faults leave that clear.

    Args:
        config: the configuration; None where it has faults.
        source: what it is made of.
        faults: what is wrong with its single settings, as pydantic says it.
        info: pydantic's, with the context.
    """
    for combination in _COMBINATIONS:
        if config is not None:
            settings = combination.model_construct(**{name: getattr(config, name) for name in combination.model_fields})
        elif (found := _settings_of(combination, source, faults, info)) is not None:
            settings = found
        else:
            continue
        yield from settings.incompatibilities()


def _settings_of(
    combination: type[_Shapes | _Labels], source: object, faults: Sequence[Any], info: ValidationInfo
) -> _Shapes | _Labels | None:
    """What must go together of a configuration with faults; None when a part of it is invalid itself.

    Unknown settings are ignored, for the parts are clear without them.
    """
    if not isinstance(source, Mapping):
        return None
    table = {name: source[name] for name in combination.model_fields if name in source}
    for place, *inner in (fault["loc"] for fault in faults if fault["type"] == UNKNOWN_SETTING):
        if place in table and len(inner) == 1:
            table[place] = {key: value for key, value in table[place].items() if str(key) != inner[0]}
    try:
        return combination.model_validate(table, context=info.context)
    except ValidationError:
        return None

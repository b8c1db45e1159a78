"""The settings of a detector that have to go together, told beside the faults of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError, ValidationInfo

from zoo_core.common.errors import Problem
from zoo_core.config.batching import MixupSettings, MultiScaleSettings
from zoo_core.config.chosen_parts import (
    ChosenAnchors,
    ChosenBackbone,
    ChosenHead,
    ChosenLoss,
    ChosenNeck,
    ChosenResize,
    ChosenTargets,
)
from zoo_core.config.device import Device
from zoo_core.config.engines import EngineName
from zoo_core.config.features import Features
from zoo_core.config.fit import (
    code_incompatibilities,
    exchange_incompatibility,
    head_incompatibilities,
    incompatibilities,
    input_incompatibilities,
    mixup_incompatibilities,
    part_incompatibilities,
    resize_incompatibilities,
    score_incompatibilities,
    size_incompatibilities,
)
from zoo_core.config.head import SsdHeadSettings
from zoo_core.config.input_size import InputSize
from zoo_core.config.labels import LabelledData
from zoo_core.config.resize import StretchResize
from zoo_core.parts.settings import UNKNOWN_SETTING

__all__ = ["problems_of_combinations"]


class _Input(BaseModel):
    """The settings that decide whether images are large enough."""

    input_size: InputSize
    backbone: ChosenBackbone

    def incompatibilities(self) -> Iterator[Problem]:
        return input_incompatibilities(self.input_size, self.backbone)


class _Shapes(_Input):
    """The settings on which the shapes of the network depend, without the rest."""

    neck: ChosenNeck | None = None
    anchors: ChosenAnchors

    @property
    def features(self) -> Features:
        return Features(self.backbone, self.neck)

    def incompatibilities(self) -> Iterator[Problem]:
        return incompatibilities(self.input_size, self.features, self.anchors)


class _Predicting(_Shapes):
    """The same and what predicts from the feature maps; apart, so that a faulty head hides no fault of size."""

    head: ChosenHead = SsdHeadSettings()

    def incompatibilities(self) -> Iterator[Problem]:
        return head_incompatibilities(self.input_size, self.features, self.anchors, self.head)


class _Resizing(_Predicting):
    """The same and how pictures are resized, on which the sizes of the input depend."""

    resize: ChosenResize = StretchResize()

    def incompatibilities(self) -> Iterator[Problem]:
        return resize_incompatibilities(self.input_size, self.features, self.anchors, self.head, self.resize)


class _Batching(BaseModel):
    """How batches of training differ from single images, without the rest of training."""

    multi_scale: MultiScaleSettings | None = None
    mixup: MixupSettings | None = None


class _Scales(_Predicting):
    """What predicts, and the sizes of the input that training draws."""

    training: _Batching = _Batching()

    def incompatibilities(self) -> Iterator[Problem]:
        scales = self.training.multi_scale
        sizes = scales.sizes(self.input_size) if scales else ()
        return size_incompatibilities(sizes, self.input_size, self.features, self.anchors, self.head)


class _Mixup(BaseModel):
    """What learns, and whether images are blended."""

    loss: ChosenLoss
    training: _Batching = _Batching()

    def incompatibilities(self) -> Iterator[Problem]:
        return mixup_incompatibilities(self.loss) if self.training.mixup else iter(())


class _InParts(BaseModel):
    """Into how many parts a batch is cut."""

    parts: int = 1


class _Parts(BaseModel):
    """What computes the parts of a batch, and what adds them up."""

    loss: ChosenLoss
    training: _InParts = _InParts()
    device: Device = "auto"

    def incompatibilities(self) -> Iterator[Problem]:
        return part_incompatibilities(self.loss, self.training.parts, self.device)


class _Exchanging(BaseModel):
    """How workers add up what their parts of a batch contribute."""

    exchange: str = "exact"


class _Exchange(BaseModel):
    """What adds up parts, and what computes them; which engine ``auto`` is depends on the machine."""

    training: _Exchanging = _Exchanging()
    engine: EngineName = "auto"

    def incompatibilities(self) -> Iterator[Problem]:
        problem = exchange_incompatibility(self.training.exchange, self.engine)
        return iter([problem] if problem else ())


class _Scores(BaseModel):
    """What predicts scores, and what judges them."""

    head: ChosenHead = SsdHeadSettings()
    loss: ChosenLoss

    def incompatibilities(self) -> Iterator[Problem]:
        return score_incompatibilities(self.head, self.loss)


class _Codes(BaseModel):
    """What makes targets, and what judges predictions by them."""

    targets: ChosenTargets
    loss: ChosenLoss

    def incompatibilities(self) -> Iterator[Problem]:
        return code_incompatibilities(self.targets, self.loss)


_Combination = _Input | _Scores | _Codes | _Mixup | _Parts | _Exchange | LabelledData
_COMBINATIONS: tuple[type[_Combination], ...] = (
    _Input,
    _Shapes,
    _Predicting,
    _Resizing,
    _Scales,
    _Scores,
    _Codes,
    _Mixup,
    _Parts,
    _Exchange,
    LabelledData,
)
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
    combination: type[_Combination], source: object, faults: Sequence[Any], info: ValidationInfo
) -> _Combination | None:
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

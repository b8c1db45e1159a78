"""Stand-ins for parts that a detector does not need to find objects, where their packages are not installed.

What a configuration says of them is kept as it stands there, so that what is written of it is whole, and finds them
again where they are.
"""

from typing import NoReturn

from pydantic import ConfigDict

from zoo_core.common.errors import PluginError
from zoo_core.parts.absent import Absent
from zoo_core.parts.component_settings import ComponentSettings
from zoo_core.parts.components import DatasetSettings
from zoo_core.parts.training_components import (
    AugmentationSettings,
    LoggerSettings,
    OptimizerSettings,
    ScheduleSettings,
    Span,
)

__all__ = ["STAND_INS"]

_AS_GIVEN = ConfigDict(extra="allow")


class _AbsentAugmentation(Absent, AugmentationSettings):
    model_config = _AS_GIVEN


class _AbsentDataset(Absent, DatasetSettings):
    model_config = _AS_GIVEN


class _AbsentLogger(Absent, LoggerSettings):
    model_config = _AS_GIVEN


class _AbsentOptimizer(Absent, OptimizerSettings):
    model_config = _AS_GIVEN


class _AbsentSchedule(Absent, ScheduleSettings):
    model_config = _AS_GIVEN

    def factor(self, done: int, span: Span) -> NoReturn:  # noqa: ARG002  # as every schedule
        raise PluginError(f"schedule {self.name!r} is not installed")


STAND_INS: dict[str, type[ComponentSettings]] = {
    each.kind: each for each in (_AbsentAugmentation, _AbsentDataset, _AbsentLogger, _AbsentOptimizer, _AbsentSchedule)
}
"""The stand-in of each kind that only training and scoring use."""

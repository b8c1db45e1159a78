"""The classes of a configuration and its data set: all that opening data takes, which needs no part of a network."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from zoo_core.common.errors import Problem
from zoo_core.config.chosen_parts import ChosenData
from zoo_core.config.classes import Classes
from zoo_core.config.fit import strange_classes

__all__ = ["LabelledData"]


class LabelledData(BaseModel):
    """The settings on which labels depend, without the rest of a configuration."""

    model_config = ConfigDict(frozen=True)

    classes: Classes
    data: ChosenData | None = None

    def incompatibilities(self) -> Iterator[Problem]:
        """Why they do not go together."""
        return strange_classes(self.classes, self.data) if self.data else iter(())

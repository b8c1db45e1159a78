"""The classes of a configuration and its data set: all that opening data takes, which needs no part of a network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, SerializeAsAny

from zoo_core.common.errors import Problem
from zoo_core.common.messages import listed
from zoo_core.config.chosen_parts import NAMED, chosen
from zoo_core.config.fit import strange_classes
from zoo_core.parts.components import DatasetSettings

__all__ = ["ClassNames", "Data", "LabelledData"]

_SHOWN = 30
"""Classes that a message names; there may be thousands."""


def _no_bare_string(value: object) -> object:
    if isinstance(value, str):
        raise ValueError(f"should be a list of names: write [{value}] for the one class {value!r}")
    return value


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError("a detector needs at least one class")
    repeated = sorted(name for name, count in Counter(names).items() if count > 1)
    if repeated:
        told = listed(map(repr, repeated), most=_SHOWN)
        raise ValueError(f"every class has its own name, and these repeat: {told}")
    if empty := [place for place, name in enumerate(names) if not name.strip()]:
        raise ValueError(f"every class has a name, and that of classes[{empty[0]}] is empty")
    if halved := [place for place, name in enumerate(names) if not _can_be_written(name)]:
        raise ValueError(f"classes[{halved[0]}] holds half a character (a lone surrogate), which no file can hold")
    return names


def _can_be_written(name: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


ClassNames = Annotated[tuple[str, ...], AfterValidator(_distinct), BeforeValidator(_no_bare_string)]
Data = Annotated[SerializeAsAny[DatasetSettings], chosen("dataset"), NAMED]


class LabelledData(BaseModel):
    """The settings on which labels depend, without the rest of a configuration."""

    model_config = ConfigDict(frozen=True)

    classes: ClassNames
    data: Data | None = None

    def incompatibilities(self) -> Iterator[Problem]:
        """Why they do not go together."""
        return strange_classes(self.classes, self.data) if self.data else iter(())

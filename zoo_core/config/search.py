"""The search space of a configuration: which values `zoo tune` tries for which settings."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Self, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    ModelWrapValidatorHandler,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from zoo_core.common.messages import listed, shown
from zoo_core.parts.settings import Settings

__all__ = ["NO_SEARCH", "RANGES", "SEARCH", "SearchRange", "SearchSpace"]

SEARCH = "search"
"""The setting that has the search space."""
RANGES = ("log", "uniform", "int", "choice")
"""What a range can be."""
_Floats: TypeAlias = tuple[float, float]
_Integers: TypeAlias = tuple[int, int]
_Hash: TypeAlias = int  # which has another meaning in the class below


class SearchRange(Settings):
    """The values that are tried for a setting: one of the following."""

    log: _Floats | None = None
    """The lowest and the highest number, both above 0; drawn evenly by their logarithm, as for learning rates."""
    uniform: _Floats | None = None
    """The lowest and the highest number; drawn evenly."""
    int: _Integers | None = None
    """The lowest and the highest whole number; drawn evenly."""
    choice: Annotated[tuple[Any, ...], Field(min_length=1, max_length=1000)] | None = None
    """A list of values, which may be whole parts: names, or tables with a `name`."""

    @model_validator(mode="wrap")
    @classmethod
    def _is_one(cls, given: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(given, Mapping | SearchRange):
            raise ValueError("should say what is tried, as {log: [1e-4, 0.1]} or {choice: [8, 16]}")
        made = handler(given)
        if len(said := [name for name in RANGES if getattr(made, name) is not None]) != 1:
            raise ValueError(f"should have one of {listed(RANGES)}; given {listed(said)}")
        return made

    @field_validator("log", "uniform", "int")
    @classmethod
    def _rises(cls, ends: tuple[float, float] | None) -> tuple[float, float] | None:
        if ends is not None and ends[0] >= ends[1]:
            raise ValueError("should be two numbers, the lower first")
        return ends

    @field_validator("log")
    @classmethod
    def _has_logarithms(cls, ends: tuple[float, float] | None) -> tuple[float, float] | None:
        if ends is not None and ends[0] <= 0:
            raise ValueError("should be above 0, where there are logarithms; use uniform")
        return ends

    @field_validator("choice")
    @classmethod
    def _differ(cls, values: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
        values = values and tuple(
            each.model_dump(mode="json") if isinstance(each, BaseModel) else each for each in values
        )
        try:
            counts = Counter(json.dumps(each, sort_keys=True, allow_nan=False) for each in values or ())
        except (TypeError, ValueError):
            raise ValueError("should have values that a file can hold: numbers, strings, lists and tables") from None
        if repeated := [text for text, count in counts.items() if count > 1]:
            raise ValueError(f"values should differ, but {shown(json.loads(repeated[0]))} is there twice")
        return values

    @model_serializer(mode="wrap")
    def _as_given(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in handler(self).items() if value is not None}

    def __hash__(self) -> _Hash:
        return hash(json.dumps(self.model_dump(mode="json"), sort_keys=True))

    @property
    def kind(self) -> str:
        """Which of `RANGES` it is."""
        return next(name for name in RANGES if getattr(self, name) is not None)


def _flat(space: object) -> object:
    """Ranges by their dotted paths, from tables within tables; of two for one path the later one counts."""
    if isinstance(space, Mapping):
        ranges: dict[str, Any] = {}
        for path, value in _ranges(space, ""):
            ranges.pop(path, None)
            ranges[path] = value
        return ranges
    if space is None:
        return {}
    raise ValueError("should be a table from settings to what is tried, as {training.epochs: {int: [5, 20]}}")


def _ranges(table: Mapping[Any, Any], around: str) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if _is_group(value):
            yield from _ranges(value, f"{around}{key}.")
        else:
            yield f"{around}{key}", value


def _is_group(value: object) -> bool:
    return (
        isinstance(value, Mapping)
        and not any(name in value for name in RANGES)
        and any(isinstance(each, Mapping | SearchRange) for each in value.values())
    )


class _Hashable(dict[str, SearchRange]):
    """A table that nobody changes, as nothing of a configuration is."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))


SearchSpace = Annotated[
    dict[str, SearchRange], BeforeValidator(_flat), Field(max_length=100), AfterValidator(_Hashable)
]
"""From dotted paths of settings to the values that are tried."""
NO_SEARCH: SearchSpace = {}

"""The weights from which training starts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import field_validator

from zoo_core.parts.settings import Settings

__all__ = ["WeightsSettings"]


class WeightsSettings(Settings):
    """The weights from which training starts, when it does not start from scratch."""

    source: str | None = None
    """A run folder, a ``.params`` file of the zoo or of a library whose names a plugin knows, or a name of ``zoo list
    weights`` for what such a library has published; weights of a classification network initialise the backbone that
    is made from it. null for new weights."""
    classes: tuple[str, ...] | None = None
    """The classes of the source in their order; null where the source itself says which detector it is."""
    reuse: dict[str, str | int] | None = None
    """Which class of the source (a name, or a zero-based index) each class starts from, as
    ``{kitten: cat, dog: 11}``; null for the classes of equal names. All other classes start from scratch."""
    freeze: tuple[str, ...] = ()
    """Parameters that training does not change: their names, prefixes of names (``backbone``), or patterns
    (``*_stage1_*``). The running statistics of batch norm are still updated."""

    @field_validator("source", mode="before")
    @classmethod
    def _a_path_is_text(cls, source: object) -> object:
        return str(source) if isinstance(source, Path) else source

    @field_validator("reuse")
    @classmethod
    def _places_count_from_0(cls, reuse: dict[str, str | int] | None) -> dict[str, str | int] | None:
        for new, old in (reuse or {}).items():
            if isinstance(old, int) and old < 0:
                raise ValueError(f"indices of classes are counted from 0, but {new!r} has {old}")
        return reuse

    @field_validator("freeze")
    @classmethod
    def _something_is_left(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        if everything := next((each for each in patterns if each and not each.strip("*")), None):
            raise ValueError(f"{everything!r} freezes every parameter, which leaves nothing to train")
        return patterns

    @field_validator("reuse", mode="before")
    @classmethod
    def _places_are_text(cls, value: object) -> object:
        # The keys of a table in JSON are always strings, and what is written must read back to the same.
        if isinstance(value, Mapping):
            return {str(new) if isinstance(new, int) else new: old for new, old in value.items()}
        return value

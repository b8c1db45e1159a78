"""Settings that all readers of annotated files share: no numpy and no image library is imported here."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, NonNegativeInt, ValidationInfo, field_validator

from zoo_core.parts.components import DatasetSettings

__all__ = ["AnnotatedSettings", "Splits", "Validation"]


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _checked_split(split: str) -> str:
    parts = split.split("/")
    if len(parts) > 2 or any(part in ("", ".", "..") or "\\" in part for part in parts):
        raise ValueError(
            "a split is the name of a list, such as trainval, optionally with its folder, such as VOC2007/trainval; "
            f"given {split!r}"
        )
    return split


Splits = Annotated[
    tuple[Annotated[str, AfterValidator(_checked_split)], ...], BeforeValidator(_as_tuple), Field(min_length=1)
]


def _splits_or_fraction(value: object) -> object:
    if isinstance(value, int | float) and not 0 < value < 1:
        raise ValueError("a held-out part is a fraction between 0 and 1, such as 0.2")
    if isinstance(value, int | float):
        return float(value)
    names = _as_tuple(value)
    if not isinstance(names, list | tuple) or not names or not all(isinstance(each, str) for each in names):
        raise ValueError("should be a split, a list of splits, or the fraction of the images to hold out")
    return tuple(map(_checked_split, names))


Validation = Annotated[tuple[str, ...] | float, BeforeValidator(_splits_or_fraction)]


def _checked_pattern(pattern: str | None) -> str | None:
    try:
        re.compile(pattern or "")
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"is not a regular expression ({error})") from None
    return pattern


class AnnotatedSettings(DatasetSettings):
    """What the settings of all readers of annotated files share; the base for a reader of your own.

    Its heavy half derives from `zoo_core.data.readers.annotated.AnnotatedReader`.
    """

    root: Path
    """The folder of the data set."""
    train: Splits = ("train",)
    """The split to train on, or a list of splits."""
    validation: Validation = ("val",)
    """The split to score on, or a list of splits; ``val`` also finds valid and validation. For data without splits,
    the fraction of the images to hold out, as 0.2, stratified by class."""
    split_seed: NonNegativeInt = 0
    """Seed that decides which images a fraction holds out; they are the same on every machine."""
    group_by: Annotated[str | None, AfterValidator(_checked_pattern)] = None
    """A regular expression. Images in whose path below the root it matches the same text (that of its first group, if
    it has one) are held out together; ``^(.*)_`` keeps the frames of a film together."""
    other_classes: Literal["refuse", "skip"] = "refuse"
    """What to do with objects of classes that are not configured."""
    broken: Literal["skip", "refuse"] = "skip"
    """What to do with boxes that are empty, inverted, unreadable or outside their picture."""

    @field_validator("root", mode="before")
    @classmethod
    def _root_is_said(cls, value: object) -> object:
        if value == "":  # of a variable of the shell that is not set, perhaps
            raise ValueError("is empty; '.' is the current folder")
        return value

    @field_validator("group_by")
    @classmethod
    def _groups_are_for_fractions(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and isinstance(info.data.get("validation"), tuple):
            raise ValueError("has no effect on splits; it is only for a held-out fraction, such as validation=0.2")
        return value

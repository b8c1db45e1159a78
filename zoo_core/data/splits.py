"""What splits are called, and how one is found among those that are there."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from zoo_core.errors import DatasetError, did_you_mean, listed

__all__ = ["USUAL_SPLITS", "VALIDATION", "WHOLE", "name_of_split", "usual_splits"]

USUAL_SPLITS = ("train", "val", "valid", "validation", "test")
"""What splits are mostly called."""
VALIDATION = ("val", "valid", "validation")
"""What one and the same of them is called."""
WHOLE = "default"
"""What data without splits is called, as CVAT and Datumaro do."""


def usual_splits(there: Iterable[str]) -> tuple[str, ...]:
    """The splits that are called as splits usually are; all of them when none is.

    Where files are found by their ending alone, those beside train and test are something else.
    """
    names = tuple(there)
    return tuple(name for name in USUAL_SPLITS if name in names) or names


def name_of_split(split: str, there: Collection[str], place: Path) -> str:
    """What a split is called where ``val`` may be ``valid`` or ``validation``.

    Args:
        split: as it is asked for.
        there: the names of all splits.
        place: where they are, for the message.

    Raises:
        DatasetError: it is not there; suggests one that is called alike, or to divide the only one.
    """
    spellings = (split, *VALIDATION) if split in VALIDATION else (split,)
    for each in spellings:
        if each in there:
            return each
    guess = did_you_mean(split, there, ";")
    hint = "; to hold out a part of it, set data.validation=0.2" if len(there) == 1 else ""
    raise DatasetError(f"{place}: there is no split {split!r}{guess} splits there: {listed(there)}{hint}")

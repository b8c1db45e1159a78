"""What splits are called, and how one is found among those that are there."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Literal

from zoo_core.common.errors import DatasetError
from zoo_core.common.messages import did_you_mean, listed

__all__ = [
    "USUAL_SPLITS",
    "VALIDATION",
    "WHOLE",
    "Purpose",
    "holding_out",
    "name_of_split",
    "not_parted",
    "usual_splits",
]

Purpose = Literal["train", "validation"]
"""What images are opened for: to train on, or to score on."""

USUAL_SPLITS = ("train", "val", "valid", "validation", "test")
"""What splits are mostly called."""
VALIDATION = ("val", "valid", "validation")
"""What one and the same of them is called."""
WHOLE = "default"
"""What data without splits is called, as CVAT and Datumaro do."""
_TO_TRAIN_ON = ("train", "trainval")


def usual_splits(there: Iterable[str]) -> tuple[str, ...]:
    """The splits that are called as splits usually are, in whatever case; all of them when none is.

    Where files are found by their ending alone, those beside train and test are something else.
    """
    names = tuple(there)
    return tuple(name for usual in USUAL_SPLITS for name in names if name.lower() == usual) or names


def name_of_split(split: str, there: Collection[str], place: Path) -> str:
    """What a split is called here: in another case; ``val`` as ``valid`` or ``validation``; or not at all.

    A data set that is not parted into splits has one, of any other name, and that is trained on.

    Args:
        split: as it is asked for.
        there: the names of all splits.
        place: where they are, for the message.

    Raises:
        DatasetError: it is not there; suggests one that is called alike.
    """
    spellings = (split, *VALIDATION) if split in VALIDATION else (split,)
    known = {name.lower(): name for name in there} | {name: name for name in there}
    for each in spellings:
        if each in known:
            return known[each]
    if split in _TO_TRAIN_ON and not_parted(there):
        return next(iter(there))
    guess = did_you_mean(split, there, ";")
    remedy = holding_out(there)
    raise DatasetError(f"{place}: no split named {split!r}{guess} available splits: {listed(there)}{remedy}")


def holding_out(there: Collection[str]) -> str:
    """What can be done where there is one split alone; nothing where there are several."""
    return "; to hold out a part of it, set data.validation=0.2" if len(there) == 1 else ""


def not_parted(there: Collection[str]) -> bool:
    """Whether there is one split alone, and not called as splits are."""
    return len(there) == 1 and not {name.lower() for name in there} & {*USUAL_SPLITS, *_TO_TRAIN_ON}

"""What all readers of annotated files share: their splits, and how those are opened."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from zoo_core.boxes.coco_values import CocoId
from zoo_core.common.errors import DatasetError
from zoo_core.common.files import as_path
from zoo_core.common.messages import listed
from zoo_core.common.unicode_names import as_it_is_called
from zoo_core.data.checks.box_checks import misread
from zoo_core.data.readers.annotated_dataset import AnnotatedDataset
from zoo_core.data.readers.holdout import HELD_OUT, PARTS, TRAIN, divided, only_split
from zoo_core.data.readers.records import Record
from zoo_core.data.readers.splits import Purpose, name_of_split

__all__ = ["AnnotatedReader"]


class AnnotatedReader(ABC):
    """A reader of annotated files; implements `zoo_core.boxes.protocols.DatasetReader`.

    A subclass knows a format: where its splits are and how a split is read. Everything else
    is the same for all formats, `zoo data check` and `zoo data show` included.

    Attributes:
        trains_on_difficult: whether objects marked as difficult are trained on.
        category_ids: the class of each id in the splits that were read, where the format has such, as COCO has; of
            several ids of a class the one to be written comes first.
        needs_images: whether a missing image is an error also where its annotation says its size.
    """

    trains_on_difficult: bool = True
    needs_images: bool = True

    def __init__(self, settings: Any) -> None:
        self.settings = settings
        self.root: Path = as_it_is_called(as_path(settings.root))
        self.category_ids: dict[CocoId | None, str] = {}

    @staticmethod
    @abstractmethod
    def recognises(root: Path) -> bool:
        """Whether an existing folder looks like data of this format; little of it is read.

        In a subclass the first line says to users what is looked for, as "A folder Annotations."
        """

    @abstractmethod
    def splits(self) -> tuple[str, ...]:
        """The splits that are there, no image in two of them on purpose.

        Raises:
            DatasetError: the data does not exist.
        """

    @abstractmethod
    def records(self, split: str) -> list[Record]:
        """The images of a split; what is wrong with a single one is among its `faults`.

        Raises:
            DatasetError: the split is missing, or cannot be read at all.
        """

    def class_names(self) -> tuple[str, ...] | None:
        """The classes in their order, where the format has a list of them, else None."""
        return None

    def name_of(self, split: str) -> str:
        """What a split that the settings name is called among `splits`, which may be otherwise.

        Raises:
            DatasetError: it is not there.
        """
        return name_of_split(split, self.splits(), self.root)

    def parts(self) -> tuple[str, ...]:
        """The splits; or train and val, where a fraction of the only split is held out. Raises as `part`."""
        return tuple(self._divided) if self._is_divided else self.splits()

    def parts_for(self, purpose: Purpose) -> tuple[str, ...]:
        """What is trained on, or scored on: one of the two parts, or the splits that the settings name."""
        named: tuple[str, ...] = getattr(self.settings, purpose)
        return ({"train": TRAIN, "validation": HELD_OUT}[purpose],) if self._is_divided else named

    def part(self, name: str) -> list[Record]:
        """The images of one of `parts`; raises as `records`, and where the data cannot be divided."""
        return self._divided[name_of_split(name, PARTS, self.root)] if self._is_divided else self.records(name)

    @property
    def _is_divided(self) -> bool:
        return isinstance(self.settings.validation, float)

    @cached_property
    def _divided(self) -> dict[str, list[Record]]:
        given, records = self.settings, self.records(only_split(self.splits(), self.settings, self.root))
        return divided(records, self.root, given.validation, given.split_seed, given.group_by)

    def train(self, class_names: Sequence[str]) -> AnnotatedDataset:
        """The images to train on; raises as `AnnotatedDataset` does.

        Crowds are left out: a box around many objects is not an example of one.
        """
        return self._opened(self.parts_for("train"), class_names, difficult=self.trains_on_difficult, crowd=False)

    def validation(self, class_names: Sequence[str]) -> AnnotatedDataset:
        """The images to score on, difficult objects and crowds included; raises as `AnnotatedDataset` does."""
        return self._opened(self.parts_for("validation"), class_names)

    def _opened(self, splits: Sequence[str], class_names: Sequence[str], **kept: bool) -> AnnotatedDataset:
        place = f"{self.root} ({listed(splits)})"
        records = [record for split in splits for record in self.part(split)]
        if not records:
            raise DatasetError(f"{place}: no images; add some, or name another split")
        kept |= {"needs_images": self.needs_images}
        opened = AnnotatedDataset(place, records, self.settings, class_names, category_ids=self.category_ids, **kept)
        if fault := misread(listed(splits), opened.sized):
            raise DatasetError(str(fault))
        return opened

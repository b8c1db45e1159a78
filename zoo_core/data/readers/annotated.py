"""What all readers of annotated files share: splits, classes, and what is left out or refused."""

from __future__ import annotations

import hashlib
import io
import itertools
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.coco_values import CocoId
from zoo_core.boxes.protocols import CocoIds, Sample
from zoo_core.common.errors import DatasetError
from zoo_core.common.files import as_path, is_missing, names_beside, names_in
from zoo_core.common.messages import counted, did_you_mean, in_short, listed
from zoo_core.common.unicode_names import as_it_is_called
from zoo_core.data.checks.box_checks import Sized, misread
from zoo_core.data.checks.class_checks import check_classes
from zoo_core.data.checks.image_checks import other_size
from zoo_core.data.pipeline.images import decoded, header_of, size_of
from zoo_core.data.readers.holdout import HELD_OUT, PARTS, TRAIN, divided, only_split
from zoo_core.data.readers.layouts import Box
from zoo_core.data.readers.records import Fault, FaultKind, ImageFile, RawObject, Record, usable_box
from zoo_core.data.readers.splits import name_of_split
from zoo_core.data.settings import AnnotatedSettings
from zoo_core.parts.geometry import ImageSize

__all__ = ["AnnotatedDataset", "AnnotatedReader", "existing_folder", "in_image"]

_LONGEST_LIST = 10
"""So many faults are listed in a message; the others are counted."""


class AnnotatedReader(ABC):
    """A reader of annotated files; keeps the promise of `zoo_core.boxes.protocols.DatasetReader`.

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
            DatasetError: there is no such data.
        """

    @abstractmethod
    def records(self, split: str) -> list[Record]:
        """The images of a split; what is wrong with a single one is among its faults.

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

    def parts_for(self, purpose: Literal["train", "validation"]) -> tuple[str, ...]:
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

        Crowds are left out: a box around many is no example of one.
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


class AnnotatedDataset:
    """The images of some splits; keeps the promise of `zoo_core.boxes.protocols.Dataset`.

    Args:
        place: what messages call the splits.
        records: the images.
        settings: what becomes of broken boxes and other classes.
        class_names: what labels count.
        difficult: whether objects marked as difficult are among the objects.
        crowd: whether crowds are.
        category_ids: the class of each id in files of COCO, where the format has them.
        needs_images: whether a missing image is an error also where its annotation says its size.

    Attributes:
        problems: a line for everything that was left out.
        coco_ids: the ids by which files of COCO call the images and classes, where the format has them.
        sized: the images, each with its size as far as that was needed.

    Raises:
        DatasetError: something that is needed is missing or cannot be read, the classes do not
            fit, or a box is broken and the settings refuse those.
    """

    def __init__(
        self,
        place: str,
        records: Sequence[Record],
        settings: AnnotatedSettings,
        class_names: Sequence[str],
        *,
        difficult: bool = True,
        crowd: bool = True,
        category_ids: Mapping[CocoId | None, str] | None = None,
        needs_images: bool = True,
    ) -> None:
        self.class_names = tuple(class_names)
        self._place = place
        self._records = records
        self._kept = difficult, crowd
        fatal = [
            fault
            for record in records
            for fault in record.faults
            if needs_images or not record.size or fault.kind is not FaultKind.MISSING_IMAGE
        ]
        if fatal:
            raise DatasetError(_listed_faults(place, [str(fault) for fault in fatal], "fault"))
        self.sized = [(record, _size(record)) for record in records]
        self._objects, broken = _split_by_use(self.sized)
        if broken and settings.broken == "refuse":
            remedy = "correct them, or skip them with data.broken=skip"
            raise DatasetError(_listed_faults(place, broken, "broken object", remedy))
        found = Counter(each.name for objects in self._objects for each, _ in objects)
        check_classes(place, found, self.class_names, skip=settings.other_classes == "skip")
        left_out = [
            f"{place}: {counted(count, 'object')} of class {name!r} skipped (data.other_classes=skip)"
            for name, count in found.most_common()
            if name not in self.class_names
        ]
        self.problems: tuple[str, ...] = (*broken, *left_out)
        self.coco_ids = _coco_ids(records, self.class_names, category_ids or {})

    def __len__(self) -> int:
        return len(self._records)

    def __repr__(self) -> str:
        return f"<AnnotatedDataset {self._place}: {counted(len(self), 'image')}, {in_short(self.class_names)}>"

    def digest(self) -> str:
        """A text that is other when images or objects were added, taken out, renamed or moved; no picture is read."""
        listing = hashlib.blake2b(digest_size=16)
        for record, objects in zip(self._records, self._objects, strict=True):
            listing.update(repr((record.image_id, [(each.name, box) for each, box in objects])).encode())
        return listing.hexdigest()

    def __getitem__(self, index: int) -> Sample:
        """Read an image.

        Raises:
            DatasetError: the image cannot be read, or is not of the size for which it was annotated.
        """
        record = self._records[index]
        data = record.image.read()
        image = decoded(data, record.image)
        if record.size not in (None, image.shape[:2]) and (
            fault := other_size(record, header_of(io.BytesIO(data), record.image))
        ):
            raise DatasetError(str(fault))
        return self._sample(index, image)

    def without_pixels(self, index: int) -> Sample:
        """The same with a black image, which takes no reading where the size is known without.

        Raises:
            DatasetError: the image had to be read for its size, and cannot be.
        """
        record = self._records[index]
        size = record.size or (size_of(record.image.path) if isinstance(record.image, ImageFile) else None)
        return self._sample(index, np.broadcast_to(np.uint8(0), (*size, 3))) if size else self[index]

    def _sample(self, index: int, image: NDArray[np.uint8]) -> Sample:
        record, size = self._records[index], ImageSize(*image.shape[:2])
        difficult, crowd = self._kept
        objects = [
            (each, in_image(box, record, size))
            for each, box in self._objects[index]
            if each.name in self.class_names and (difficult or not each.difficult) and (crowd or not each.crowd)
        ]
        return Sample(
            image=image,
            boxes=np.array([box for _, box in objects], dtype=np.float32).reshape(-1, 4),
            labels=np.array([self.class_names.index(each.name) for each, _ in objects], dtype=np.int64),
            difficult=np.array([each.difficult for each, _ in objects], dtype=np.bool_),
            crowd=np.array([each.crowd for each, _ in objects], dtype=np.bool_),
            image_id=record.image_id,
            areas=_areas(objects),
            coco_boxes=_coco_boxes(objects),
        )


def _coco_ids(
    records: Sequence[Record], names: Sequence[str], categories: Mapping[CocoId | None, str]
) -> CocoIds | None:
    """Those of the format; None where it has none, or two of them are equal. Classes that it has not get free ones."""
    images = [record.number for record in records if record.number is not None]
    ids = [(number, names.index(name)) for number, name in categories.items() if name in names and number is not None]
    first = {label: number for number, label in reversed(ids)}
    free = (number for number in itertools.count(1) if number not in categories)
    if not categories or len(set(images)) < len(records):
        return None
    return CocoIds(
        tuple(images),
        tuple(first[label] if label in first else next(free) for label in range(len(names))),
        tuple((each, place) for place, record in enumerate(records) for each in record.other_numbers),
        tuple((number, label) for number, label in ids if first[label] != number),
    )


def _coco_boxes(objects: Sequence[tuple[RawObject, Box]]) -> NDArray[np.float64] | None:
    """The boxes as the annotations write them; None where one does not in that way."""
    if not objects or any(each.numbers is None for each, _ in objects):
        return None
    return np.array([each.numbers for each, _ in objects], dtype=np.float64)


def _areas(objects: Sequence[tuple[RawObject, Box]]) -> NDArray[np.float64] | None:
    """The areas that the annotations say, those of the boxes where one does not; None when none does."""
    if all(each.area is None for each, _ in objects):
        return None
    return np.array([(x2 - x1) * (y2 - y1) if each.area is None else each.area for each, (x1, y1, x2, y2) in objects])


def in_image(box: Box, record: Record, size: ImageSize) -> Box:
    """A box of a record in pixels of its picture."""
    if not record.unit:
        return box
    x1, y1, x2, y2 = box
    return x1 * size.width, y1 * size.height, x2 * size.width, y2 * size.height


def _size(record: Record) -> ImageSize | None:
    """The size of a picture that is needed to judge its boxes."""
    if record.size or record.unit or not record.objects or not isinstance(record.image, ImageFile):
        return record.size
    return size_of(record.image.path)


def _split_by_use(sized: Sequence[Sized]) -> tuple[list[list[tuple[RawObject, Box]]], list[str]]:
    """The usable objects of each record with their boxes, and a line for every other object."""
    usable: list[list[tuple[RawObject, Box]]] = []
    broken: list[str] = []
    for record, size in sized:
        usable.append([])
        for each in record.objects:
            found = usable_box(record, each, size)
            if isinstance(found, Fault):
                broken.append(found.line)
            else:
                usable[-1].append((each, found))
    return usable, broken


def _listed_faults(place: str, lines: Sequence[str], thing: str, remedy: str = "") -> str:
    if len(lines) == 1 and not remedy:
        return lines[0]
    heading = f"{place}: {counted(len(lines), thing)}" + (f"; {remedy}" if remedy else "")
    others = [f"and {len(lines) - _LONGEST_LIST} more"] if len(lines) > _LONGEST_LIST else []
    return "\n  ".join([heading, *lines[:_LONGEST_LIST], *others])


def existing_folder(root: Path) -> Path:
    """The folder of a data set.

    Raises:
        DatasetError: there is none, and one that is called alike is suggested; or it cannot be read.
    """
    if is_missing(root):
        guess = did_you_mean(root.name, names_beside(root), ";")
        raise DatasetError(f"{root}: no such folder{guess} set data.root to the folder of the data set")
    names_in(root, DatasetError)  # one that cannot be read would seem empty
    return root

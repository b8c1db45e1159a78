"""The annotated images of some splits, and what is left out or refused of them."""

from __future__ import annotations

import hashlib
import io
import itertools
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.coco_values import CocoId
from zoo_core.boxes.protocols import CocoIds, Sample
from zoo_core.common.errors import DatasetError
from zoo_core.common.messages import counted, in_short
from zoo_core.data.annotated_settings import AnnotatedSettings
from zoo_core.data.checks.box_checks import Sized
from zoo_core.data.checks.class_checks import check_classes
from zoo_core.data.checks.image_checks import other_size
from zoo_core.data.pipeline.images import decoded, header_of, size_of
from zoo_core.data.readers.layouts import Box
from zoo_core.data.readers.records import Fault, FaultKind, ImageFile, RawObject, Record, usable_box
from zoo_core.parts.geometry import ImageSize

__all__ = ["AnnotatedDataset", "in_image"]

_LONGEST_LIST = 10
"""Number of problems listed in a message; the others are counted."""


class AnnotatedDataset:
    """The images of some splits; implements `zoo_core.boxes.protocols.Dataset`.

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
        self.class_names, self.place = tuple(class_names), place
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
        return f"<AnnotatedDataset {self.place}: {counted(len(self), 'image')}, {in_short(self.class_names)}>"

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

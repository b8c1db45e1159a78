"""Reads a whole data set once, and says what is in it and what is wrong with it."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo_core.data.annotated import AnnotatedReader, in_image
from zoo_core.data.box_checks import box_faults, misread
from zoo_core.data.class_checks import class_faults
from zoo_core.data.image_checks import LookedAt, duplicates, look_at, near_leaks
from zoo_core.data.recognising import reader_at
from zoo_core.data.records import Fault, FaultKind, Record, usable_box
from zoo_core.data.summary import SplitSummary
from zoo_core.errors import DatasetError, counted
from zoo_core.geometry import ImageSize

__all__ = ["DataReport", "check_data", "check_reader"]

Picture = tuple[Record, LookedAt]
Progress = Callable[[int, int], None]
"""Called with the number of images read and the number of all."""

_REFUSED = {
    FaultKind.ANNOTATION,
    FaultKind.MISSING_IMAGE,
    FaultKind.UNREADABLE_IMAGE,
    FaultKind.OTHER_SIZE,
    FaultKind.EMPTY_SPLIT,
    FaultKind.OTHER_CASE,
    FaultKind.CORNERS_OR_SIZES,
    FaultKind.PIXELS_OR_FRACTIONS,
}
"""With these training would end, or learn from wrong boxes."""
_BROKEN = {FaultKind.NO_BOX, FaultKind.INVERTED_BOX, FaultKind.EMPTY_BOX, FaultKind.BOX_OUTSIDE}


@dataclass(frozen=True)
class DataReport:
    """What is in a data set, and what is wrong with it.

    Attributes:
        root: its folder.
        format: the name of its reader.
        splits: what each split holds.
        faults: everything that is wrong, split by split, each once.
        refused: the kinds of fault with which training would end, or learn from wrong boxes.
    """

    root: Path
    format: str
    splits: dict[str, SplitSummary]
    faults: tuple[Fault, ...]
    refused: frozenset[FaultKind]

    @property
    def can_train(self) -> bool:
        """Whether no fault is of a refused kind."""
        return not any(fault.kind in self.refused for fault in self.faults)

    @property
    def total(self) -> SplitSummary:
        """What all splits hold together."""
        return sum(self.splits.values(), SplitSummary())

    def to_dict(self) -> dict[str, Any]:
        """As plain values for JSON."""
        return {
            "root": str(self.root),
            "format": self.format,
            "can_train": self.can_train,
            "faults": [
                {
                    "kind": fault.kind.value,
                    "refused": fault.kind in self.refused,
                    "place": fault.place,
                    "message": fault.message,
                    "remedy": fault.remedy,
                }
                for fault in self.faults
            ],
            "splits": {name: split.to_dict() for name, split in self.splits.items()},
        }


def check_data(
    root: str | Path,
    format: str | None = None,
    class_names: Sequence[str] | None = None,
    settings: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> DataReport:
    """Read every annotation and every image of a data set once.

    Args:
        root: its folder.
        format: the name of its reader; recognised by the files when None.
        class_names: the classes that there should be; by default the list that the format has.
        settings: further settings of the reader.
        progress: called from time to time.

    Raises:
        DatasetError: there is no such folder, or it is of no format that is known.
        ConfigError: the settings do not fit the reader.
    """
    class_names = None if class_names is None else [*class_names]
    return check_reader(reader_at(Path(root), format, class_names, settings), class_names, progress)


def check_reader(
    reader: AnnotatedReader, class_names: Sequence[str] | None = None, progress: Progress | None = None
) -> DataReport:
    """The same for a reader that is made already; see `check_data`."""
    faults: list[Fault] = []
    splits: dict[str, list[Record]] = {}
    for split in reader.splits():
        try:
            splits[split] = reader.records(split)
        except DatasetError as error:
            faults.append(Fault.of(FaultKind.ANNOTATION, error))
    seen = _all_seen([record for records in splits.values() for record in records], progress)
    pictures = dict(zip(splits, _by_split(splits, seen), strict=True))
    summaries, earlier = {}, dict[bytes, str]()
    for split, pairs in pictures.items():
        faults += [*_split_faults(split, pairs, reader.root), *duplicates(split, pairs, earlier)]
        summaries[split] = _summary(pairs)
    faults += near_leaks(pictures)
    known = class_names or (reader.class_names() if summaries else None)
    faults += class_faults([record for records in splits.values() for record in records], known)
    return DataReport(reader.root, reader.settings.name, summaries, tuple(faults), _refused(reader.settings))


def _all_seen(records: Sequence[Record], progress: Progress | None) -> list[LookedAt]:
    """What is seen of each image; those of records that cannot be used are not looked at."""
    usable = [record for record in records if not record.faults]
    found: dict[int, LookedAt] = {}
    # Decoding and hashing leave Python's lock, so threads do.
    pool = ThreadPoolExecutor(os.cpu_count())
    try:
        for number, (record, image) in enumerate(zip(usable, pool.map(look_at, usable), strict=True), start=1):
            found[id(record)] = image
            if progress:
                progress(number, len(usable))
    finally:
        pool.shutdown(cancel_futures=True)  # so that Ctrl-C does not wait for all the others
    return [found.get(id(record), LookedAt(())) for record in records]


def _by_split(splits: Mapping[str, Sequence[Record]], seen: Sequence[LookedAt]) -> Iterator[list[Picture]]:
    """The records of each split, each with what was seen of its image."""
    rest = iter(seen)
    for records in splits.values():
        yield list(zip(records, itertools.islice(rest, len(records)), strict=True))


def _split_faults(split: str, pictures: Sequence[Picture], root: Path) -> list[Fault]:
    """The faults of the images and boxes of a split."""
    if not any(record.objects or record.faults for record, _ in pictures):
        what = f"it has {counted(len(pictures), 'image')}, and no object" if pictures else "it has no images"
        return [Fault(FaultKind.EMPTY_SPLIT, f"{root} (split {split!r})", what, "add some, or take the split out")]
    faults = [fault for record, image in pictures for fault in (*record.faults, *image.faults)]
    sized = [(record, _size(record, image)) for record, image in pictures]
    if (systematic := misread(split, sized)) is not None:
        return [*faults, systematic]  # and not each box, for it is one fault
    return [*faults, *(fault for each in sized for fault in box_faults(*each))]


def _size(record: Record, image: LookedAt) -> ImageSize | None:
    return record.size or image.size


def _summary(pictures: Sequence[Picture]) -> SplitSummary:
    summary = SplitSummary()
    for record, image in pictures:
        if (size := _size(record, image)) is None:
            continue
        boxes = [(each.name, usable_box(record, each, size)) for each in record.objects]
        summary.add([(name, in_image(box, record, size)) for name, box in boxes if not isinstance(box, Fault)])
    return summary


def _refused(settings: Any) -> frozenset[FaultKind]:
    unknown = {FaultKind.UNKNOWN_CLASS} if settings.other_classes == "refuse" else set[FaultKind]()
    return frozenset(_REFUSED | unknown | (_BROKEN if settings.broken == "refuse" else set[FaultKind]()))

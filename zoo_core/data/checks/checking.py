"""Reads a whole data set once, and says what is in it and what is wrong with it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from zoo_core.common.arguments import CALLBACK, NAMES, PATH, TABLE, TEXT, checked
from zoo_core.common.cores import usable_cores
from zoo_core.common.errors import DatasetError
from zoo_core.common.messages import counted
from zoo_core.data.checks.box_checks import box_faults, misread
from zoo_core.data.checks.class_checks import class_faults
from zoo_core.data.checks.image_checks import LookedAt, duplicates, look_at, near_leaks
from zoo_core.data.checks.refusals import LocatedFault, refused, uses_of
from zoo_core.data.checks.summary import SplitSummary
from zoo_core.data.opening import reader_at
from zoo_core.data.readers.annotated import AnnotatedReader
from zoo_core.data.readers.annotated_dataset import in_image
from zoo_core.data.readers.records import Fault, FaultKind, Record, usable_box
from zoo_core.parts.geometry import ImageSize

__all__ = ["DataReport", "check_data", "check_reader"]

Picture = tuple[Record, LookedAt]
Progress = Callable[[int, int], None]
"""Called with the number of images read and the number of all."""


@dataclass(frozen=True)
class DataReport:
    """What is in a data set, and what is wrong with it.

    Attributes:
        root: its folder.
        format: the name of its reader.
        splits: what each split holds.
        faults: everything that is wrong, split by split, each once.
        refused: those for which training refuses the data set, or ends.
    """

    root: Path
    format: str
    splits: dict[str, SplitSummary]
    faults: tuple[Fault, ...]
    refused: frozenset[Fault]

    def __repr__(self) -> str:
        faults = f"{counted(len(self.faults), 'fault')}, of which training refuses {len(self.refused)}"
        return f"<DataReport {self.root}: {self.format}, {counted(self.total.images, 'image')}, {faults}>"

    @property
    def can_train(self) -> bool:
        """Whether training refuses nothing."""
        return not self.refused

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
                    "refused": fault in self.refused,
                    "place": fault.place,
                    "message": fault.message,
                    "remedy": fault.remedy,
                }
                for fault in self.faults
            ],
            "splits": {name: split.to_dict() for name, split in self.splits.items()},
        }


@checked(root=PATH, format=TEXT, class_names=NAMES, settings=TABLE, progress=CALLBACK)
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
        DatasetError: no such folder, or it is of no format that is known.
        ConfigError: the settings do not fit the reader.
        ArgumentError: an argument cannot be meant; says which and what it should be.
    """
    return check_reader(reader_at(Path(root), format, class_names, settings), class_names, progress)


def check_reader(
    reader: AnnotatedReader, class_names: Sequence[str] | None = None, progress: Progress | None = None
) -> DataReport:
    """The same for a reader that is made already; see `check_data`."""
    reader = _reading_once(reader)
    located: list[LocatedFault] = []
    splits: dict[str, list[Record]] = {}
    for split in reader.parts():
        try:
            splits[split] = reader.part(split)
        except DatasetError as error:
            located.append(LocatedFault(Fault.of(FaultKind.ANNOTATION, error), split))
    seen = _all_seen([record for records in splits.values() for record in records], progress)
    pictures = dict(zip(splits, _by_split(splits, seen), strict=True))
    summaries, earlier = {}, dict[bytes, str]()
    for split, pairs in pictures.items():
        located += _split_faults(split, pairs, reader.root)
        located += [LocatedFault(fault, split) for fault in duplicates(split, pairs, earlier)]
        summaries[split] = _summary(pairs)
    located += [LocatedFault(fault, "") for fault in near_leaks(pictures)]
    known = class_names or (reader.class_names() if summaries else None)
    every = [record for records in splits.values() for record in records]
    uses = uses_of(reader, known or tuple(dict.fromkeys(each.name for record in every for each in record.objects)))
    every.sort(key=lambda record: not any(use.takes(record) for use in uses))
    by_class = [LocatedFault(fault, "", record) for record, fault in class_faults(every, known)]
    besides, errors = refused([*located, *by_class], uses, reader)
    if not known:  # then training with either way to write a class refuses the other
        errors |= {each.fault for each in by_class if any(use.has(each) for use in uses)}
    faults = dict.fromkeys([*(each.fault for each in located), *besides, *(each.fault for each in by_class)])
    return DataReport(reader.root, reader.settings.name, summaries, tuple(faults), errors)


def _reading_once(reader: AnnotatedReader) -> AnnotatedReader:
    """The same reader, but that a split is read once and then remembered."""
    remembering = copy(reader)
    vars(remembering)["records"] = cache(remembering.records)
    return remembering


def _all_seen(records: Sequence[Record], progress: Progress | None) -> list[LookedAt]:
    """What is seen of each image; those of records that cannot be used are not looked at."""
    usable = [record for record in records if not record.faults]
    found: dict[int, LookedAt] = {}
    # Decoding and hashing leave Python's lock, so threads do.
    pool = ThreadPoolExecutor(usable_cores())
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


def _split_faults(split: str, pictures: Sequence[Picture], root: Path) -> Iterator[LocatedFault]:
    """The problems of the images and boxes of a split."""
    if not any(record.objects or record.faults for record, _ in pictures):
        what = f"it has {counted(len(pictures), 'image')} but no objects" if pictures else "it has no images"
        place = f"{root} (split {split!r})"
        yield LocatedFault(Fault(FaultKind.EMPTY_SPLIT, place, what, "add some, or remove the split"), split)
        return
    for record, image in pictures:
        yield from (LocatedFault(fault, split, record) for fault in (*record.faults, *image.faults))
    sized = [(record, _size(record, image)) for record, image in pictures]
    if (systematic := misread(split, sized)) is not None:
        yield LocatedFault(systematic, split)  # and not each box, for it is one problem
        return
    for record, size in sized:
        yield from (LocatedFault(fault, split, record) for fault in box_faults(record, size))


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

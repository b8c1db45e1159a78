"""Reads MXNet's RecordIO files with labels for detection, without MXNet.

A record is a magic number, a word with a flag (3 bits) and a length (29 bits), so many
bytes, and zeros up to the next multiple of 4. Where the magic number stands within the
bytes of a record, at a multiple of 4, the record is written in parts without it: flag 1 is
the first part, 2 a middle one, 3 the last, 0 a record in one part. An image record begins
with a header (flag, label, id, id2); a positive flag counts the numbers of the label that
follow it, and the encoded image is the rest.

A label for detection is (header width, object width, ..., objects): each object begins with
class, x1, y1, x2, y2 in fractions of the picture.

Source: MXNet 1.9.1, dmlc/recordio.h, python/mxnet/recordio.py and mxnet/image/detection.py.
"""

from __future__ import annotations

import math
import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from zoo_core.common.errors import DatasetError
from zoo_core.common.reading import reading
from zoo_core.data.readers.annotated import AnnotatedReader
from zoo_core.data.readers.folders import existing_folder, files_in
from zoo_core.data.readers.records import Fault, FaultKind, RawObject, Record
from zoo_core.data.readers.splits import name_of_split, usual_splits
from zoo_core.data.settings import RecordIOSettings

__all__ = ["PackedImage", "RecordIOReader"]

_ENDING = ".rec"
_MAGIC = struct.pack("<I", 0xCED7230A)
_WORDS = struct.Struct("<4sI")
_HEADER = struct.Struct("<IfQQ")
_LENGTH_BITS = 29
_WHOLE, _FIRST, _MIDDLE, _LAST = range(4)
_MOST_NUMBERS = 1_000_000
"""A label is not longer than this: more than enough for any picture, and little memory."""
_LEAST_WIDTH = 5
"""Numbers of an object: class and four corners."""

_Part = tuple[int, int]
"""Where the bytes of a part begin in the file, and how many they are."""


class PackedImage(NamedTuple):
    """An image within a RecordIO file."""

    path: Path
    number: int
    parts: tuple[_Part, ...]
    skipped: int

    def read(self) -> bytes:
        """The encoded image.

        Raises:
            DatasetError: the file cannot be read.
        """
        with reading(self.path, DatasetError, most=sys.maxsize) as file:
            return _joined(file, self.parts)[self.skipped :]

    def __str__(self) -> str:
        return f"{self.path}: record {self.number}"


class RecordIOReader(AnnotatedReader):
    """Files with the ending .rec, named after their splits."""

    def __init__(self, settings: RecordIOSettings) -> None:
        super().__init__(settings)
        self._classes = settings.classes

    @staticmethod
    def recognises(root: Path) -> bool:
        """A file with the ending .rec."""
        return any(path.suffix == _ENDING for path in files_in(root))

    def splits(self) -> tuple[str, ...]:
        """The names of the files."""
        return usual_splits(self._files())

    def _files(self) -> dict[str, Path]:
        return {path.stem: path for path in files_in(existing_folder(self.root)) if path.suffix == _ENDING}

    def class_names(self) -> tuple[str, ...]:
        """Those of the settings."""
        return self._classes

    def records(self, split: str) -> list[Record]:
        """The images in the order of the file."""
        files = self._files()
        path = files[name_of_split(split, files, self.root / "*.rec")]
        with reading(path, DatasetError, most=sys.maxsize) as file:
            return [self._record(file, path, number, parts) for number, parts in enumerate(_records(file, path))]

    def _record(self, file: BinaryIO, path: Path, number: int, parts: tuple[_Part, ...]) -> Record:
        place = f"{path}: record {number}"
        try:
            label, skipped = _label(file, parts, place)
            objects = tuple(self._objects(label, number, place))
        except DatasetError as error:
            faults = (Fault.of(FaultKind.ANNOTATION, error),)
            return Record(f"{path.stem}/{number}", PackedImage(path, number, parts, 0), path, faults=faults)
        image = PackedImage(path, number, parts, skipped)
        return Record(f"{path.stem}/{number}", image, path, objects, unit=True)

    def _objects(self, label: tuple[float, ...], number: int, place: str) -> Iterator[RawObject]:
        if len(label) < 2:
            raise DatasetError(f"{place}: has no detection label; pack it with im2rec --pack-label")
        header, width = label[:2]
        # No comparison holds for what is not a number.
        if not (2 <= header <= len(label) and _LEAST_WIDTH <= width < math.inf and (len(label) - header) % width == 0):
            raise DatasetError(
                f"{place}: the label has {len(label)} numbers, which do not fit a header of {header:g} and "
                f"objects of {width:g}; an object has at least {_LEAST_WIDTH} numbers"
            )
        for which, first in enumerate(range(int(header), len(label), int(width)), start=1):
            kind, x1, y1, x2, y2, *more = label[first : first + int(width)]
            if kind < 0:  # it only fills the label up
                continue
            name = self._classes[int(kind)] if kind in range(len(self._classes)) else f"class {kind:g}"
            box = (x1, y1, x2, y2) if all(map(math.isfinite, (x1, y1, x2, y2))) else None
            written = f"({x1:g}, {y1:g}) to ({x2:g}, {y2:g})" + ("" if box else " is not a box")
            difficult = bool(more and more[0] == 1)
            yield RawObject(f"record {number}, object {which}", name, box, written, difficult)


def _records(file: BinaryIO, path: Path) -> Iterator[tuple[_Part, ...]]:
    """The parts of each record; nothing but their headers is read.

    Raises:
        DatasetError: the file is empty, damaged or truncated.
    """
    end = os.fstat(file.fileno()).st_size
    if not end:
        raise DatasetError(f"{path}: is empty (0 bytes); pack it again")
    position, parts = 0, list[_Part]()
    while position < end:
        file.seek(position)
        words = file.read(_WORDS.size)
        if len(words) < _WORDS.size or not words.startswith(_MAGIC):
            raise DatasetError(f"{path}: is not a RecordIO file, or is damaged, at byte {position}; pack it again")
        flag, length = divmod(_WORDS.unpack(words)[1], 1 << _LENGTH_BITS)
        start = position + _WORDS.size
        if start + length > end or flag > _LAST or bool(parts) != (flag in (_MIDDLE, _LAST)):
            raise DatasetError(
                f"{path}: is truncated or damaged: the record at byte {position} does not fit in; pack it again"
            )
        parts.append((start, length))
        if flag in (_WHOLE, _LAST):
            yield tuple(parts)
            parts = []
        position = start + (length + 3) // 4 * 4
    if parts:
        raise DatasetError(f"{path}: is truncated: its last record has no end; pack it again")


def _joined(file: BinaryIO, parts: tuple[_Part, ...], most: int = -1) -> bytes:
    """The bytes of a record, or the first so many."""
    pieces: list[bytes] = []
    for start, length in parts:
        file.seek(start)
        pieces.append(file.read(length if most < 0 else min(length, most)))
        if 0 <= most <= sum(map(len, pieces)):
            break
    content = _MAGIC.join(pieces)
    return content if most < 0 else content[:most]


def _label(file: BinaryIO, parts: tuple[_Part, ...], place: str) -> tuple[tuple[float, ...], int]:
    """The numbers of the label, and where the image begins."""
    header = _joined(file, parts, _HEADER.size)
    if len(header) < _HEADER.size:
        raise DatasetError(f"{place}: is too short to be an image record; pack it again")
    count, single, *_ = _HEADER.unpack(header)
    if count == 0:
        return (single,), _HEADER.size
    skipped = _HEADER.size + 4 * count
    if count > _MOST_NUMBERS or len(content := _joined(file, parts, skipped)) < skipped:
        raise DatasetError(
            f"{place}: its header promises a label of {count} numbers, which it does not have; pack it again"
        )
    return struct.unpack(f"<{count}f", content[_HEADER.size :]), skipped

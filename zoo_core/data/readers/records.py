"""What annotation files say, in the one form that all readers give: records, objects, faults.

A reader knows its format and nothing else. Which boxes can be used is decided here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import NamedTuple, Protocol

from zoo_core.boxes.coco_values import CocoId
from zoo_core.common.errors import DatasetError
from zoo_core.common.messages import shown
from zoo_core.common.unicode_names import as_it_is_called
from zoo_core.data.pipeline.images import file_content
from zoo_core.data.readers.layouts import Box, Layout
from zoo_core.parts.geometry import ImageSize

__all__ = [
    "Fault",
    "FaultKind",
    "ImageFile",
    "ImageSource",
    "RawObject",
    "Record",
    "as_number",
    "can_be_a_name",
    "extent",
    "inside",
    "usable_box",
]

_LONGEST_NAME, _LONGEST_PATH = 255, 4000
"""Bytes in the name of a file, and in a whole path, at most, on the usual systems."""
_LEAST_SIDE, _LEAST_SIDE_UNIT = 1e-2, 1e-5
"""A box with a shorter side is empty: in float32 it may have no side at all, and its logarithm is asked for."""
_CORRECT_BOX = "correct the box, or remove the object"


class FaultKind(StrEnum):
    """What can be wrong with a data set; docs/data.md says what each means and what to do."""

    ANNOTATION = "annotation"
    MISSING_IMAGE = "missing image"
    UNREADABLE_IMAGE = "unreadable image"
    OTHER_SIZE = "other size"
    EMPTY_SPLIT = "empty split"
    UNUSABLE_SPLIT = "unusable split"
    UNKNOWN_CLASS = "unknown class"
    OTHER_CASE = "other case"
    INVERTED_BOX = "inverted box"
    EMPTY_BOX = "empty box"
    BOX_OUTSIDE = "box outside"
    NO_BOX = "no box"
    BOX_REACHES_OUT = "box reaches out"
    CORNERS_OR_SIZES = "corners or sizes"
    PIXELS_OR_FRACTIONS = "pixels or fractions"
    MISLABELLED_IMAGE = "mislabelled image"
    TURNED_IMAGE = "turned image"
    DUPLICATE_IMAGE = "duplicate image"
    DUPLICATE_BOX = "duplicate box"
    LEAK = "leak"
    NEAR_LEAK = "near leak"


@dataclass(frozen=True)
class Fault:
    """Something wrong in a data set.

    Attributes:
        kind: what sort of thing.
        place: the file, and the line or object in it.
        message: what is wrong there.
        remedy: what to do about it.
    """

    kind: FaultKind
    place: str
    message: str
    remedy: str

    @classmethod
    def of(cls, kind: FaultKind, error: DatasetError) -> Fault:
        """An error ("place: message; remedy") as a `Fault`."""
        place, _, rest = str(error).partition(": ")
        message, _, remedy = rest.rpartition("; ")
        return cls(kind, place, message or rest, remedy if message else "")

    @property
    def line(self) -> str:
        """Place and message, without the remedy."""
        return f"{self.place}: {self.message}"

    def __str__(self) -> str:
        return f"{self.line}; {self.remedy}" if self.remedy else self.line


class ImageSource(Protocol):
    """Where the bytes of an image are; as text it names the place."""

    def read(self) -> bytes:
        """The encoded image.

        Raises:
            DatasetError: it cannot be read.
        """


class ImageFile(NamedTuple):
    """An image that is a file of its own."""

    path: Path

    def read(self) -> bytes:
        """The content of the file; see `zoo_core.data.pipeline.images.file_content` for the errors."""
        return file_content(self.path)

    def __str__(self) -> str:
        return str(self.path)


class RawObject(NamedTuple):
    """An object as it is annotated, whether usable or not.

    Attributes:
        place: where in the annotation: ``object 3``, ``line 3``.
        name: name of its class, as the file writes it.
        box: its corners, in pixels, or, in a record that says `unit`, in fractions of the
            picture; None when there is none or it is not numbers.
        written: the box as the file writes it, or what is wrong with it.
        difficult: marked as hard to recognise.
        crowd: a group of objects, by COCO's rule.
        area: in square pixels, where the annotation says it.
        numbers: x, y, width and height in pixels as a file of COCO writes them; None in other formats.
    """

    place: str
    name: str
    box: Box | None
    written: str
    difficult: bool = False
    crowd: bool = False
    area: float | None = None
    numbers: Box | None = None


@dataclass(frozen=True)
class Record:
    """An annotated image.

    Attributes:
        image_id: its name in the data set.
        image: where its bytes are.
        annotation: the file in which its objects stand.
        objects: in the order of that file.
        size: size of the picture by the annotation; None when that does not say.
        unit: whether boxes are fractions of the picture and not pixels.
        layout: how the format writes a box.
        faults: why this record cannot be used at all.
        number: its id in the data set, where it has one besides its name, as in COCO's.
        other_numbers: further ids, where a file lists the image several times.
    """

    image_id: str
    image: ImageSource
    annotation: Path
    objects: tuple[RawObject, ...] = ()
    size: ImageSize | None = None
    unit: bool = False
    layout: Layout = Layout.CORNERS
    faults: tuple[Fault, ...] = ()
    number: CocoId | None = None
    other_numbers: tuple[CocoId, ...] = ()

    def place_of(self, each: RawObject) -> str:
        """File, object and class, for messages."""
        return f"{self.annotation}: {each.place} ({each.name})"


def usable_box(record: Record, each: RawObject, size: ImageSize | None) -> Box | Fault:
    """The box of an object, clipped to its picture, or why it has none that can be used.

    Args:
        record: the record to which the object belongs.
        each: the object.
        size: size of the picture, as far as it is known; not needed for fractions.
    """
    if each.box is None:
        return Fault(FaultKind.NO_BOX, record.place_of(each), each.written, _CORRECT_BOX)
    x1, y1, x2, y2 = each.box
    width, height = extent(record, size)
    least = _LEAST_SIDE_UNIT if record.unit else _LEAST_SIDE
    clipped = max(x1, 0.0), max(y1, 0.0), min(x2, width), min(y2, height)
    if x2 < x1 or y2 < y1:
        kind, what = FaultKind.INVERTED_BOX, "is inverted"
    elif min(x2 - x1, y2 - y1) < least:
        kind, what = FaultKind.EMPTY_BOX, "is empty"
    elif min(clipped[2] - clipped[0], clipped[3] - clipped[1]) < least:
        known = f" of {width}x{height} pixels" if size and not record.unit else ""
        kind, what = FaultKind.BOX_OUTSIDE, f"is outside the picture{known}"
    else:
        return clipped
    return Fault(kind, record.place_of(each), f"the box {each.written} {what}", _CORRECT_BOX)


def extent(record: Record, size: ImageSize | None) -> tuple[float, float]:
    """Width and height of the picture in the unit of the record's boxes; infinite when not known."""
    if record.unit:
        return 1.0, 1.0
    return (size.width, size.height) if size else (math.inf, math.inf)


def inside(folder: Path, name: str, place: object) -> Path:
    """The file of this name below a folder.

    Raises:
        DatasetError: the name is that of no file, is absolute and elsewhere, or climbs out of the folder.
    """
    # Backslashes are what Windows writes; on every system they part folders.
    parts = PurePosixPath(_from(folder, name).replace("\\", "/"))
    outside = parts.is_absolute() or PureWindowsPath(name).drive or ".." in parts.parts
    too_long = len(str(folder / parts).encode(errors="replace")) > _LONGEST_PATH
    if outside or too_long or not name.strip() or not parts.parts or not all(map(can_be_a_name, parts.parts)):
        raise DatasetError(
            f"{place}: {shown(name)} is not below {folder}; name files relative to that folder, without '..'"
        )
    return as_it_is_called(folder / parts)


def _from(folder: Path, name: str) -> str:
    """A name relative to a folder where it is the absolute one of something below, however the folder is called."""
    if not Path(name).is_absolute():
        return name
    tops = (folder.absolute(), folder.resolve())
    return next((str(Path(name).relative_to(top)) for top in tops if Path(name).is_relative_to(top)), name)


def can_be_a_name(part: str) -> bool:
    """Whether a file can be called so."""
    try:
        return part not in ("", ".", "..") and "\0" not in part and len(part.encode()) <= _LONGEST_NAME
    except UnicodeEncodeError:  # half a character, which JSON can spell
        return False


def as_number(text: str) -> float | None:
    """The finite number that a string stands for, else None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None

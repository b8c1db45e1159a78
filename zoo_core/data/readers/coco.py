"""Reads data sets of COCO: one JSON file for all images of a split."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from zoo_core.boxes.coco_values import CocoId, coco_id, coco_number, written_id
from zoo_core.common.errors import DatasetError
from zoo_core.common.json_file import read_json
from zoo_core.common.messages import shown
from zoo_core.data.readers.annotated import AnnotatedReader
from zoo_core.data.readers.coco_layout import files_by_split, image_folders, images_here, is_coco, splits_of
from zoo_core.data.readers.folders import existing_folder, is_file_strict
from zoo_core.data.readers.layouts import Box, Layout, from_corners, to_corners, turned
from zoo_core.data.readers.records import Fault, FaultKind, ImageFile, RawObject, Record, inside
from zoo_core.data.readers.splits import name_of_split
from zoo_core.parts.geometry import ImageSize

__all__ = ["CocoReader"]

_LARGEST = 1e9
"""No coordinate is larger."""


class _Image(NamedTuple):
    """A picture, which some tools list once for each of its annotations.

    Attributes:
        entries: those of the list `images` that name its file.
        annotations: number and entry of each.
        others: the names of other files with one of its ids.
    """

    entries: list[Any]
    annotations: list[tuple[int, Any]]
    others: list[str]


class CocoReader(AnnotatedReader):
    """JSON files with images, annotations and categories."""

    @staticmethod
    def recognises(root: Path) -> bool:
        """A file annotations/instances_train2017.json, train/_annotations.coco.json, train.json or the like."""
        return is_coco(root)

    def splits(self) -> tuple[str, ...]:
        """The splits of which there is a file."""
        return splits_of(files_by_split(existing_folder(self.root)))

    def class_names(self) -> tuple[str, ...]:
        """The categories of the first split, in the order of their ids; those that share a name are one class."""
        splits = self.splits()
        return tuple(dict.fromkeys(_categories(*self._content(splits[0])).values())) if splits else ()

    def records(self, split: str) -> list[Record]:
        """The images of a file, in its order."""
        table, path = self._content(split)
        names = _categories(table, path)
        annotations = defaultdict(list)
        used = Counter[CocoId | None]()
        for number, each in enumerate(_list(table, "annotations", path), start=1):
            annotations[_key(each.get("image_id"))].append((number, each))
            used[coco_id(each.get("category_id"))] += 1
        # Of categories that share a name, the one that is used most is what files of results say.
        for each in sorted(_list(table, "categories", path), key=lambda each: -used[coco_id(each["id"])]):
            self.category_ids.setdefault(written_id(each["id"]), each["name"])
        entries = _list(table, "images", path)
        places = image_folders(self.root, path, split)
        folder, called = images_here(places, [each.get("file_name") for each in entries])
        records = [_record(image, names, folder, called, path) for image in _images(entries, annotations)]
        return [*records, *_strays(annotations, path)]

    def _content(self, split: str) -> tuple[Mapping[str, Any], Path]:
        files = files_by_split(existing_folder(self.root))
        path = files[split if split in files else name_of_split(split, splits_of(files), self.root)]
        return _table(path), path


def _table(path: Path) -> Mapping[str, Any]:
    table = read_json(path, DatasetError)
    for key in ("images", "categories"):
        if not isinstance(table, dict) or not isinstance(table.get(key), list):
            raise DatasetError(f"{path}: is not a COCO annotation file: {key!r} should be a list")
    found: Mapping[str, Any] = table
    return found


def _list(table: Mapping[str, Any], key: str, path: Path) -> list[Any]:
    entries = table.get(key, [])
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise DatasetError(f"{path}: {key!r} should be a list of tables")
    return entries


def _categories(table: Mapping[str, Any], path: Path) -> dict[int, str]:
    """The name of each category by its id, in the order of the ids."""
    found: dict[int, str] = {}
    for each in _list(table, "categories", path):
        number, name = coco_id(each.get("id")), each.get("name")
        if not isinstance(number, int) or not isinstance(name, str):
            raise DatasetError(f"{path}: each of 'categories' needs an integer id and a name")
        if found.setdefault(number, name) != name:
            raise DatasetError(f"{path}: {found[number]!r} and {name!r} of 'categories' share the id {shown(number)}")
    return dict(sorted(found.items()))


def _key(value: object) -> str:
    """What is equal for equal ids, of whatever type."""
    found = coco_id(value)
    return repr(value if found is None else found)


def _images(entries: list[Any], annotations: dict[str, list[tuple[int, Any]]]) -> list[_Image]:
    """The pictures in the order in which the file first names them; takes their annotations out of the table."""
    found: dict[object, _Image] = {}
    by_id: dict[str, _Image] = {}
    for entry in entries:
        key, name = _key(entry.get("id")), entry.get("file_name")
        image = found.setdefault(name if isinstance(name, str) else (key,), _Image([], [], []))
        image.entries.append(entry)
        image.annotations.extend(annotations.pop(key, ()))
        if (other := by_id.setdefault(key, image)) is not image:
            image.others.append(str(other.entries[0].get("file_name")))
    for image in found.values():
        image.annotations.sort(key=lambda each: each[0])
    return [*found.values()]


def _record(image: _Image, names: Mapping[int, str], folder: Path, called: Mapping[str, str], path: Path) -> Record:
    entry = image.entries[0]
    name, place = entry.get("file_name"), f"{path}: image {shown(entry.get('id'))}"
    try:
        file = _file(folder, name if isinstance(name, str) else "", called, place)
        faults = [] if is_file_strict(file) else [_missing(file, place)]
    except DatasetError as error:
        return Record(place, ImageFile(path), path, faults=(Fault.of(FaultKind.ANNOTATION, error),))
    if image.others:
        message = f"is the id of {shown(image.others[0])} and of {shown(name)}"
        faults.append(Fault(FaultKind.ANNOTATION, place, message, "give each image its own id"))
    number, *others = dict.fromkeys(written_id(each.get("id")) for each in image.entries)
    return Record(
        str(name),
        ImageFile(file),
        path,
        tuple(_object(number, each, names) for number, each in image.annotations),
        _size(entry),
        layout=Layout.SIZES,
        faults=tuple(faults),
        number=number,
        other_numbers=tuple(each for each in others if each is not None),
    )


def _file(folder: Path, name: str, called: Mapping[str, str], place: str) -> Path:
    """The file of an image; one with a path of another computer is refused where it is not here."""
    if name in called and is_file_strict(here := inside(folder, called[name], place)):
        return here
    return inside(folder, name, place)


def _missing(file: Path, place: str) -> Fault:
    return Fault(FaultKind.MISSING_IMAGE, str(file), "image not found", f"add it, or remove it from {place}")


def _size(image: Any) -> ImageSize | None:
    height, width = (coco_number(image.get(key)) or 0 for key in ("height", "width"))
    return ImageSize(int(height), int(width)) if 1 <= height < _LARGEST and 1 <= width < _LARGEST else None


def _object(number: int, each: Any, names: Mapping[int, str]) -> RawObject:
    place = f"annotation {shown(each.get('id', number))}"
    category, area, crowd = coco_id(each.get("category_id")), coco_number(each.get("area")), each.get("iscrowd")
    numbers = _numbers(each.get("bbox"))
    name = names.get(category) if isinstance(category, int) else None
    if numbers and (degrees := _rotation(each)):
        numbers = from_corners(turned(to_corners(numbers, Layout.SIZES), math.radians(degrees)), Layout.SIZES)
    return RawObject(
        place,
        name or f"category {shown(each.get('category_id'))}",
        to_corners(numbers, Layout.SIZES) if numbers else None,
        str(each["bbox"]) if numbers else f"its bbox should be [x, y, width, height], but is {shown(each.get('bbox'))}",
        crowd=crowd is True or bool(coco_number(crowd)),
        area=area if area is not None and 0 <= area < _LARGEST**2 else None,
        numbers=numbers,
    )


def _rotation(each: Any) -> float | None:
    """The degrees by which a box is turned, as CVAT says among the attributes of an object."""
    attributes = each.get("attributes")
    return coco_number(attributes.get("rotation")) if isinstance(attributes, dict) else None


def _numbers(box: object) -> Box | None:
    if not isinstance(box, list) or len(box) != 4 or any(isinstance(each, str) for each in box):
        return None
    x, y, width, height = (coco_number(each) for each in box)
    if x is None or y is None or width is None or height is None or max(map(abs, (x, y, width, height))) >= _LARGEST:
        return None
    return x, y, width, height


def _strays(annotations: Mapping[str, list[Any]], path: Path) -> Iterator[Record]:
    """Annotations of images that the file does not list."""
    for image_id, entries in annotations.items():
        place = f"{path}: annotation {shown(entries[0][1].get('id', entries[0][0]))}"
        message = f"belongs to image {shown(entries[0][1].get('image_id'))}, which is not among 'images'"
        fault = Fault(FaultKind.ANNOTATION, place, message, "list the image, or remove the annotation")
        yield Record(image_id, ImageFile(path), path, faults=(fault,))

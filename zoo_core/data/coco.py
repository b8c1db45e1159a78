"""Reads data sets of COCO: one JSON file for all images of a split."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from zoo_core.data.annotated import AnnotatedReader, existing_folder
from zoo_core.data.layouts import Box, Layout, to_corners
from zoo_core.data.records import Fault, FaultKind, ImageFile, RawObject, Record, inside
from zoo_core.data.splits import USUAL_SPLITS, name_of_split, usual_splits
from zoo_core.errors import DatasetError, shown
from zoo_core.files import is_file
from zoo_core.geometry import ImageSize
from zoo_core.json_file import read_json

__all__ = ["CocoReader"]

_PATTERNS = ("annotations/instances_{}.json", "annotations/{}.json", "{}/_annotations.coco.json", "{}.json")
"""Where the file of a split is looked for, the most usual first."""
_NO_BOXES = ("captions_", "person_keypoints_", "image_info_", "stuff_", "panoptic_")
"""How files begin that COCO keeps beside those with boxes."""

_TRIED = 20
"""So many images are looked for in each folder where images may be."""
_LARGEST = 1e9
"""No coordinate is larger."""


class CocoReader(AnnotatedReader):
    """JSON files with images, annotations and categories."""

    @staticmethod
    def recognises(root: Path) -> bool:
        """A JSON file of a usual name where one of `CocoSettings` is looked for."""
        return not {*USUAL_SPLITS}.isdisjoint(_files(root))

    def splits(self) -> tuple[str, ...]:
        """The splits of which there is a file."""
        return usual_splits(_files(existing_folder(self.root)))

    def class_names(self) -> tuple[str, ...]:
        """The categories of the first split, in the order of their ids."""
        splits = self.splits()
        return tuple(_categories(*self._content(splits[0])).values()) if splits else ()

    def records(self, split: str) -> list[Record]:
        """The images of a file, in its order."""
        table, path = self._content(split)
        names = _categories(table, path)
        self.category_ids = {**{name: number for number, name in names.items()}, **self.category_ids}
        annotations = defaultdict(list)
        for number, each in enumerate(_list(table, "annotations", path), start=1):
            annotations[str(each.get("image_id"))].append((number, each))
        images = _list(table, "images", path)
        folder = self._image_folder(path, split, images)
        records = [_record(image, annotations.pop(str(image.get("id")), []), names, folder, path) for image in images]
        return [*records, *_strays(annotations, path)]

    def _content(self, split: str) -> tuple[Mapping[str, Any], Path]:
        files = _files(existing_folder(self.root))
        path = files[name_of_split(split, files, self.root)]
        return _table(path), path

    def _image_folder(self, path: Path, split: str, images: list[Any]) -> Path:
        """The folder that has the most of the first images; that of the JSON file when none has any."""
        inner = path.stem.removeprefix("instances_")
        places = [path.parent, self.root / inner, self.root / split, self.root / "images" / inner]
        places += [self.root / "images" / split, self.root / "images", self.root]
        names = [each.get("file_name") for each in images[:_TRIED]]
        return max(places, key=lambda place: sum(_is_there(place, name) for name in names))


def _is_there(folder: Path, name: object) -> bool:
    try:
        return isinstance(name, str) and is_file(inside(folder, name, folder))
    except DatasetError:  # told when the records are made
        return False


def _files(root: Path) -> dict[str, Path]:
    """The file of each split, by the name of the split."""
    found: dict[str, Path] = {}
    for pattern in _PATTERNS:
        before, _, after = pattern.partition("{}")
        for path in sorted(root.glob(pattern.format("*"))):
            name = path.relative_to(root).as_posix().removeprefix(before).removesuffix(after)
            if not name.startswith(("instances_", *_NO_BOXES)):
                found.setdefault(re.sub(r"\d{4}$", "", name) or name, path)
    return found


def _table(path: Path) -> Mapping[str, Any]:
    table = read_json(path, DatasetError)
    for key in ("images", "categories"):
        if not isinstance(table, dict) or not isinstance(table.get(key), list):
            raise DatasetError(f"{path}: is no annotation file of COCO: {key!r} should be a list in it")
    found: Mapping[str, Any] = table
    return found


def _list(table: Mapping[str, Any], key: str, path: Path) -> list[Any]:
    entries = table.get(key, [])
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise DatasetError(f"{path}: {key!r} should be a list of tables")
    return entries


def _categories(table: Mapping[str, Any], path: Path) -> dict[Any, str]:
    """The name of each category by its id, in the order of the ids."""
    entries = _list(table, "categories", path)
    if not all(isinstance(each.get("id"), int) and isinstance(each.get("name"), str) for each in entries):
        raise DatasetError(f"{path}: each of 'categories' needs an id, a whole number, and a name")
    return {each["id"]: each["name"] for each in sorted(entries, key=lambda each: int(each["id"]))}


def _record(image: Any, annotations: list[Any], names: Mapping[Any, str], folder: Path, path: Path) -> Record:
    name, image_id = image.get("file_name"), str(image.get("id"))
    place = f"{path}: image {image_id}"
    objects = tuple(_object(number, each, names) for number, each in annotations)
    try:
        file = inside(folder, name if isinstance(name, str) else "", place)
    except DatasetError as error:
        return Record(image_id, ImageFile(path), path, faults=(Fault.of(FaultKind.ANNOTATION, error),))
    faults = () if is_file(file) else (_missing(file, place),)
    number = image.get("id") if isinstance(image.get("id"), int) else None
    return Record(
        str(name), ImageFile(file), path, objects, _size(image), layout=Layout.SIZES, faults=faults, number=number
    )


def _missing(file: Path, place: str) -> Fault:
    return Fault(FaultKind.MISSING_IMAGE, str(file), "there is no such image", f"add it, or take it out of {place}")


def _size(image: Any) -> ImageSize | None:
    height, width = image.get("height"), image.get("width")
    known = isinstance(height, int) and isinstance(width, int) and height > 0 and width > 0
    return ImageSize(height, width) if known else None


def _object(number: int, each: Any, names: Mapping[Any, str]) -> RawObject:
    place = f"annotation {each.get('id', number)}"
    category, box, area = each.get("category_id"), each.get("bbox"), each.get("area")
    name = names.get(category) if isinstance(category, int) else None
    corners = _corners(box)
    written = str(box) if corners else f"its bbox should be [x, y, width, height], and is {shown(box)}"
    return RawObject(
        place,
        name or f"category {shown(category)}",
        corners,
        written,
        crowd=bool(each.get("iscrowd")),
        area=float(area) if isinstance(area, int | float) and 0 <= area < _LARGEST**2 else None,
    )


def _corners(box: object) -> Box | None:
    if not isinstance(box, list) or len(box) != 4 or not all(isinstance(each, int | float) for each in box):
        return None
    corners = to_corners((box[0], box[1], box[2], box[3]), Layout.SIZES)
    return corners if all(abs(each) < _LARGEST for each in corners) else None  # and so not where one is not a number


def _strays(annotations: Mapping[str, list[Any]], path: Path) -> Iterator[Record]:
    """Annotations of images that the file does not list."""
    for image_id, entries in annotations.items():
        place = f"{path}: annotation {entries[0][1].get('id', entries[0][0])}"
        message = f"belongs to image {image_id}, which is not among 'images'"
        fault = Fault(FaultKind.ANNOTATION, place, message, "list the image, or take the annotation out")
        yield Record(image_id, ImageFile(path), path, faults=(fault,))

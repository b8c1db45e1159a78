"""Reads data sets in Datumaro's JSON, which CVAT exports too: a file for all images of a subset.

The file of a subset is ``annotations/<subset>.json``, and its images are in ``images/<subset>``.

Source: Datumaro, ``plugins/data_formats/datumaro/exporter.py`` and ``base.py``; CVAT, "Datumaro format".
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from zoo_core.common.errors import DatasetError
from zoo_core.common.json_file import read_json
from zoo_core.common.messages import shown
from zoo_core.common.reading import reading
from zoo_core.data.readers.annotated import AnnotatedReader
from zoo_core.data.readers.folders import existing_folder, files_in
from zoo_core.data.readers.image_lookup import located
from zoo_core.data.readers.json_values import number_of, points_of, size_of
from zoo_core.data.readers.layouts import Box, Layout, around, to_corners, turned
from zoo_core.data.readers.records import Fault, FaultKind, RawObject, Record
from zoo_core.data.readers.rle import box_of_runs
from zoo_core.data.readers.splits import USUAL_SPLITS, WHOLE, name_of_split, usual_splits
from zoo_core.data.readers.voc_images import VocImages

__all__ = ["DatumaroReader", "is_datumaro"]

_FOLDER = "annotations"
_HEAD = 1 << 12
"""Bytes at the beginning of a file in which its version or its categories stand."""
_BEGINNING = re.compile(rb'"dm_format_version"\s*:|"categories"\s*:\s*\{')
"""COCO's categories are a list."""
_NO_OBJECTS = ("label", "caption", "hash_key", "feature_vector", "tabular")
"""Annotations of a whole picture."""
_OUTLINES = ("polygon", "ellipse", "cuboid_2d", "skeleton")
_ABSENT = 0
"""What stands behind x and y of a point of a skeleton that is not in the picture."""


class DatumaroReader(AnnotatedReader):
    """Files annotations/train.json and the like, with the images in a folder of each."""

    @staticmethod
    def recognises(root: Path) -> bool:
        """A file annotations/train.json, or of another subset, with the 'categories' and 'items' of Datumaro."""
        return any(map(is_datumaro, _files(root).values()))

    def splits(self) -> tuple[str, ...]:
        """The subsets."""
        return usual_splits(self._there)

    def class_names(self) -> tuple[str, ...] | None:
        """The labels of all subsets that can be read, in their order."""
        names: dict[str, None] = {}
        for path in self._there.values():
            with suppress(DatasetError):
                names |= dict.fromkeys(_labels(self._table(path), path))
        return tuple(names) or None

    def records(self, split: str) -> list[Record]:
        """The items of a subset, in the order of the file."""
        name = name_of_split(split, self._there, self.root / _FOLDER)
        path = self._there[name]
        table = self._table(path)
        labels, images = _labels(table, path), VocImages()
        folders = [self.root / "images" / name, self.root / "images", self.root]
        return [_record(item, labels, path, folders, images) for item in table["items"]]

    @cached_property
    def _there(self) -> dict[str, Path]:
        found = _files(existing_folder(self.root))
        if not found:
            raise DatasetError(f"{self.root}: there is no {_FOLDER}/train.json of Datumaro, nor one of another subset")
        return found

    def _table(self, path: Path) -> Mapping[str, Any]:
        table = read_json(path, DatasetError)
        items = table.get("items") if isinstance(table, dict) else None
        if not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
            raise DatasetError(f"{path}: has no list of 'items'; export the data set again")
        return dict(table)


def is_datumaro(path: Path) -> bool:
    """Whether a file begins as Datumaro's do; it is not read to its end."""
    try:
        with reading(path, DatasetError) as file:
            return _BEGINNING.search(file.read(_HEAD)) is not None
    except DatasetError:  # reported when it is read
        return False


def _files(root: Path) -> dict[str, Path]:
    """The file of each subset; one that is called as a split is may be damaged, which is told when it is read."""
    files = (path for path in files_in(root / _FOLDER) if path.suffix == ".json")
    return {path.stem: path for path in files if path.stem.lower() in (*USUAL_SPLITS, WHOLE) or is_datumaro(path)}


def _labels(table: Mapping[str, Any], path: Path) -> list[str]:
    try:
        labels = [str(each["name"]) for each in table["categories"]["label"]["labels"]]
    except (KeyError, TypeError):
        raise DatasetError(f"{path}: 'categories' should have the names of its labels; export it again") from None
    return labels


def _record(
    item: Mapping[str, Any], labels: Sequence[str], path: Path, folders: Sequence[Path], images: VocImages
) -> Record:
    name, about = str(item.get("id")), item.get("image") or item.get("media") or {}
    place = f"{path}: item {shown(name)}"
    written = about.get("path") if isinstance(about, dict) else None
    # An item without a path is called as its image is, without ending.
    image, faults = located(written if isinstance(written, str) and written else name, folders, path, place, images)
    size = about.get("size") if isinstance(about, dict) else None
    height, width = size if isinstance(size, list) and len(size) == 2 else (None, None)
    annotations = item.get("annotations")
    if not isinstance(annotations, list) or not all(isinstance(each, dict) for each in annotations):
        faults += (Fault(FaultKind.ANNOTATION, place, "has no list of 'annotations'", "export the data set again"),)
        annotations = []
    return Record(name, image, path, tuple(_objects(annotations, labels)), size_of(height, width), faults=faults)


def _objects(annotations: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> Iterator[RawObject]:
    for number, each in enumerate(annotations, start=1):
        kind, label = each.get("type"), each.get("label_id")
        if kind in _NO_OBJECTS:
            continue
        name = labels[label] if isinstance(label, int) and 0 <= label < len(labels) else f"label {shown(label)}"
        attributes = each.get("attributes")
        marks = attributes if isinstance(attributes, dict) else {}
        box = _box(each, kind, number_of(marks.get("rotation")) or 0.0)
        difficult, crowd = (marks.get(mark) in (True, 1) for mark in ("difficult", "is_crowd"))
        place = f"annotation {number}"
        if isinstance(box, str):
            yield RawObject(place, name, None, box, difficult, crowd)
        else:
            yield RawObject(place, name, box, f"({box[0]:g}, {box[1]:g}) to ({box[2]:g}, {box[3]:g})", difficult, crowd)


def _box(annotation: Mapping[str, Any], kind: object, degrees: float) -> Box | str:
    """The box around an annotation, or why it has none; CVAT says in an attribute by how much a box is turned."""
    if kind == "bbox":
        written = annotation.get("bbox")
        numbers = [number_of(each) for each in written] if isinstance(written, list) else []
        x, y, width, height = numbers if len(numbers) == 4 else [None] * 4
        if x is None or y is None or width is None or height is None:
            return f"its bbox should be [x, y, width, height], but is {shown(written)}"
        return turned(to_corners((x, y, width, height), Layout.SIZES), math.radians(degrees))
    if kind == "mask":
        return _box_of_mask(annotation.get("rle"))
    if kind not in _OUTLINES:
        return f"a {kind} has no bounding box"
    written = annotation.get("points")
    flat = written if isinstance(written, list) else []
    if kind == "skeleton":
        triples = [flat[at : at + 3] for at in range(0, len(flat), 3)]
        pairs = [each[:2] for each in triples if each[2:] != [_ABSENT]]
    elif any(isinstance(each, list) for each in flat):
        pairs = flat
    else:
        pairs = [flat[at : at + 2] for at in range(0, len(flat), 2)]
    outline = points_of(pairs)
    return around(outline) if len(outline) > 1 else f"its points should be pairs of numbers, but are {shown(written)}"


def _box_of_mask(rle: object) -> Box | str:
    mask = rle if isinstance(rle, dict) else {}
    size = mask.get("size")
    height = number_of(size[0]) if isinstance(size, list) and size else None
    box = box_of_runs(mask.get("counts"), int(height or 0))
    return box or "its rle should have the counts and the size of a mask that is not empty"

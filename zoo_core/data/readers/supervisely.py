"""Reads projects of Supervisely: for each image a JSON file with its objects.

A project is a folder with meta.json and a folder for each of its datasets, which has the images in ``img`` and
``<name of the image>.json`` in ``ann``; a dataset may hold others in ``datasets``. Boxes are those of Supervisely's own
export to COCO, but for masks, whose pixels belong to their boxes to the last.

Source: Supervisely, ``project/project.py``, ``annotation/label.py``, ``convert/image/coco/coco_helper.py`` and
"Supervisely annotation format".
"""

from __future__ import annotations

import base64
import binascii
import itertools
import struct
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from zoo_core.common.errors import DatasetError
from zoo_core.common.json_file import read_json
from zoo_core.common.messages import shown
from zoo_core.data.pipeline.images import IMAGE_SUFFIXES
from zoo_core.data.readers.annotated import AnnotatedReader
from zoo_core.data.readers.folders import existing_folder, files_in, folders_in, is_folder_strict
from zoo_core.data.readers.image_lookup import located
from zoo_core.data.readers.json_values import number_of, points_of, size_of
from zoo_core.data.readers.layouts import Box, around, turned
from zoo_core.data.readers.records import Fault, FaultKind, RawObject, Record
from zoo_core.data.readers.splits import WHOLE, name_of_split, usual_splits

__all__ = ["SuperviselyReader"]

_ANNOTATIONS, _IMAGES, _META, _INNER = "ann", "img", "meta.json", "datasets"
_WITHOUT_BOX = ("point", "line", "polyline", "point_3d")
_PNG_HEAD = 24
"""Bytes of a PNG up to the end of its width and height."""


class SuperviselyReader(AnnotatedReader):
    """Folders ``img`` and ``ann`` of each dataset; a dataset is a split."""

    @staticmethod
    def recognises(root: Path) -> bool:
        """A folder ann of JSON files beside a folder img, here or in the folder of each dataset."""
        return any(any(_annotations(folder)) for folder in _datasets(root).values())

    def splits(self) -> tuple[str, ...]:
        """The datasets of the project."""
        return usual_splits(_datasets(existing_folder(self.root)))

    def class_names(self) -> tuple[str, ...] | None:
        """The classes of the project, in the order of its meta.json."""
        if _META not in [path.name for path in files_in(self.root)]:
            return None
        table = read_json(self.root / _META, DatasetError)
        classes = table.get("classes") if isinstance(table, dict) else None
        titles = [each.get("title") for each in classes if isinstance(each, dict)] if isinstance(classes, list) else []
        return tuple(dict.fromkeys(title for title in titles if isinstance(title, str))) or None

    def records(self, split: str) -> list[Record]:
        """The annotated images of a dataset, and of those within it, in the order of their files."""
        there = _datasets(existing_folder(self.root))
        folder = there[name_of_split(split, there, self.root)]
        return [_record(path, self.root) for path in _annotations(folder)]


def _datasets(root: Path) -> dict[str, Path]:
    """The folder of each dataset; the root itself where it is one."""
    if _is_dataset(root):
        return {WHOLE: root}
    return {each.name: each for each in folders_in(root) if any(_annotations(each))}


def _is_dataset(folder: Path) -> bool:
    return is_folder_strict(folder / _ANNOTATIONS) and is_folder_strict(folder / _IMAGES)


def _annotations(folder: Path) -> Iterator[Path]:
    """The JSON files of a dataset, and of those within it."""
    if _is_dataset(folder):
        yield from (path for path in files_in(folder / _ANNOTATIONS) if path.suffix == ".json")
    for inner in folders_in(folder / _INNER):
        yield from _annotations(inner)


def _record(path: Path, root: Path) -> Record:
    name = path.name.removesuffix(".json")
    images = path.parent.with_name(_IMAGES)
    if PurePosixPath(name).suffix.lower() not in IMAGE_SUFFIXES:  # early versions wrote a.json for a.jpg
        name = next((each.name for each in files_in(images) if each.stem == name), name)
    image, faults = located(name, [images], path, str(path))
    image_id = (path.parent.parent / name).relative_to(root).as_posix()
    try:
        table = _table(path)
        objects = tuple(_objects(table["objects"], path))
    except DatasetError as error:
        return Record(image_id, image, path, faults=(Fault.of(FaultKind.ANNOTATION, error), *faults))
    size = table.get("size")
    height, width = (size.get(side) if isinstance(size, dict) else None for side in ("height", "width"))
    return Record(image_id, image, path, objects, size_of(height, width), faults=faults)


def _table(path: Path) -> Mapping[str, Any]:
    table = read_json(path, DatasetError)
    if not isinstance(table, dict) or not isinstance(table.get("objects"), list):
        raise DatasetError(f"{path}: has no list of 'objects'; download the annotations of the project again")
    return table


def _objects(figures: list[Any], path: Path) -> Iterator[RawObject]:
    """The figures, those of one class that are bound to each other as one."""
    bound: dict[object, list[tuple[int, Mapping[str, Any]]]] = {}
    for number, figure in enumerate(figures, start=1):
        title = figure.get("classTitle") if isinstance(figure, dict) else None
        if not isinstance(title, str) or not title:
            raise DatasetError(f"{path}: object {number} has no 'classTitle'; name its class, or remove the object")
        key = figure.get("instance")
        bound.setdefault((title, key) if isinstance(key, str) and key else number, []).append((number, figure))
    for members in bound.values():
        number, first = members[0]
        boxes = [_box(figure) for _, figure in members]
        wrong = next((each for each in boxes if isinstance(each, str)), None)
        corners = [corner for box in boxes if not isinstance(box, str) for corner in (box[:2], box[2:])]
        if wrong is not None:
            yield RawObject(f"object {number}", first["classTitle"], None, wrong)
        else:
            x1, y1, x2, y2 = around(corners)
            written = f"({x1:g}, {y1:g}) to ({x2:g}, {y2:g})"
            yield RawObject(f"object {number}", first["classTitle"], (x1, y1, x2, y2), written)


def _box(figure: Mapping[str, Any]) -> Box | str:
    """The box around a figure, or why it has none."""
    kind, mask = figure.get("geometryType", "polygon"), figure.get("bitmap")
    if kind in _WITHOUT_BOX:
        return f"a {kind} has no bounding box"
    if isinstance(mask, dict):
        return _box_of_mask(mask)
    points = _written_points(figure)
    outline = points_of(points)
    if len(outline) < 2:
        return f"the points of this {shown(kind)} should be two or more pairs of numbers, but are {shown(points)}"
    angle = number_of(figure.get("angle") or 0)
    if angle is None:
        return f"its angle should be a number of radians, but is {shown(figure['angle'])}"
    return turned(around(outline), angle)


def _written_points(figure: Mapping[str, Any]) -> object:
    """The points of a figure, of all its parts, as they are written."""
    points, parts = figure.get("points"), figure.get("parts")
    nodes = figure.get("nodes", figure.get("vertices"))  # of keypoints, of a cuboid_2d
    if isinstance(nodes, dict):
        return [each.get("loc") for each in nodes.values() if isinstance(each, dict)]
    if isinstance(parts, list):  # of a multipolygon
        outlines = [each.get("exterior") if isinstance(each, dict) else None for each in parts]
        return [*itertools.chain(*(each if isinstance(each, list) else [each] for each in outlines))]
    return points.get("exterior") if isinstance(points, dict) else points


def _box_of_mask(mask: Mapping[str, Any]) -> Box | str:
    """Where a mask lies: its upper left corner is written, its size is that of a PNG, zipped and in base64."""
    origin = points_of([mask.get("origin")])
    try:
        head = zlib.decompressobj().decompress(base64.b64decode(mask["data"]), _PNG_HEAD)
        width, height = struct.unpack(">II", head[-8:]) if head[:4] == b"\x89PNG" else (None, None)
    except (binascii.Error, zlib.error, struct.error, KeyError, TypeError, ValueError):
        width = height = None
    if not origin or not number_of(width) or not number_of(height):
        return "its mask should have an origin and a PNG as Supervisely writes them"
    ((x, y),) = origin
    return x, y, x + width, y + height

"""Reads data sets of labelme: a JSON file beside each image, with the outlines of its objects.

Boxes are those that labelme's own labelme2coco.py makes, but for its rounding to whole
pixels: around all points, around the circle, and around all shapes of one label and group.

Source: labelme, ``label_file.py`` and ``examples/instance_segmentation/labelme2coco.py``.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from zoo_core.common.errors import DatasetError
from zoo_core.common.json_file import read_json
from zoo_core.common.messages import shown
from zoo_core.common.reading import reading
from zoo_core.data.readers.annotated import AnnotatedReader
from zoo_core.data.readers.folders import existing_folder, files_in, files_in_tree, folders_in
from zoo_core.data.readers.image_lookup import Located, located
from zoo_core.data.readers.json_values import points_of, size_of
from zoo_core.data.readers.layouts import Box, around
from zoo_core.data.readers.records import Fault, FaultKind, ImageFile, ImageSource, RawObject, Record
from zoo_core.data.readers.splits import USUAL_SPLITS, WHOLE, name_of_split

__all__ = ["EmbeddedImage", "LabelmeReader"]

_HEAD = 1 << 16
"""Bytes at the beginning of a file in which its shapes are announced: the image, which is long, comes after them."""
_FOLDERS = ("annotations", "labels", "images")
"""Where JSON files may be together, or in a folder of each split."""
_ASKED = 50
"""So many JSON files of a folder are looked into to recognise the format."""
_WITHOUT_BOX = ("point", "points", "line", "linestrip")


class EmbeddedImage(NamedTuple):
    """An image in the imageData of a file of labelme."""

    path: Path

    def read(self) -> bytes:
        """The encoded image.

        Raises:
            DatasetError: the file cannot be read, or holds no image.
        """
        table = read_json(self.path, DatasetError)
        try:
            return base64.b64decode(table["imageData"], validate=True)
        except (binascii.Error, ValueError, KeyError, TypeError):
            raise DatasetError(f"{self}: is not an image in base64; save the image beside the file") from None

    def __str__(self) -> str:
        return f"{self.path}: imageData"


class LabelmeReader(AnnotatedReader):
    """JSON files with shapes, in the folder of their split."""

    @staticmethod
    def recognises(root: Path) -> bool:
        """A JSON file with 'shapes' for each image, here or in a folder train, annotations, labels or labels/train."""
        return any(
            _has_shapes(path)
            for folder in _likely_folders(root)
            for path in itertools.islice((path for path in files_in(folder) if path.suffix == ".json"), _ASKED)
        )

    def splits(self) -> tuple[str, ...]:
        """The folders that are called as splits usually are, and ``default`` for what lies elsewhere."""
        files = _files(existing_folder(self.root))
        return tuple(split for split in (*USUAL_SPLITS, WHOLE) if any(map(_has_shapes, files.get(split, ()))))

    def records(self, split: str) -> list[Record]:
        """The images of a folder, in the order of their JSON files; those without such a file are not annotated."""
        name = name_of_split(split, self.splits(), self.root)
        found = (_record(path, self.root) for path in _files(self.root)[name])
        return [record for record in found if record]


def _files(root: Path) -> dict[str, list[Path]]:
    """The JSON files of each split, in order; hidden folders hold copies."""
    found: dict[str, list[Path]] = {}
    for path in files_in_tree(root):
        parts = path.relative_to(root).parts
        if path.suffix == ".json" and not any(part.startswith(".") for part in parts):
            found.setdefault(_split_of(parts[:-1]), []).append(path)
    return found


def _split_of(folders: Sequence[str]) -> str:
    """The split in whose folder a file lies, as train or labels/train."""
    names = [name.lower() for name in folders[:2]]
    named = names[1:] if names and names[0] in _FOLDERS else names[:1]
    return next((name for name in named if name in USUAL_SPLITS), WHOLE)


def _likely_folders(root: Path) -> Iterator[Path]:
    for folder in (root, *(root / name for name in _FOLDERS)):
        yield folder
        yield from (each for each in folders_in(folder) if each.name.lower() in USUAL_SPLITS)


def _has_shapes(path: Path) -> bool:
    """Whether a file begins as labelme's do; it is not read to its end."""
    try:
        with reading(path, DatasetError) as file:
            head = file.read(_HEAD)
    except DatasetError:  # reported when the records are made
        return False
    return b'"shapes"' in head and (b'"imagePath"' in head or b'"version"' in head or b'"flags"' in head)


def _record(path: Path, root: Path) -> Record | None:
    """What a file says; None where it is JSON of something else."""
    image_id = path.relative_to(root).with_suffix("").as_posix()
    try:
        table = read_json(path, DatasetError)
        if not isinstance(table, dict) or not table.keys() & {"shapes", "imagePath"}:
            return None
        objects = tuple(_objects(table.get("shapes"), path))
    except DatasetError as error:
        return Record(image_id, EmbeddedImage(path), path, faults=(Fault.of(FaultKind.ANNOTATION, error),))
    image, faults = _image(table, path, root)
    return Record(
        image_id, image, path, objects, size_of(table.get("imageHeight"), table.get("imageWidth")), faults=faults
    )


def _image(table: Mapping[str, Any], path: Path, root: Path) -> tuple[ImageSource, tuple[Fault, ...]]:
    """The file that imagePath names, one of that name beside the JSON file, or the image in imageData."""
    found = _image_file(table.get("imagePath"), path, root)
    if found.faults and isinstance(table.get("imageData"), str):
        return EmbeddedImage(path), ()
    return found


def _image_file(written: object, path: Path, root: Path) -> Located:
    place = f"{path}: imagePath"
    if not isinstance(written, str):
        remedy = "save the file again with labelme"
        message = f"should be the name of the image, but is {shown(written)}"
        return Located(ImageFile(path), (Fault(FaultKind.ANNOTATION, place, message, remedy),))
    name = written.replace("\\", "/")
    # labelme writes ../images/a.jpg where its files have a folder of their own.
    below = os.path.normpath(path.relative_to(root).parent / name)
    found = located(below, [root], path, place)
    if found.faults:
        beside = located(PurePosixPath(name).name, [path.parent], path, place)
        return found if beside.faults else beside
    return found


def _objects(shapes: object, path: Path) -> Iterator[RawObject]:
    """The shapes, those of one label and group as one."""
    if not isinstance(shapes, list) or not all(isinstance(each, dict) for each in shapes):
        raise DatasetError(f"{path}: 'shapes' should be a list of tables; save it again with labelme")
    grouped: dict[object, list[tuple[int, Mapping[str, Any]]]] = {}
    for number, shape in enumerate(shapes, start=1):
        label, group = shape.get("label"), shape.get("group_id")
        if not isinstance(label, str | int) or label == "":
            raise DatasetError(f"{path}: shape {number} has no label; name its class, or remove the shape")
        alone = group is None or not isinstance(group, str | int)
        grouped.setdefault(number if alone else (str(label), group), []).append((number, shape))
    for members in grouped.values():
        yield _object(members)


def _object(members: list[tuple[int, Mapping[str, Any]]]) -> RawObject:
    number, first = members[0]
    boxes: list[Box] = []
    for _, shape in members:
        found = _box(shape)
        if isinstance(found, str):
            return RawObject(f"shape {number}", str(first["label"]), None, found)
        boxes.append(found)
    x1, y1, x2, y2 = around([corner for box in boxes for corner in (box[:2], box[2:])])
    return RawObject(f"shape {number}", str(first["label"]), (x1, y1, x2, y2), f"({x1:g}, {y1:g}) to ({x2:g}, {y2:g})")


def _box(shape: Mapping[str, Any]) -> Box | str:
    """The box around a shape, or why it has none."""
    kind = shape.get("shape_type") or "polygon"
    if kind in _WITHOUT_BOX:
        return f"a {kind} shape has no bounding box"
    points = points_of(shape.get("points"))
    if len(points) < 2:
        return f"its points should be two or more pairs of numbers, but are {shown(shape.get('points'))}"
    if kind == "circle":
        (x, y), edge = points[0], points[1]
        radius = math.dist((x, y), edge)
        return x - radius, y - radius, x + radius, y + radius
    x1, y1, x2, y2 = around(points)
    # The corners of a mask are pixels that belong to it.
    return (x1, y1, x2 + 1, y2 + 1) if kind == "mask" else (x1, y1, x2, y2)

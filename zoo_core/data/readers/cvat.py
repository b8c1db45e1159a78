"""Reads data sets of CVAT for images 1.1: an XML file for all images, or one a split.

Source: CVAT, "XML annotation format" (``annotations.xml``, ``images``); Datumaro, ``cvat_format/exporter.py``
(``train.xml``, ``images``); FiftyOne, ``utils/cvat.py`` (``labels.xml``, ``data``).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from zoo_core.common.errors import DatasetError
from zoo_core.common.reading import reading
from zoo_core.data.readers.annotated import AnnotatedReader
from zoo_core.data.readers.folders import existing_folder, exists_strict
from zoo_core.data.readers.image_lookup import located
from zoo_core.data.readers.layouts import Box, Layout, around, to_corners, turned
from zoo_core.data.readers.records import RawObject, Record, as_number, inside
from zoo_core.data.readers.splits import USUAL_SPLITS, WHOLE, name_of_split
from zoo_core.data.readers.voc_images import VocImages
from zoo_core.parts.geometry import ImageSize

__all__ = ["CvatReader"]

_FILE = "annotations.xml"
_OF_ALL = (_FILE, "labels.xml", f"{WHOLE}.xml")
"""What the file of all images is called: by CVAT, FiftyOne, Datumaro."""
_HEAD = 1 << 12
"""Bytes at the beginning of a file in which its first element stands."""
_WITHOUT_BOX = ("points", "polyline")
_WITH_BOX = ("box", "polygon", "mask", "ellipse", "cuboid", "skeleton")
_CORNERS = [f"{corner}{side}" for side in (1, 2) for corner in ("tl", "bl", "tr", "br")]
"""Of a cuboid: the eight corners of its front and back."""

Points = list[tuple[float, float]]


class CvatReader(AnnotatedReader):
    """The file annotations.xml of a task or project, train.xml and the like, or one in a folder of each split."""

    @staticmethod
    def recognises(root: Path) -> bool:
        """A file annotations.xml, labels.xml or train.xml that begins with <annotations>, or one in a folder train."""
        return any(map(_is_cvat, _files(root).values()))

    def splits(self) -> tuple[str, ...]:
        """The subsets in the order of the file, ``default`` for images without one; or the folders."""
        return tuple(self._content[0])

    def class_names(self) -> tuple[str, ...] | None:
        """The labels of the task or project."""
        return self._content[1] or None

    def records(self, split: str) -> list[Record]:
        """The images of a subset, in the order of the file."""
        by_split = self._content[0]
        return by_split[name_of_split(split, by_split, self.root / _FILE)]

    @cached_property
    def _content(self) -> tuple[dict[str, list[Record]], tuple[str, ...]]:
        """The images of each split, and the labels; a file is read once for all of them."""
        files = _files(existing_folder(self.root))
        if not files:
            raise DatasetError(f"{self.root}: there is no {_FILE}; export the task as 'CVAT for images 1.1'")
        by_split: dict[str, list[Record]] = {}
        labels: dict[str, None] = {}
        images = VocImages()
        for name, path in files.items():
            for element in _elements(path):
                if element.tag == "meta":
                    labels |= dict.fromkeys(_labels(element))
                    continue
                subset = element.get("subset", "").strip()
                split = subset or WHOLE if name == WHOLE else name
                by_split.setdefault(split, []).append(_record(element, subset or name, path, images))
        return by_split, tuple(labels)


def _files(root: Path) -> dict[str, Path]:
    """The file of each split; of XML that is called as a split is, only that of CVAT."""
    found: dict[str, Path] = {}
    for name in _OF_ALL:
        if exists_strict(path := root / name) and (name == _FILE or _is_cvat(path)):
            found.setdefault(WHOLE, path)
    for split in USUAL_SPLITS:
        if exists_strict(path := root / split / _FILE) or (
            exists_strict(path := root / f"{split}.xml") and _is_cvat(path)
        ):
            found[split] = path
    return found


def _is_cvat(path: Path) -> bool:
    try:
        with reading(path, DatasetError) as file:
            return b"<annotations" in file.read(_HEAD)
    except DatasetError:  # reported when it is read
        return True


def _elements(path: Path) -> Iterator[Element]:
    """The elements <meta> and <image> of a file, each forgotten after it was given.

    Raises:
        DatasetError: the file cannot be read, or is not CVAT's XML for images.
    """
    with reading(path, DatasetError) as file:
        try:
            root: Element | None = None
            for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
                if root is None:
                    root = element
                    if element.tag != "annotations":
                        raise DatasetError(f"{path}: is not CVAT XML: its root is not <annotations>")
                elif event == "end" and element.tag in ("meta", "image"):
                    yield element
                    root.clear()
                elif element.tag == "track":
                    raise DatasetError(
                        f"{path}: contains tracks ('CVAT for video'); export the task as 'CVAT for images 1.1'"
                    )
        except DefusedXmlException:
            raise DatasetError(f"{path}: declares a document type or entities; such XML is not read") from None
        except (ParseError, LookupError, ValueError) as error:
            raise DatasetError(f"{path}: is not well-formed XML ({error}); export it again") from None


def _labels(meta: Element) -> Iterator[str]:
    """The names of the labels; those of the points of a skeleton, which have a parent, are not names of objects."""
    for label in meta.iter("label"):
        if (name := (label.findtext("name") or "").strip()) and not (label.findtext("parent") or "").strip():
            yield name


def _record(image: Element, subset: str, path: Path, images: VocImages) -> Record:
    name = image.get("name", "")
    place = f"{path}: image {image.get('id', name)}"
    # CVAT names the frames of a video without the ending of their files.
    file, faults = located(name, _folders(path.parent, subset, place), path, place, images)
    height, width = (as_number(image.get(side, "")) for side in ("height", "width"))
    size = ImageSize(int(height), int(width)) if height and width and min(height, width) >= 1 else None
    return Record(name or f"image {image.get('id')}", file, path, tuple(_objects(image, name)), size, faults=faults)


def _folders(folder: Path, subset: str, place: str) -> list[Path]:
    """Where the images of a subset may be: newer versions of CVAT export a folder for each."""
    folders = [folder / "images", folder / "data", folder]
    try:
        return [*(inside(each, subset, place) for each in folders), *folders]
    except DatasetError:  # it is called as no folder can be, or is none
        return folders


def _objects(image: Element, name: str) -> Iterator[RawObject]:
    """The shapes of an image; what a frame does not show (outside) is left out."""
    shapes = [each for each in image if each.tag in (*_WITH_BOX, *_WITHOUT_BOX) and each.get("outside") != "1"]
    for number, shape in enumerate(shapes, start=1):
        place, label = f"image {name}: {shape.tag} {number}", shape.get("label", "").strip()
        if shape.tag in _WITHOUT_BOX:
            yield RawObject(place, label, None, f"a {shape.tag} shape has no bounding box")
            continue
        box = _box(shape)
        written = "({:g}, {:g}) to ({:g}, {:g})".format(*box) if box else "it has no box of numbers"
        yield RawObject(place, label, box, written)


def _box(shape: Element) -> Box | None:
    """The box around a shape; None where a number is missing or invalid."""
    if shape.tag == "box":
        box = _numbers(shape, "xtl", "ytl", "xbr", "ybr")
        return _turned((box[0], box[1], box[2], box[3]), shape) if box else None
    if shape.tag == "mask":
        found = _numbers(shape, "left", "top", "width", "height")
        return to_corners((found[0], found[1], found[2], found[3]), Layout.SIZES) if found else None
    if shape.tag == "ellipse":
        return _around_ellipse(shape)
    if shape.tag == "skeleton":
        parts = [_points(each.get("points", "")) for each in shape.iter("points") if each.get("outside") != "1"]
        return around(list(itertools.chain(*parts))) if parts and all(parts) else None
    if shape.tag == "cuboid":
        numbers = _numbers(shape, *(f"{axis}{corner}" for corner in _CORNERS for axis in "xy"))
        return around(list(zip(numbers[::2], numbers[1::2], strict=True))) if numbers else None
    points = _points(shape.get("points", ""))
    return around(points) if points else None


def _turned(box: Box, shape: Element) -> Box | None:
    """The upright box around one that is turned by `rotation` degrees."""
    degrees = as_number(shape.get("rotation", "0"))
    return None if degrees is None else turned(box, math.radians(degrees))


def _around_ellipse(shape: Element) -> Box | None:
    numbers, degrees = _numbers(shape, "cx", "cy", "rx", "ry"), as_number(shape.get("rotation", "0"))
    if numbers is None or degrees is None:
        return None
    x, y, rx, ry = numbers
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    half_width, half_height = math.hypot(rx * cos, ry * sin), math.hypot(rx * sin, ry * cos)
    return x - half_width, y - half_height, x + half_width, y + half_height


def _numbers(shape: Element, *names: str) -> tuple[float, ...] | None:
    found = [number for name in names if (number := as_number(shape.get(name, ""))) is not None]
    return tuple(found) if len(found) == len(names) else None


def _points(written: str) -> Points:
    """The points of "x,y;x,y"; none when one is not two numbers."""
    points: Points = []
    for pair in written.split(";"):
        numbers = [as_number(text) for text in pair.split(",")]
        if len(numbers) != 2 or numbers[0] is None or numbers[1] is None:
            return []
        points.append((numbers[0], numbers[1]))
    return points

"""Reads annotation files of Pascal VOC: which objects a picture shows.

VOC counts pixels from 1 and both corners belong to the box. The zoo's boxes are continuous
and measured from the top left corner of the picture, so (xmin, ymin, xmax, ymax) becomes
(xmin - 1, ymin - 1, xmax, ymax): a box around the whole picture is (0, 0, width, height).

Source: Everingham and Winn, The PASCAL VOC Challenge 2012 Development Kit, section 8.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import parse

from zoo_core.common.errors import DatasetError
from zoo_core.common.reading import MOST_TEXT, reading
from zoo_core.data.readers.layouts import Box, turned
from zoo_core.data.readers.records import RawObject, as_number, can_be_a_name
from zoo_core.parts.geometry import ImageSize

__all__ = ["Annotation", "read_annotation"]


class Annotation(NamedTuple):
    """What an annotation file says.

    Attributes:
        size: size of the picture; None when the file does not say.
        objects: in the order of the file.
        filename: filename of the picture, without folder; None when the file does not say.
    """

    size: ImageSize | None
    objects: tuple[RawObject, ...]
    filename: str | None = None


def read_annotation(path: Path) -> Annotation:
    """Read an annotation file.

    Raises:
        DatasetError: the file is missing, not XML or not an annotation of VOC, or an object has no name.
    """
    root = _parsed(path)
    filename = _text(root, "filename").replace("\\", "/").rpartition("/")[2]
    return Annotation(_size(root), tuple(_objects(root, path)), filename if can_be_a_name(filename) else None)


def _objects(root: Element, path: Path) -> Iterator[RawObject]:
    for number, element in enumerate(root.findall("object"), start=1):
        name = _text(element, "name")
        if not name:
            raise DatasetError(f"{path}: object {number} has no name; name its class, or remove the object")
        box, written = _box(element.find("bndbox"))
        if box and (degrees := as_number(_attribute(element, "rotation"))):  # so CVAT writes a box that is turned
            box = turned(box, math.radians(degrees))
        yield RawObject(f"object {number}", name, box, written, difficult=_text(element, "difficult") == "1")


def _parsed(path: Path) -> Element:
    try:
        with reading(path, DatasetError, MOST_TEXT) as file:
            root: Element | None = parse(file, forbid_dtd=True).getroot()
    except DefusedXmlException:
        raise DatasetError(f"{path}: declares a document type or entities; such XML is not read") from None
    except (ParseError, LookupError, ValueError) as error:
        raise DatasetError(f"{path}: is not well-formed XML ({error}); write it again or remove it") from None
    if root is None or root.tag != "annotation":
        raise DatasetError(f"{path}: is XML, but not a Pascal VOC annotation: its root is not <annotation>")
    return root


def _size(root: Element) -> ImageSize | None:
    try:
        size = ImageSize(int(float(_text(root, "size/height"))), int(float(_text(root, "size/width"))))
    except (ValueError, OverflowError):
        return None
    # Some tools write 0x0 when they do not know.
    return size if min(size) > 0 else None


def _box(element: Element | None) -> tuple[Box | None, str]:
    """The corners, None when they are not numbers, and how they are written, or what is wrong with them."""
    if element is None:
        return None, "it has no <bndbox>"
    corners = []
    for key in ("xmin", "ymin", "xmax", "ymax"):
        text = _text(element, key)
        if not text:
            return None, f"its box has no {key}"
        value = as_number(text)
        if value is None:
            return None, f"{key} of its box is not a number: {text!r}"
        corners.append(value)
    x1, y1, x2, y2 = corners
    # To the letter equal corners are a box of one pixel; who annotates so has clicked and not
    # drawn. Such a box, and an inverted one, stays what it is.
    box = (x1 - 1 if x1 < x2 else x1), (y1 - 1 if y1 < y2 else y1), x2, y2
    return box, f"({x1:g}, {y1:g}) to ({x2:g}, {y2:g})"


def _attribute(element: Element, name: str) -> str:
    """The value of an attribute of an object, as CVAT and Datumaro add them; empty where it has none of this name."""
    return next(
        (_text(each, "value") for each in element.iterfind("attributes/attribute") if _text(each, "name") == name), ""
    )


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()

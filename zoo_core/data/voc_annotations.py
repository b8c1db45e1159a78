"""Reads annotation files of Pascal VOC: which objects a picture shows, and which of them are unusable.

VOC counts pixels from 1 and both corners belong to the box. The zoo's boxes are continuous
and measured from the top left corner of the picture, so (xmin, ymin, xmax, ymax) becomes
(xmin - 1, ymin - 1, xmax, ymax): a box around the whole picture is (0, 0, width, height).

Source: Everingham and Winn, The PASCAL VOC Challenge 2012 Development Kit, section 8.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import parse

from zoo_core.errors import DatasetError
from zoo_core.geometry import ImageSize

__all__ = ["Annotation", "VocObject", "read_annotation"]

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class VocObject:
    """An annotated object.

    Attributes:
        name: of its class, as the file writes it.
        box: corner/pixel, within the picture.
        difficult: marked as hard to recognise.
    """

    name: str
    box: Box
    difficult: bool


@dataclass(frozen=True)
class Annotation:
    """What an annotation file says.

    Attributes:
        size: of the picture; None when the file does not say.
        objects: those with a usable box, in the order of the file.
        problems: one line for every other object: file, object, fault.
    """

    size: ImageSize | None
    objects: tuple[VocObject, ...]
    problems: tuple[str, ...]


class _Unusable(Exception):  # noqa: N818  # a fault of one box, never seen outside of this module
    """Why a box cannot be used."""


def read_annotation(path: Path) -> Annotation:
    """Read an annotation file.

    A box that reaches out of the picture, or begins at pixel 0, is clipped to the picture.

    Raises:
        DatasetError: the file is missing, is no XML or no annotation of VOC, or an object has no name.
    """
    root = _parsed(path)
    size = _size(root)
    objects, problems = [], []
    for number, element in enumerate(root.findall("object"), start=1):
        name = _text(element, "name")
        if not name:
            raise DatasetError(f"{path}: object {number} has no name; name its class, or take the object out")
        try:
            box = _box(element.find("bndbox"), size)
        except _Unusable as fault:
            problems.append(f"{path}: object {number} ({name}): {fault}")
        else:
            objects.append(VocObject(name, box, _text(element, "difficult") == "1"))
    return Annotation(size, tuple(objects), tuple(problems))


def _parsed(path: Path) -> Element:
    try:
        root: Element | None = parse(path, forbid_dtd=True).getroot()
    except FileNotFoundError:
        raise DatasetError(f"{path}: there is no such file") from None
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from None
    except DefusedXmlException:
        raise DatasetError(f"{path}: declares a document type or entities, and such XML is not read") from None
    except (ParseError, LookupError, ValueError) as error:
        raise DatasetError(f"{path}: is not well-formed XML ({error}); write it anew or take it out") from None
    if root is None or root.tag != "annotation":
        raise DatasetError(f"{path}: is XML, but no annotation of Pascal VOC: its root is not <annotation>")
    return root


def _size(root: Element) -> ImageSize | None:
    try:
        size = ImageSize(int(float(_text(root, "size/height"))), int(float(_text(root, "size/width"))))
    except (ValueError, OverflowError):
        return None
    # Some tools write 0x0 when they do not know.
    return size if min(size) > 0 else None


def _box(element: Element | None, size: ImageSize | None) -> Box:
    if element is None:
        raise _Unusable("it has no <bndbox>")
    x1, y1, x2, y2 = (_coordinate(element, key) for key in ("xmin", "ymin", "xmax", "ymax"))
    given = f"({x1:g}, {y1:g}) to ({x2:g}, {y2:g})"
    if x2 < x1 or y2 < y1:
        raise _Unusable(f"the box {given} is inverted")
    # To the letter this is one pixel; who annotates so has clicked and not drawn.
    if x2 == x1 or y2 == y1:
        raise _Unusable(f"the box {given} is empty")
    width, height = (size.width, size.height) if size else (math.inf, math.inf)
    box = max(x1 - 1, 0.0), max(y1 - 1, 0.0), min(x2, width), min(y2, height)
    if box[2] <= box[0] or box[3] <= box[1]:
        raise _Unusable(f"the box {given} is outside of the picture" + (f" of {width}x{height} pixels" if size else ""))
    return box


def _coordinate(box: Element, key: str) -> float:
    text = _text(box, key)
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _Unusable(f"{key} of its box is no number: {text!r}" if text else f"its box has no {key}")
    return value


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()

from __future__ import annotations

from pathlib import Path

import pytest

from zoo_core.common.errors import DatasetError
from zoo_core.data.readers.records import Fault, ImageFile, RawObject, Record, usable_box
from zoo_core.data.readers.voc_annotations import read_annotation
from zoo_core.parts.geometry import ImageSize

SIZE = "<size><width>80</width><height>60</height></size>"


@pytest.fixture
def read(tmp_path):
    path = tmp_path / "a.xml"

    def reader(content: str | bytes):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_annotation(path)

    return reader


def usable(found):
    """The box of each object, or why it has none."""
    record = Record("a", ImageFile(Path("a.jpg")), Path("a.xml"), found.objects, found.size)
    boxes = [usable_box(record, each, found.size) for each in found.objects]
    return [str(box).partition(";")[0] if isinstance(box, Fault) else box for box in boxes]


def an_object(box: str, name: str = "cat") -> str:
    keys = ("xmin", "ymin", "xmax", "ymax")
    corners = "".join(f"<{key}>{value}</{key}>" for key, value in zip(keys, box.split(), strict=True))
    return f"<annotation>{SIZE}<object><name>{name}</name><bndbox>{corners}</bndbox></object></annotation>"


@pytest.mark.parametrize(
    ("given", "box"),
    [
        ("1 1 80 60", (0, 0, 80, 60)),  # the whole picture
        ("11 21 30 40", (10, 20, 30, 40)),
        ("11.5 21 30.25 40", (10.5, 20, 30.25, 40)),
        ("0 0 30 40", (0, 0, 30, 40)),  # counted from 0 by mistake: clipped
        ("-5 21 30 70", (0, 20, 30, 60)),  # reaches out: clipped
        (" 11  21\n 30 40 ", (10, 20, 30, 40)),
    ],
)
def test_whole_pixels_from_1_become_distances_from_the_corner(read, given, box):
    found = read(an_object(given))
    assert found.size == ImageSize(60, 80)
    assert usable(found) == [box]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ("30 20 30 40", "the box (30, 20) to (30, 40) is empty"),
        ("30 20 10 40", "the box (30, 20) to (10, 40) is inverted"),
        ("30 40 35 20", "the box (30, 40) to (35, 20) is inverted"),
        ("81 20 90 40", "the box (81, 20) to (90, 40) is outside the picture of 80x60 pixels"),
        ("-9 20 -2 40", "the box (-9, 20) to (-2, 40) is outside the picture of 80x60 pixels"),
        ("nan 20 30 40", "xmin of its box is not a number: 'nan'"),
        ("10 20 thirty 40", "xmax of its box is not a number: 'thirty'"),
    ],
)
def test_a_broken_box_is_told(read, given, fault):
    assert usable(read(an_object(given))) == [f"a.xml: object 1 (cat): {fault}"]


def test_the_box_is_that_of_the_object_and_not_of_its_parts(read):
    part = "<part><name>head</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></part>"
    box = "<bndbox><xmin>11</xmin><ymin>21</ymin><xmax>30</xmax><ymax>40</ymax></bndbox>"
    found = read(f"<annotation><object><name>person</name>{part}{box}<difficult>1</difficult></object></annotation>")
    written = "(11, 21) to (30, 40)"
    assert found.objects == (RawObject("object 1", "person", (10, 20, 30, 40), written, difficult=True),)
    assert found.size is None


def test_objects_without_box_or_corner_are_reported(read):
    found = read(
        "<annotation><object><name>a</name></object>"
        "<object><name>b</name><bndbox><xmin>1</xmin></bndbox></object></annotation>"
    )
    assert usable(found) == ["a.xml: object 1 (a): it has no <bndbox>", "a.xml: object 2 (b): its box has no ymin"]


def test_a_size_of_zero_is_no_size(read):
    zero = an_object("1 1 500 400").replace("80", "0").replace("60", "0")
    assert read(zero).size is None
    assert read(zero).objects[0].box == (0, 0, 500, 400)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<annotation><object>", "is not well-formed XML"),
        ("", "is not well-formed XML"),
        (b"\xff\xfe\x00garbage", "is not well-formed XML"),
        ('<?xml version="1.0" encoding="klingon"?><annotation/>', "is not well-formed XML"),
        ("<html></html>", "not a Pascal VOC annotation"),
        ("<annotation><object><name> </name></object></annotation>", "object 1 has no name"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><annotation>&x;</annotation>', "document type or entities"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(read, tmp_path, content, message):
    with pytest.raises(DatasetError, match=message) as raised:
        read(content)
    assert str(tmp_path / "a.xml") in str(raised.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DatasetError, match=r"b\.xml: no such file"):
        read_annotation(tmp_path / "b.xml")
    with pytest.raises(DatasetError, match="cannot be read"):
        read_annotation(tmp_path)

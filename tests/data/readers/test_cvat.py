from __future__ import annotations

import math
import random

import numpy as np
import pytest

from tests.data.conftest import CLASSES, HEIGHT, WIDTH, cvat_file, picture, write_picture
from zoo_core.common.errors import DatasetError
from zoo_core.data.checks.checking import check_data
from zoo_core.data.pipeline.images import decoded
from zoo_core.data.readers.cvat import CvatReader
from zoo_core.data.settings import CvatSettings

BOX = '<box label="cat" source="manual" occluded="0" xtl="10.00" ytl="20.00" xbr="30.00" ybr="40.00" z_order="0"></box>'
MASK = '<mask label="cat" source="semi-auto" occluded="0" rle="3, 5" left="10" top="20" width="20" height="20"></mask>'
CUBOID = (
    '<cuboid label="cat" occluded="0" xtl1="12" ytl1="22" xbl1="12" ybl1="40" xtr1="28" ytr1="21" xbr1="28" ybr1="39" '
    'xtl2="10" ytl2="20" xbl2="10" ybl2="38" xtr2="30" ytr2="20" xbr2="30" ybr2="37" z_order="0"></cuboid>'
)
SKELETON = (
    '<skeleton label="cat" source="manual" z_order="0">'
    '<points label="head" outside="0" occluded="0" points="10.00,20.00"></points>'
    '<points label="tail" outside="1" occluded="0" points="70.00,55.00"></points>'
    '<points label="paw" outside="0" occluded="1" points="30.00,40.00"></points></skeleton>'
)


def image(shapes, name="a.png", **attributes):
    more = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f'<image id="0" name="{name}" width="{WIDTH}" height="{HEIGHT}"{more}>{shapes}</image>'


@pytest.fixture
def reader(tmp_path):
    """Makes the reader of a task with these images, of which there is one picture."""
    write_picture(tmp_path / "images" / "a.png", "a")

    def write(images):
        (tmp_path / "annotations.xml").write_text(cvat_file(images))
        return CvatReader(CvatSettings(root=tmp_path, train="default", validation="default"))

    return write


@pytest.mark.parametrize(
    "shape",
    [
        BOX,
        '<polygon label="cat" source="manual" points="10.00,25.00;20.5,20.00;30.00,30;15,40" z_order="0"/>',
        '<ellipse label="cat" source="manual" occluded="0" cx="20" cy="30" rx="10" ry="10" z_order="0"></ellipse>',
        MASK,
        CUBOID,
        SKELETON,
    ],
)
def test_the_box_of_a_shape(reader, shape):
    dataset = reader(image(shape)).train(CLASSES)
    np.testing.assert_allclose(dataset[0].boxes, [[10, 20, 30, 40]])
    assert dataset[0].labels.tolist() == [0]
    assert not dataset.problems


@pytest.mark.parametrize("seed", range(20))
def test_a_turned_box_and_a_turned_ellipse_lie_in_the_box_around_them(reader, seed):
    rng = random.Random(seed)
    x, y, width, height, turn = rng.uniform(30, 50), 30, rng.uniform(5, 25), rng.uniform(5, 20), rng.uniform(0, 360)
    sides = f'xtl="{x - width}" ytl="{y - height}" xbr="{x + width}" ybr="{y + height}"'
    shapes = (
        f'<box label="cat" {sides} rotation="{turn}"/>'
        f'<ellipse label="dog" cx="{x}" cy="{y}" rx="{width}" ry="{height}" rotation="{turn}"/>'
    )
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    angles = np.linspace(0, 2 * np.pi, 20_001)
    corners = np.array([(-width, -height), (width, -height), (width, height), (-width, height)])
    ellipse = np.stack([width * np.cos(angles), height * np.sin(angles)], axis=1)
    limits = np.array([0, 0, WIDTH, HEIGHT])
    expected = []
    for points in (corners, ellipse):
        turned = points @ np.array([[cos, sin], [-sin, cos]]) + (x, y)
        box = [*turned.min(axis=0), *turned.max(axis=0)]
        expected.append(np.clip(box, 0, np.tile(limits[2:], 2)))
    np.testing.assert_allclose(reader(image(shapes)).train(CLASSES)[0].boxes, expected, atol=1e-3)


def test_a_quarter_turn_exchanges_the_sides(reader):
    shape = '<box label="cat" xtl="20" ytl="20" xbr="40" ybr="30" rotation="90.00"/>'
    np.testing.assert_allclose(reader(image(shape)).train(CLASSES)[0].boxes, [[25, 15, 35, 35]], atol=1e-4)


def test_what_a_frame_does_not_show_is_none_of_its_objects(reader):
    dataset = reader(image(BOX + BOX.replace("occluded", 'outside="1" occluded'))).train(CLASSES)
    assert len(dataset[0].boxes) == 1
    assert not dataset.problems


def test_tags_are_no_objects_and_lines_are_told(reader):
    lines = '<polyline label="dog" points="1,2;3,4"/><points label="dog" points="1,2"/>'
    dataset = reader(image(BOX + '<tag label="dog" source="manual"></tag>' + lines)).train(CLASSES)
    assert len(dataset[0].boxes) == 1
    assert [line.partition("annotations.xml: ")[2] for line in dataset.problems] == [
        "image a.png: polyline 2 (dog): a polyline shape has no bounding box",
        "image a.png: points 3 (dog): a points shape has no bounding box",
    ]


@pytest.mark.parametrize(
    "shape",
    [
        '<box label="cat" xtl="10" ytl="20" xbr="30"/>',
        '<box label="cat" xtl="x" ytl="20" xbr="30" ybr="40"/>',
        f'<box label="cat" xtl="1{"0" * 400}" ytl="20" xbr="30" ybr="40"/>',
        '<box label="cat" xtl="nan" ytl="20" xbr="30" ybr="40"/>',
        '<box label="cat" xtl="10" ytl="20" xbr="30" ybr="40" rotation="north"/>',
        '<polygon label="cat" points="1,2;3"/>',
        '<polygon label="cat"/>',
        '<ellipse label="cat" cx="1" cy="2" rx="3"/>',
        '<cuboid label="cat" xtl1="12"/>',
        '<mask label="cat" left="1"/>',
        '<skeleton label="cat"/>',
    ],
)
def test_a_shape_without_numbers_is_told_and_left_out(reader, shape):
    dataset = reader(image(BOX + shape)).train(CLASSES)
    assert len(dataset[0].boxes) == 1
    assert [" 2 (cat): " in line and "no box of numbers" in line for line in dataset.problems] == [True]


def test_labels_of_the_points_of_a_skeleton_are_no_classes(reader, tmp_path):
    made = reader(image(BOX))
    text = (tmp_path / "annotations.xml").read_text()
    child = "<label><name>head</name><type>points</type><parent>cat</parent></label></labels>"
    (tmp_path / "annotations.xml").write_text(text.replace("</labels>", child))
    assert made.class_names() == CLASSES


def test_a_set_may_have_a_file_for_each_split(tmp_path):
    for split in ("train", "val"):
        write_cvat_task(tmp_path / split, split)
    report = check_data(tmp_path)
    assert (report.format, report.faults) == ("cvat", ())
    assert {name: split.images for name, split in report.splits.items()} == {"train": 1, "val": 1}


def write_cvat_task(root, name):
    write_picture(root / "images" / "shots" / f"{name}.png", name)
    (root / "annotations.xml").write_text(cvat_file(image(BOX, f"shots/{name}.png")))


@pytest.mark.parametrize("folder", ["images/train", "images", "train", "."])
def test_where_the_images_of_a_subset_may_be(tmp_path, folder):
    write_picture(tmp_path / folder / "a.png", "a")
    (tmp_path / "annotations.xml").write_text(cvat_file(image(BOX, subset="train")))
    assert np.array_equal(CvatReader(CvatSettings(root=tmp_path)).train(CLASSES)[0].image, picture("a"))


def test_frames_of_a_video_are_named_without_the_ending_of_their_files(tmp_path):
    """So CVAT exports a task of a video as images."""
    write_picture(tmp_path / "images" / "frame_000000.PNG", "a")
    write_picture(tmp_path / "images" / "later" / "frame.000001.jpg", "b")
    images = image(BOX, "frame_000000") + image(BOX, "later/frame.000001")
    (tmp_path / "annotations.xml").write_text(cvat_file(images))
    dataset = CvatReader(CvatSettings(root=tmp_path)).train(CLASSES)
    assert np.array_equal(dataset[0].image, picture("a"))
    assert len(dataset[1].boxes) == 1


@pytest.mark.parametrize(
    "subset", ["../../..", "/etc", "C:", "a" * 300, "a/../..", "\u202e", "/".join(["b" * 200] * 30)]
)
def test_a_subset_that_is_no_folder_leads_nowhere(reader, tmp_path, subset):
    write_picture(tmp_path.parent / "a.png", "other")
    made = reader(image(BOX, subset=subset))
    assert made.splits() == (subset,)
    assert np.array_equal(decoded_of(made.records(subset)[0]), picture("a"))


def decoded_of(record):
    return decoded(record.image.read(), record.image)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not well-formed XML"),
        ("<annotations>", "is not well-formed XML"),
        ("<annotation></annotation>", "its root is not <annotations>"),
        ("<annotations><track id='0'><box/></track></annotations>", "contains tracks"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><annotations>&b;</annotations>', "declares a document type or entities"),
        ('<?xml version="1.0" encoding="nonsense"?><annotations/>', "is not well-formed XML"),
        ("<annotations>\xff</annotations>", "is not well-formed XML"),
        ("<annotations/>", "available splits: none"),
        (f"<annotations>{image('', '../a.png')}</annotations>", "'../a.png' is not below"),
        (f"<annotations>{image('', '')}</annotations>", "'' is not below"),
        (f"<annotations>{image('', 'b.png')}</annotations>", r"b\.png: image not found"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(reader, tmp_path, text, said):
    made = reader("")
    (tmp_path / "annotations.xml").write_bytes(text.encode("latin-1"))
    with pytest.raises(DatasetError, match=said):
        made.train(CLASSES)

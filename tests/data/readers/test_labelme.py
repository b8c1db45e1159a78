from __future__ import annotations

import base64
import json
import math
import random

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.data.conftest import CLASSES, HEIGHT, WIDTH, labelme_file, picture, write_picture
from zoo_core.common.errors import DatasetError
from zoo_core.data.checks.checking import check_data
from zoo_core.data.readers.labelme import LabelmeReader
from zoo_core.data.settings import LabelmeSettings

RECTANGLE = {"label": "cat", "points": [[10, 20], [30, 40]], "shape_type": "rectangle"}

WHOLE = {"train": "default", "validation": "default"}
"""Settings of data without splits."""


@pytest.fixture
def opened(tmp_path):
    """Opens a folder with one image and the file of it."""
    write_picture(tmp_path / "a.png", "a")

    def write(*shapes, image="a.png", **others):
        (tmp_path / "a.json").write_text(labelme_file(image, shapes, **others))
        return LabelmeReader(LabelmeSettings(root=tmp_path, train="default")).train(CLASSES)

    return write


@pytest.mark.parametrize(
    ("shape", "box"),
    [
        (RECTANGLE, (10, 20, 30, 40)),
        ({**RECTANGLE, "points": [[30, 20], [10, 40]]}, (10, 20, 30, 40)),  # drawn from the upper right corner
        ({**RECTANGLE, "points": [[30.5, 40], [10, 20.25]]}, (10, 20.25, 30.5, 40)),
        ({**RECTANGLE, "points": [[10, 20], [30, 20], [30, 40], [10, 40]]}, (10, 20, 30, 40)),  # as X-AnyLabeling saves
        ({"label": "cat", "points": [[10, 20], [30, 25], [12, 40]], "shape_type": "polygon"}, (10, 20, 30, 40)),
        ({"label": "cat", "points": [[10, 20], [30, 25], [12, 40]]}, (10, 20, 30, 40)),  # labelme 3 has polygons only
        ({"label": "cat", "points": [[20, 30], [23, 34]], "shape_type": "circle"}, (15, 25, 25, 35)),
        ({"label": "cat", "points": [[10, 20], [29, 39]], "shape_type": "mask", "mask": "iVBO"}, (10, 20, 30, 40)),
        ({"label": "cat", "points": [[-5, 20], [90, 40]], "shape_type": "rectangle"}, (0, 20, WIDTH, 40)),
    ],
)
def test_the_box_of_a_shape(opened, shape, box):
    dataset = opened(shape)
    np.testing.assert_allclose(dataset[0].boxes, [box])
    assert not dataset.problems


def drawn_box(shapes):
    """As labelme2coco.py finds it: the extent of the pixels that the shapes cover together."""
    mask = Image.new("1", (WIDTH, HEIGHT))
    draw = ImageDraw.Draw(mask)
    for kind, points in shapes:
        if kind == "polygon":
            draw.polygon(points, outline=1, fill=1)
        elif kind == "rectangle":
            draw.rectangle([*np.min(points, axis=0), *np.max(points, axis=0)], outline=1, fill=1)
        else:
            (x, y), edge = points
            radius = math.dist((x, y), edge)
            draw.ellipse([x - radius, y - radius, x + radius, y + radius], outline=1, fill=1)
    rows, columns = np.nonzero(np.array(mask))
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


@pytest.mark.parametrize("seed", range(40))
def test_boxes_are_those_of_labelme2coco_but_for_its_rounding(opened, seed):
    rng = random.Random(seed)
    kinds = rng.choices(["polygon", "rectangle", "circle"], k=rng.randint(1, 3))
    shapes = []
    for kind in kinds:
        x, y = rng.uniform(20, 60), rng.uniform(20, 40)
        count = {"polygon": 6, "rectangle": 2, "circle": 2}[kind]
        shapes.append((kind, [(x + rng.uniform(-12, 12), y + rng.uniform(-12, 12)) for _ in range(count)]))
    written = [{"label": "cat", "shape_type": kind, "points": points, "group_id": 7} for kind, points in shapes]
    np.testing.assert_allclose(opened(*written)[0].boxes, [drawn_box(shapes)], atol=1.01)


def test_shapes_of_one_label_and_group_are_one_object(opened):
    other = {**RECTANGLE, "points": [[50, 10], [60, 30]]}
    grouped = [{**each, "group_id": 1} for each in (RECTANGLE, other)]
    dog = {**other, "label": "dog", "group_id": 1}
    dataset = opened(*grouped, dog, other)
    assert dataset[0].boxes.tolist() == [[10, 10, 60, 40], [50, 10, 60, 30], [50, 10, 60, 30]]
    assert dataset[0].labels.tolist() == [0, 1, 0]


@pytest.mark.parametrize("kind", ["point", "line", "linestrip", "points"])
def test_points_and_lines_are_told_and_left_out(opened, kind):
    dataset = opened(RECTANGLE, {**RECTANGLE, "shape_type": kind})
    assert len(dataset[0].boxes) == 1
    assert [f"shape 2 (cat): a {kind} shape has no bounding box" in line for line in dataset.problems] == [True]


@pytest.mark.parametrize(
    "points",
    [None, [], [[1, 2]], [[1, 2], [3]], [[1, 2], [3, "4"]], [[1, 2], [3, None]], [[1, 2], [3, True]], "1,2", {"x": 1}],
)
def test_points_that_are_none_are_told(opened, points):
    dataset = opened(RECTANGLE, {**RECTANGLE, "points": points})
    assert len(dataset[0].boxes) == 1
    assert ["shape 2 (cat): its points should be two or more pairs" in line for line in dataset.problems] == [True]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1" + "0" * 400, "1e999", "-1" + "0" * 309])
def test_numbers_without_measure_are_told(opened, tmp_path, number):
    dataset = opened(RECTANGLE)
    text = (
        (tmp_path / "a.json").read_text().replace('"shapes": [', f'"shapes": [{json.dumps(RECTANGLE)[:-1]}, ' + "X}, ")
    )
    (tmp_path / "a.json").write_text(text.replace("X", f'"points": [[{number}, 2], [3, 4]]'))
    dataset = LabelmeReader(LabelmeSettings(root=tmp_path, train="default")).train(CLASSES)
    assert len(dataset[0].boxes) == 1
    assert ["shape 1 (cat): its points" in line for line in dataset.problems] == [True]


def test_an_image_of_hundreds_of_digits_is_no_size(opened):
    assert opened(RECTANGLE, imageHeight=10**400, imageWidth=10**400)[0].image.shape == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize(
    "image",
    [
        "a.png",
        "./a.png",
        "../labels/a.png",
        r"..\labels\a.png",
        "C:\\Users\\me\\a.png",
        "/home/me/a.png",
        "../../../a.png",
    ],
)
def test_the_image_is_where_the_file_says_or_beside_it(tmp_path, image):
    write_picture(tmp_path / "labels" / "a.png", "a")
    (tmp_path / "labels" / "a.json").write_text(labelme_file(image, [RECTANGLE]))
    dataset = LabelmeReader(LabelmeSettings(root=tmp_path, train="default")).train(CLASSES)
    assert np.array_equal(dataset[0].image, picture("a"))


def test_files_may_have_a_folder_of_their_own(tmp_path):
    write_picture(tmp_path / "images" / "a.png", "a")
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "a.json").write_text(labelme_file("..\\images\\a.png", [RECTANGLE]))
    report = check_data(tmp_path, settings=WHOLE)
    assert (report.format, report.faults) == ("labelme", ())


def test_an_image_within_its_file_is_read(opened, tmp_path):
    data = base64.b64encode((tmp_path / "a.png").read_bytes()).decode()
    (tmp_path / "a.png").unlink()
    assert np.array_equal(opened(RECTANGLE, imageData=data)[0].image, picture("a"))
    with pytest.raises(DatasetError, match=r"a\.json: imageData: is not an image in base64"):
        opened(RECTANGLE, imageData="no base64!")[0]
    with pytest.raises(DatasetError, match=r"a\.png: image not found"):
        opened(RECTANGLE, imageData=None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ('{"shapes": 3, "imagePath": "a.png"}', "'shapes' should be a list of tables"),
        ('{"shapes": [3], "imagePath": "a.png"}', "'shapes' should be a list of tables"),
        ('{"imagePath": "a.png"}', "'shapes' should be a list of tables"),
        ('{"shapes": [{"points": [[1, 2], [3, 4]]}], "imagePath": "a.png"}', "shape 1 has no label"),
        ('{"shapes": [], "imagePath": 3}', "imagePath: should be the name of the image, but is 3"),
        ('{"shapes": [], "imagePath": "../b.png"}', r"'\.\./b\.png' is not below"),
        ('{"shapes": [], "imagePath": "b\\u0000.png"}', "is not below"),
        ("[" * 100_000, "nested too deeply|is not JSON"),
        ("\xff\xfe{", "is not JSON"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(opened, tmp_path, text, said):
    opened(RECTANGLE)
    (tmp_path / "z.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(DatasetError, match=rf"z\.json: .*{said}"):
        LabelmeReader(LabelmeSettings(root=tmp_path, train="default")).train(CLASSES)
    report = check_data(tmp_path, "labelme", CLASSES, WHOLE)
    assert [fault.kind.value for fault in report.faults] == ["annotation"]
    assert not report.can_train


def test_what_is_beside_the_files_is_no_image_of_the_set(opened, tmp_path):
    opened(RECTANGLE)
    (tmp_path / "package.json").write_text('{"version": "1.0"}')
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / ".ipynb_checkpoints" / "a.json").write_text(labelme_file("../a.png", [RECTANGLE]))
    write_picture(tmp_path / "not_annotated.png", "b")
    report = check_data(tmp_path, settings=WHOLE)
    assert (report.total.images, report.faults) == (1, ())


def test_files_outside_of_the_folders_of_the_splits_are_a_split_too(opened, tmp_path):
    opened(RECTANGLE)
    for split in ("train", "valid"):
        write_picture(tmp_path / split / f"{split}.png", split)
        (tmp_path / split / f"{split}.json").write_text(labelme_file(f"{split}.png", [RECTANGLE]))
    reader = LabelmeReader(LabelmeSettings(root=tmp_path))
    assert reader.splits() == ("train", "valid", "default")
    assert [reader.validation(CLASSES)[0].image_id] == ["valid/valid"]

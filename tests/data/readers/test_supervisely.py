from __future__ import annotations

import base64
import json
import math
import zlib

import cv2
import numpy as np
import pytest

from tests.data.conftest import CLASSES, HEIGHT, WIDTH, write_picture
from zoo_core.common.errors import DatasetError
from zoo_core.data.checks.checking import check_data
from zoo_core.data.readers.supervisely import SuperviselyReader
from zoo_core.data.settings import SuperviselySettings


def figure(kind, points, title="cat", **others):
    return {"classTitle": title, "geometryType": kind, "points": {"exterior": points, "interior": []}, **others}


def mask(width, height, origin):
    """As Supervisely packs a mask: a PNG of the rows and columns that it covers, zipped, in base64."""
    png = cv2.imencode(".png", np.full((height, width), 255, np.uint8))[1].tobytes()
    return {"data": base64.b64encode(zlib.compress(png)).decode(), "origin": origin}


def write(root, *objects, size=(HEIGHT, WIDTH)):
    write_picture(root / "ds" / "img" / "a.png", "a")
    (root / "ds" / "ann").mkdir()
    table = {"size": dict(zip(("height", "width"), size, strict=True)), "objects": list(objects)}
    (root / "ds" / "ann" / "a.png.json").write_text(json.dumps(table))
    return SuperviselyReader(SuperviselySettings(root=root, train="ds")).train(CLASSES)


def masked(bitmap):
    return {"classTitle": "cat", "geometryType": "bitmap", "bitmap": bitmap}


RECTANGLE = figure("rectangle", [[10, 20], [30, 40]])


@pytest.mark.parametrize(
    "shape",
    [
        RECTANGLE,
        figure("rectangle", [[30, 20], [10, 40]]),
        figure("polygon", [[10, 20], [30, 25], [12, 40]]),
        {"classTitle": "cat", "points": {"exterior": [[10, 20], [30, 40]]}, "bitmap": None},  # of the first years
        masked(mask(20, 20, [10, 20])),
        {"classTitle": "cat", "geometryType": "graph", "nodes": {"a": {"loc": [10, 40]}, "b": {"loc": [30, 20]}}},
        {"classTitle": "cat", "geometryType": "cuboid", "faces": [], "points": [[10, 20], [30, 22], [14, 40]]},
        {
            "classTitle": "cat",
            "geometryType": "cuboid_2d",
            "vertices": {"a": {"loc": [10, 40]}, "b": {"loc": [30, 20]}},
        },
        {
            "classTitle": "cat",
            "geometryType": "multipolygon",
            "parts": [
                {"exterior": [[10, 20], [14, 20], [12, 25]], "interior": []},
                {"exterior": [[20, 30], [30, 30], [25, 40]], "interior": [[[22, 31], [23, 31], [22, 32]]]},
            ],
        },
        {"classTitle": "cat", "geometryType": "oriented_bbox", "points": [[10, 20], [30, 40]], "angle": math.pi},
    ],
)
def test_the_box_of_a_figure(tmp_path, shape):
    dataset = write(tmp_path, shape)
    assert dataset[0].boxes.tolist() == [[10, 20, 30, 40]]
    assert not dataset.problems


def test_figures_that_are_bound_are_one_object(tmp_path):
    first = {**RECTANGLE, "instance": "0a1b"}
    second = figure("polygon", [[40, 30], [50, 35], [45, 50]], instance="0a1b")
    dataset = write(tmp_path, first, second, figure("rectangle", [[1, 2], [5, 6]]), {**second, "classTitle": "dog"})
    assert dataset[0].boxes.tolist() == [[10, 20, 50, 50], [1, 2, 5, 6], [40, 30, 50, 50]]


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (figure("point", [[10, 20]]), "a point has no bounding box"),
        (figure("line", [[10, 20], [30, 40]]), "a line has no bounding box"),
        (figure("polygon", [[10, 20], ["x", 40]]), "should be two or more pairs of numbers"),
        ({"classTitle": "cat", "geometryType": "rectangle"}, "should be two or more pairs of numbers, but are null"),
        ({"classTitle": "cat", "geometryType": "multipolygon", "parts": [7]}, "should be two or more pairs of numbers"),
        ({**RECTANGLE, "angle": "north"}, "its angle should be a number of radians, but is 'north'"),
        (masked({"data": "no", "origin": [1, 2]}), "its mask should"),
        (masked(mask(3, 3, origin=None)), "its mask should"),
    ],
)
def test_what_has_no_box_is_told(tmp_path, shape, said):
    dataset = write(tmp_path, RECTANGLE, shape)
    assert len(dataset[0].boxes) == 1
    assert [said in line and "object 2 (cat)" in line for line in dataset.problems] == [True]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{}", "has no list of 'objects'"),
        ("[", "is not JSON"),
        ('{"objects": [{"geometryType": "rectangle"}]}', "object 1 has no 'classTitle'"),
        ('{"objects": [7]}', "object 1 has no 'classTitle'"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path, content, said):
    write(tmp_path, RECTANGLE)
    (tmp_path / "ds" / "ann" / "a.png.json").write_text(content)
    with pytest.raises(DatasetError, match=said):
        SuperviselyReader(SuperviselySettings(root=tmp_path, train="ds")).train(CLASSES)
    assert not check_data(tmp_path).can_train


def test_what_is_missing_or_of_another_size_is_told(tmp_path):
    write(tmp_path, RECTANGLE, size=(HEIGHT + 1, WIDTH))
    (tmp_path / "ds" / "ann" / "b.png.json").write_text('{"objects": []}')
    assert {fault.kind.value for fault in check_data(tmp_path).faults} >= {"other size", "missing image"}


def test_datasets_that_are_not_called_as_splits_are_named(tmp_path):
    write(tmp_path, RECTANGLE)
    write_picture(tmp_path / "more" / "img" / "a.png", "b")
    (tmp_path / "more" / "ann").mkdir()
    (tmp_path / "more" / "ann" / "a.png.json").write_text('{"objects": []}')
    reader = SuperviselyReader(SuperviselySettings(root=tmp_path, train=("ds", "more")))
    assert reader.splits() == ("ds", "more")
    assert len(reader.train(CLASSES)) == 2
    with pytest.raises(DatasetError, match="no split named 'val'; available splits: ds, more"):
        reader.validation(CLASSES)

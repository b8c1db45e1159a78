"""A box that an annotator has turned is read as the upright box around it, however its format says by how much."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from tests.data.conftest import CLASSES, SCENE
from zoo_core.registry.registry import make

BOX = (20, 20, 40, 30)
TURNS = (0, 30, 90, 200.5)


def around_turned(degrees):
    """What the four corners are after a turn about the centre."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    corners = np.array([(-10, -5), (10, -5), (10, 5), (-10, 5)]) @ np.array([[cos, sin], [-sin, cos]]) + (30, 25)
    return [*corners.min(axis=0), *corners.max(axis=0)]


def turn_cvat(root, degrees):
    path = root / "annotations.xml"
    path.write_text(path.read_text().replace('z_order="0"', f'z_order="0" rotation="{degrees:.2f}"', 1))


def turn_voc(root, degrees):
    """PASCAL VOC 1.1 of CVAT."""
    path = root / "Annotations" / "a.xml"
    turn = f"<attribute><name>rotation</name><value>{degrees}</value></attribute>"
    marks = "<attributes><attribute><name>color</name><value>red</value></attribute>" + turn + "</attributes></object>"
    path.write_text(path.read_text().replace("</object>", marks, 1))


def turn_coco(root, degrees):
    """COCO 1.0 of CVAT."""
    edit(root / "annotations" / "instances_train2017.json", lambda table: table["annotations"][0], degrees)


def turn_datumaro(root, degrees):
    edit(root / "annotations" / "train.json", lambda table: table["items"][0]["annotations"][0], degrees)


def edit(path, find, degrees):
    table = json.loads(path.read_text())
    find(table)["attributes"] = {"occluded": False, "rotation": degrees}
    path.write_text(json.dumps(table))


def turn_supervisely(root, degrees):
    path = root / "train" / "ann" / "a.png.json"
    table = json.loads(path.read_text())
    points = table["objects"][0]["points"]["exterior"]
    table["objects"][0] |= {"geometryType": "oriented_bbox", "points": points, "angle": math.radians(degrees)}
    path.write_text(json.dumps(table))


@pytest.mark.parametrize("degrees", TURNS)
@pytest.mark.parametrize(
    ("name", "turn"),
    [
        ("cvat", turn_cvat),
        ("voc", turn_voc),
        ("coco", turn_coco),
        ("datumaro", turn_datumaro),
        ("supervisely", turn_supervisely),
    ],
)
def test_the_upright_box_around_a_turned_one(formats, tmp_path, name, turn, degrees):
    formats[name].write(tmp_path, {"train": {"a": [("cat", BOX), ("dog", BOX)]}, "val": SCENE["val"]})
    turn(tmp_path, degrees)
    sample = make(formats[name].settings(tmp_path)).train(CLASSES)[0]
    np.testing.assert_allclose(sample.boxes, [around_turned(degrees), BOX], atol=1e-3)
    if name == "coco":  # what is scored by COCO's rule is the same box
        np.testing.assert_allclose(sample.coco_boxes[:, :2], sample.boxes[:, :2], atol=1e-3)

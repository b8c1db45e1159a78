from __future__ import annotations

import json

import numpy as np
import pytest
from pycocotools import mask

from tests.data.conftest import CLASSES, HEIGHT, WIDTH, write_picture
from zoo_core.common.errors import DatasetError
from zoo_core.data.checks.checking import check_data
from zoo_core.data.readers.datumaro import DatumaroReader
from zoo_core.data.readers.rle import box_of_runs
from zoo_core.data.settings import DatumaroSettings

LABELS = {"label": {"labels": [{"name": name} for name in CLASSES]}}
BOX = {"type": "bbox", "label_id": 0, "bbox": [10, 20, 20, 20]}


def write(root, *annotations, **item):
    write_picture(root / "images" / "train" / "a.png", "a")
    (root / "annotations").mkdir()
    item = {"id": "a", "annotations": annotations, "image": {"path": "a.png", "size": [HEIGHT, WIDTH]}, **item}
    (root / "annotations" / "train.json").write_text(json.dumps({"categories": LABELS, "items": [item]}))
    return DatumaroReader(DatumaroSettings(root=root))


@pytest.mark.parametrize(
    "annotation",
    [
        BOX,
        {**BOX, "id": 7, "attributes": {"occluded": True}, "group": 3, "z_order": 1},
        {"type": "polygon", "label_id": 0, "points": [10, 20, 30, 25, 12, 40]},
        {"type": "ellipse", "label_id": 0, "points": [10, 20, 30, 40]},
        {"type": "cuboid_2d", "label_id": 0, "points": [[10, 20], [30, 22], [12, 40]]},
        {"type": "skeleton", "label_id": 0, "points": [10, 40, 2, 0, 0, 0, 30, 20, 1]},
    ],
)
def test_the_box_of_an_annotation(tmp_path, annotation):
    dataset = write(tmp_path, {"type": "caption", "caption": "a cat"}, annotation).train(CLASSES)
    assert dataset[0].boxes.tolist() == [[10, 20, 30, 40]]
    assert not dataset.problems


@pytest.mark.parametrize("seed", range(20))
def test_the_box_of_a_mask_is_that_of_pycocotools(seed):
    """So CVAT exports ellipses, too."""
    rng = np.random.default_rng(seed)
    height, width = rng.integers(1, 70, 2)
    image = np.asfortranarray(rng.random((height, width)) < rng.choice([0.01, 0.5, 1]), np.uint8)
    image[:, : rng.integers(width)] = 0
    image[rng.integers(height), rng.integers(width)] = 1
    rle = mask.encode(image)
    x, y, w, h = mask.toBbox(rle)
    assert box_of_runs(rle["counts"].decode(), height) == (x, y, x + w, y + h)


def test_a_mask_is_read_as_the_box_around_it(tmp_path):
    image = np.zeros((HEIGHT, WIDTH), np.uint8, order="F")
    image[20:40, 10:30] = 1
    rle = mask.encode(image)
    written = {"counts": rle["counts"].decode(), "size": rle["size"]}
    dataset = write(tmp_path, {"type": "mask", "label_id": 0, "rle": written}).train(CLASSES)
    assert dataset[0].boxes.tolist() == [[10, 20, 30, 40]]


def test_difficult_and_crowd_are_attributes(tmp_path):
    reader = write(tmp_path, {**BOX, "attributes": {"difficult": True}}, {**BOX, "attributes": {"is_crowd": True}})
    marks = [(each.difficult, each.crowd) for each in reader.records("train")[0].objects]
    assert marks == [(True, False), (False, True)]


@pytest.mark.parametrize(
    ("annotation", "said"),
    [
        ({**BOX, "bbox": [1, 2, 3]}, "its bbox should be"),
        ({**BOX, "bbox": None}, "its bbox should be"),
        ({"type": "points", "label_id": 0, "points": [10, 20, 30, 40]}, "a points has no bounding box"),
        ({"type": "mask", "label_id": 0, "rle": {"counts": "6", "size": [2, 3]}}, "a mask that is not empty"),
        ({"type": "mask", "label_id": 0, "rle": {"counts": "0\n6", "size": [2, 3]}}, "a mask that is not empty"),
        ({"type": "mask", "label_id": 0, "rle": {"counts": "06", "size": [0, 3]}}, "a mask that is not empty"),
        (
            {"type": "mask", "label_id": 0, "rle": {"counts": "o" * 1_000_000, "size": [2, 3]}},
            "a mask that is not empty",
        ),
        ({"type": "mask", "label_id": 0, "rle": None}, "a mask that is not empty"),
        ({"type": "polygon", "label_id": 0, "points": [1, 2, 3]}, "its points should be pairs of numbers"),
    ],
)
def test_what_has_no_box_is_told(tmp_path, annotation, said):
    dataset = write(tmp_path, BOX, annotation).train(CLASSES)
    assert len(dataset[0].boxes) == 1
    assert [said in line and "annotation 2 (cat)" in line for line in dataset.problems] == [True]


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({"annotations": 3}, "has no list of 'annotations'"),
        ({"image": {"path": "b.png"}}, "image not found"),
        ({"image": {"path": "../../b.png"}}, "is not below"),
        ({"id": "b", "image": None}, "image not found"),
        ({"id": "../../../out", "image": None}, "is not below"),
        ({"annotations": [{**BOX, "label_id": 9}]}, "label 9"),
        ({"annotations": [{**BOX, "label_id": None}]}, "label null"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path, item, said):
    with pytest.raises(DatasetError, match=said):
        write(tmp_path, **{"annotations": [BOX], **item}).train(CLASSES)
    assert not check_data(tmp_path, class_names=CLASSES).can_train


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"categories": {}, "items": 3}', "no list of 'items'"),
        ('{"categories": {}, "items": []}', "names of its labels"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path, content, said):
    reader = write(tmp_path)
    (tmp_path / "annotations" / "train.json").write_text(content)
    with pytest.raises(DatasetError, match=said):
        reader.train(CLASSES)

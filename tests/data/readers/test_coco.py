from __future__ import annotations

import json
import re

import pytest

from tests.data.conftest import CLASSES, SCENE, write_coco, write_picture
from zoo_core.common.errors import DatasetError
from zoo_core.data.readers.coco import CocoReader
from zoo_core.data.settings import CocoSettings


@pytest.fixture
def edited(tmp_path):
    """Opens the training split after a change of its table."""
    write_coco(tmp_path)
    path = tmp_path / "annotations" / "instances_train2017.json"

    def change(**changes):
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
        return CocoReader(CocoSettings(root=tmp_path)).train(CLASSES)

    return change


def annotation(**changes):
    return {"id": 5, "image_id": 1, "category_id": 3, "bbox": [10, 20, 20, 20], "iscrowd": 0, **changes}


def test_crowds_are_scored_and_not_trained_on(tmp_path):
    write_coco(tmp_path)
    path = tmp_path / "annotations" / "instances_train2017.json"
    table = json.loads(path.read_text())
    path.write_text(json.dumps({**table, "annotations": [annotation(), annotation(id=6, iscrowd=1)]}))
    reader = CocoReader(CocoSettings(root=tmp_path, validation="train"))
    assert reader.train(CLASSES)[0].crowd.tolist() == [False]
    assert reader.validation(CLASSES)[0].crowd.tolist() == [False, True]


def test_the_layout_of_roboflow(tmp_path):
    write_coco(tmp_path / "other", {"train": SCENE["train"]})
    table = (tmp_path / "other" / "annotations" / "instances_train2017.json").read_text()
    for split in ("train", "valid"):
        for name in SCENE["train"]:
            write_picture(tmp_path / split / f"{name}.png", name)
        (tmp_path / split / "_annotations.coco.json").write_text(table)
    reader = CocoReader(CocoSettings(root=tmp_path))
    assert reader.splits() == ("train", "valid")
    assert len(reader.train(CLASSES)[0].boxes) == len(reader.validation(CLASSES)[0].boxes) == 2


@pytest.mark.parametrize(
    ("bbox", "said"),
    [
        ([1, 2, 3], "its bbox should be [x, y, width, height], but is [1, 2, 3]"),
        (["1", 2, 3, 4], "should be [x, y, width, height]"),
        ([float("nan"), 2, 3, 4], "should be [x, y, width, height]"),
        ([1, 2, 1e300, 4], "should be [x, y, width, height]"),
        (None, "should be [x, y, width, height], but is null"),
        ([10, 20, 0, 5], "the box [10, 20, 0, 5] is empty"),
        ([10, 20, -5, 5], "the box [10, 20, -5, 5] is inverted"),
    ],
)
def test_a_broken_box_is_named_by_its_annotation(edited, bbox, said):
    dataset = edited(annotations=[annotation(), annotation(id=6, bbox=bbox)])
    assert len(dataset.problems) == 1
    assert "annotation 6 (cat): " in dataset.problems[0]
    assert said in dataset.problems[0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"images": 3}, "'images' should be a list"),
        ({"images": ["a.png"]}, "'images' should be a list of tables"),
        ({"categories": [{"id": "x"}]}, "needs an integer id and a name"),
        ({"annotations": [annotation(), annotation(image_id=[1])]}, r"belongs to image \[1\], which is not among"),
        ({"annotations": [annotation(), annotation(category_id=[1])]}, r"not configured: category \[1\]"),
        ({"images": [{"id": 1, "file_name": "../../etc/passwd"}]}, "is not below"),
        ({"images": [{"id": 1, "file_name": "/etc/passwd"}]}, "is not below"),
        ({"images": [{"id": 1, "file_name": "C:\\z.png"}]}, "is not below"),
        ({"images": [{"id": 1, "file_name": "a" * 5000}]}, "is not below"),
        ({"images": [{"id": 1, "file_name": "\ud800.png"}]}, "is not below"),
        ({"images": [{"id": 1, "file_name": "a\0.png"}]}, "is not below"),
        ({"images": [{"id": 1}]}, "is not below"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(edited, changes, said):
    with pytest.raises(DatasetError, match=said):
        edited(**changes)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not JSON"),
        (b"[" * 100_000, "is nested too deeply"),
        (b"\xff\xfe", "is not JSON"),
        (b"[]", "is not a COCO annotation file"),
    ],
)
def test_hostile_json_is_refused(tmp_path, content, said):
    write_coco(tmp_path)
    path = tmp_path / "annotations" / "instances_train2017.json"
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=f"{re.escape(str(path))}: {said}"):
        CocoReader(CocoSettings(root=tmp_path)).train(CLASSES)


def test_files_with_one_id_are_told(edited):
    images = [{"id": 1, "file_name": "a.png"}, {"id": 1.0, "file_name": "b.png"}]
    with pytest.raises(DatasetError, match=r"image 1\.0: is the id of 'a\.png' and of 'b\.png'"):
        edited(images=images, annotations=[annotation()])


def test_categories_with_one_id_and_two_names_are_told(edited):
    with pytest.raises(DatasetError, match="'cat' and 'dog' of 'categories' share the id 3"):
        edited(categories=[{"id": 3, "name": "cat"}, {"id": "3", "name": "dog"}])


@pytest.mark.parametrize(
    "name", ["result.json", "labels.json", "annotations.json", "dataset.json", "annotations/instances_default.json"]
)
def test_a_file_for_all_images_is_known_by_its_name_and_how_it_begins(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text('{"classes": ["cat"], "labels": {}}')
    assert not CocoReader.recognises(tmp_path)
    path.write_text('{"info": {}, "images": [')
    assert CocoReader.recognises(tmp_path)

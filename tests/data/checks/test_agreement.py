"""`zoo data check` refuses what training refuses, and nothing else: for every fault, in every format."""

from __future__ import annotations

import json
import re
from itertools import product

import pytest

from tests.data.conftest import CLASSES, FORMATS, SCENE
from tests.sampling import one_in
from zoo_core.common.errors import ZooError
from zoo_core.data.checks.checking import check_data
from zoo_core.registry.choosing import settings_from
from zoo_core.registry.registry import default_registry, make

GOOD = ("cat", (10, 20, 30, 40))
MANY = [("cat", (float(x), 5.0, x + 20.0, 30.0 + x)) for x in range(2, 24, 2)]


def scene(train, val=None, **others):
    return {"train": train, "val": SCENE["val"] if val is None else val, **others}


SCENES = {
    "nothing": scene(SCENE["train"]),
    "an empty box": scene({"a": [GOOD, ("cat", (30, 20, 30, 40))]}),
    "an inverted box": scene({"a": [GOOD, ("dog", (30, 40, 35, 20))]}),
    "a box outside": scene({"a": [GOOD, ("cat", (90, 20, 95, 40))]}),
    "broken boxes alone": scene({"a": [("cat", (30, 20, 30, 40))]}),
    "broken boxes alone to score on": scene(SCENE["train"], {"c": [("cat", (30, 20, 30, 40))]}),
    "broken boxes alone in a split that is not taken": scene(SCENE["train"], more={"d": [("cat", (30, 20, 30, 40))]}),
    "a box that reaches out": scene({"a": [GOOD, ("cat", (70, 20, 95, 40))]}),
    "a box twice": scene({"a": [GOOD, GOOD]}),
    "another class": scene({"a": [GOOD, ("cow", (10, 20, 30, 40))]}),
    "another class to score on": scene(SCENE["train"], {"c": [GOOD, ("cow", (10, 20, 30, 40))]}),
    "another class in a split that is not taken": scene(SCENE["train"], more={"d": [("cow", (10, 20, 30, 40))]}),
    "another case": scene({"a": [GOOD, ("Cat", (10, 20, 30, 40))]}),
    "no objects": scene({"a": [], "b": []}),
    "no objects to score on": scene(SCENE["train"], {"c": []}),
    "no objects in a split that is not taken": scene(SCENE["train"], more={"d": []}),
    "no images": scene({}),
    "no images to score on": scene(SCENE["train"], {}),
    "no split to score on": {"train": SCENE["train"]},
    "no split to train on": {"val": SCENE["val"]},
    "sizes in place of corners": scene({"a": [(name, (x1, y1, x1 + x2, y1 + y2)) for name, (x1, y1, x2, y2) in MANY]}),
    "fractions in place of pixels": scene({"a": [(name, tuple(each / 90 for each in box)) for name, box in MANY]}),
    "pixels in place of fractions": scene({"a": [(name, tuple(each * 70 for each in box)) for name, box in MANY]}),
}


def images_of(root):
    return sorted(path for path in root.rglob("*") if path.suffix in (".png", ".rec"))


def annotations_of(root):
    endings = {".xml", ".json", ".txt", ".csv"}
    return sorted(path for path in root.rglob("*") if path.suffix in endings and path.parent.name != "Main")


def missing_image(root):
    images_of(root)[0].unlink()


def cut_image(root):
    path = images_of(root)[0]
    path.write_bytes(path.read_bytes()[:-900])


def empty_image(root):
    images_of(root)[0].write_bytes(b"")


def other_size(root):
    for path in annotations_of(root):
        changed = re.sub(r'(<width>|"width": )80', r"\g<1>800", path.read_text())
        path.write_text(changed.replace(",80,60,", ",800,60,"))


def garbled_annotation(root):
    for path in annotations_of(root)[:1]:
        path.write_bytes(b"\xff\xfe<[{")


def missing_annotation(root):
    for path in annotations_of(root)[:1]:
        path.unlink()


def number_of_confidence(root):
    for path in root.rglob("labels/train/*.txt"):
        path.write_text(path.read_text().replace("\n", " 0.9\n"))


def stray_labels(root):
    for path in root.rglob("labels/train/a.txt"):
        path.with_name("stray.txt").write_text(path.read_text())


def stray_annotations(root):
    for path in root.rglob("instances_train*.json"):
        table = json.loads(path.read_text())
        table["annotations"].append({**table["annotations"][0], "id": 77, "image_id": 77})
        path.write_text(json.dumps(table))


def unlisted_test(root):
    """A split that is named and not there, which nobody takes."""
    for path in root.glob("data.yaml"):
        path.write_text(path.read_text() + "test: images/test\n")
    for path in root.rglob("Main"):
        (path / "test.txt").write_text("nowhere\n")


DAMAGES = (
    missing_image,
    cut_image,
    empty_image,
    other_size,
    garbled_annotation,
    missing_annotation,
    number_of_confidence,
    stray_labels,
    stray_annotations,
    unlisted_test,
)
SETTINGS = ({}, {"broken": "refuse"}, {"other_classes": "skip"})


def refused_by_training(name, root, settings):
    """Whether training ends: it opens both, and comes to every image."""
    registry = default_registry()
    if "classes" in registry.component("dataset", name).settings.model_fields:
        settings = {"classes": CLASSES, **settings}
    reader = make(settings_from(registry, "dataset", {"name": name, "root": root, **settings}))
    try:
        for dataset in (reader.train(CLASSES), reader.validation(CLASSES)):
            assert all(len(dataset[index].image) for index in range(len(dataset)))
    except ZooError:
        return True
    return False


def refused_by_check(name, root, settings):
    try:
        return not check_data(root, name, CLASSES, settings).can_train
    except ZooError:
        return True


def assert_agreement(name, root):
    for settings in SETTINGS:
        trains, checks = refused_by_training(name, root, settings), refused_by_check(name, root, settings)
        assert trains == checks, (settings, check_data(root, name, CLASSES, settings).faults)


def name_of(value):
    return getattr(value, "__name__", value)


@pytest.mark.parametrize(("name", "fault"), one_in(7, product(FORMATS, SCENES)))
def test_they_agree_on_every_scene(formats, tmp_path, name, fault):
    formats[name].write(tmp_path, SCENES[fault])
    assert_agreement(name, tmp_path)


@pytest.mark.parametrize(("name", "damage"), one_in(7, product(FORMATS, DAMAGES)), ids=name_of)
def test_they_agree_on_every_damage(formats, tmp_path, name, damage):
    formats[name].write(tmp_path)
    damage(tmp_path)
    assert_agreement(name, tmp_path)


def test_both_refuse_something_and_accept_something(formats, tmp_path):
    """Agreement would be easy without."""
    formats["coco"].write(tmp_path)
    assert not refused_by_check("coco", tmp_path, {})
    assert not refused_by_training("coco", tmp_path, {})
    missing_image(tmp_path)
    assert refused_by_check("coco", tmp_path, {})
    assert refused_by_training("coco", tmp_path, {})


TRAINED = {
    "coco": (missing_image, other_size, stray_annotations),
    "yolo": (number_of_confidence, stray_labels, unlisted_test, cut_image),
    "voc": (garbled_annotation, unlisted_test, empty_image),
    "csv": (other_size,),
    "recordio": (cut_image,),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", TRAINED)
def test_training_itself_agrees(formats, tmp_path, name, tiny_table):
    import zoo_core as zoo

    for damage in (None, *TRAINED[name]):
        root = tmp_path / getattr(damage, "__name__", "whole")
        root.mkdir()
        formats[name].write(root)
        if damage:
            damage(root)
        data = {"name": name, "root": str(root)} | ({"classes": list(CLASSES)} if name == "recordio" else {})
        training = {"epochs": 1, "batch_size": 2}
        refused = False
        try:
            table = {**tiny_table, "classes": CLASSES, "data": data, "training": training}
            zoo.train(table, tmp_path / f"run_{root.name}")
        except ZooError:
            refused = True
        assert refused == refused_by_check(name, root, {}), damage

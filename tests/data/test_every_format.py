"""What holds for every format of annotated files."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.data.conftest import CLASSES, FORMATS, SCENE, picture
from zoo_core.common.errors import DatasetError
from zoo_core.data.checks.checking import check_data
from zoo_core.registry.registry import make
from zoo_core.testing import DatasetContract


@pytest.fixture(params=FORMATS)
def written(request, formats, tmp_path):
    """Writes a scene; gives the settings that read it."""

    def write(scene=SCENE):
        formats[request.param].write(tmp_path, scene)
        return formats[request.param].settings(tmp_path)

    return write


class TestContract(DatasetContract):
    class_names = CLASSES

    @pytest.fixture
    def settings(self, written):
        return written()


def test_one_scene_is_read_alike_from_every_format(written):
    reader = make(written())
    for dataset, pictures in ((reader.train(CLASSES), SCENE["train"]), (reader.validation(CLASSES), SCENE["val"])):
        assert len(dataset) == len(pictures)
        assert not dataset.problems
        for sample, (name, objects) in zip(dataset, pictures.items(), strict=True):
            assert np.array_equal(sample.image, picture(name))
            np.testing.assert_allclose(sample.boxes, np.array([box for _, box in objects]).reshape(-1, 4), atol=1e-4)
            assert sample.labels.tolist() == [CLASSES.index(label) for label, _ in objects]


def test_splits_and_classes_are_found(written):
    reader = make(written())
    assert set(reader.splits()) == {"train", "val"}
    assert reader.recognises(reader.root)
    assert reader.class_names() in (None, CLASSES)


BOXES = {
    "is empty": (30, 20, 30, 40),
    "is inverted": (30, 40, 35, 20),
    "is outside the picture": (90, 20, 95, 40),
}


@pytest.mark.parametrize("fault", BOXES)
def test_a_broken_box_is_told_once_and_left_out(written, fault, request):
    if fault == "is inverted" and request.node.callspec.params["written"] in ("labelme", "supervisely"):
        return  # a rectangle may be drawn from any corner: see their own tests
    settings = written({"train": {"a": [("cat", (10, 20, 30, 40)), ("dog", BOXES[fault])]}, "val": SCENE["val"]})
    dataset = make(settings).train(CLASSES)
    assert len(dataset[0].boxes) == 1
    assert [fault in line for line in dataset.problems] == [True]
    with pytest.raises(DatasetError, match=rf"1 broken object; .*data\.broken=skip\n.*{fault}"):
        make(settings.model_copy(update={"broken": "refuse"})).train(CLASSES)


@pytest.mark.parametrize("box", [(30, 20, 30.0001, 40), (79.9999, 20, 95, 40)])
def test_a_box_too_thin_for_float32_is_left_out(written, box):
    settings = written({"train": {"a": [("cat", (10, 20, 30, 40)), ("cat", box)]}, "val": SCENE["val"]})
    assert len(make(settings).train(CLASSES)[0].boxes) == 1


def test_a_box_that_reaches_out_is_clipped(written):
    settings = written({"train": {"a": [("cat", (-5, 20, 30, 70))]}, "val": SCENE["val"]})
    np.testing.assert_allclose(make(settings).train(("cat",))[0].boxes, [[0, 20, 30, 60]], atol=1e-4)


def test_an_unknown_class_is_refused_or_left_out(written):
    settings = written({"train": {"a": [("cat", (10, 20, 30, 40)), ("cow", (10, 20, 30, 40))]}, "val": SCENE["val"]})
    with pytest.raises(DatasetError, match=r"classes that are not configured.*data\.other_classes=skip"):
        make(settings).train(CLASSES)
    dataset = make(settings.model_copy(update={"other_classes": "skip"})).train(CLASSES)
    assert dataset[0].labels.tolist() == [0]
    assert len(dataset.problems) == 1


def test_a_split_that_is_not_there(written):
    settings = written()
    with pytest.raises(DatasetError, match=r"no (such )?(split|trian)"):
        make(settings.model_copy(update={"train": ("trian",)})).train(CLASSES)


def test_a_folder_that_is_not_there(written, tmp_path):
    settings = written()
    with pytest.raises(DatasetError, match="no such folder"):
        make(settings.model_copy(update={"root": tmp_path / "nowhere"})).train(CLASSES)


MISSING = {
    "voc": r"JPEGImages/a\.jpg: image not found; add it, or remove its name from .*train\.txt",
    "yolo": r"labels/train/a\.txt: no image belongs to this file; add the image, or remove the file",
    "openimages": r"image not found; add it, or skip the lines of all such images with data\.missing_images=skip",
}
"""What formats say that find their images in another way than by the name of a file in an annotation."""


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "recordio"])
def test_a_missing_image_is_told_before_training(formats, tmp_path, name):
    formats[name].write(tmp_path)
    next(tmp_path.rglob("a.png")).unlink()
    with pytest.raises(DatasetError, match=MISSING.get(name, r"a\.png: image not found; add it, or remove it from")):
        make(formats[name].settings(tmp_path)).train(CLASSES)


CAT, DOG = ("cat", (10, 20, 30, 40)), ("dog", (0, 0, 80, 60))
FAULTY = {
    "none": ([CAT, DOG], {}),
    "empty box": ([CAT, DOG, ("cat", (30, 20, 30, 40))], {}),
    "empty box that is refused": ([CAT, DOG, ("cat", (30, 20, 30, 40))], {"broken": "refuse"}),
    "unknown class": ([CAT, DOG, ("cow", (10, 20, 30, 40))], {}),
    "unknown class that is skipped": ([CAT, DOG, ("cow", (10, 20, 30, 40))], {"other_classes": "skip"}),
    "no objects": ([], {}),
}
"""The objects of an image, and settings."""
PICTURES = {
    "gone": lambda path: path.unlink(),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-2000]),
    "text": lambda path: path.write_text("no picture"),
    "larger": lambda path: cv2.imwrite(str(path), np.zeros((120, 160, 3), np.uint8)),
}
"""What becomes of the file of an image."""


def can_train(settings):
    """Whether both splits can be opened and read to their ends."""
    try:
        reader = make(settings)
        return all(len(list(dataset)) for dataset in (reader.train(CLASSES), reader.validation(CLASSES)))
    except DatasetError:
        return False


def can_train_by_the_check(settings):
    given = settings.model_dump(exclude={"name", "root", "classes"}, exclude_unset=True)
    try:
        return check_data(settings.root, settings.name, CLASSES, given).can_train
    except DatasetError:
        return False


@pytest.mark.parametrize("divided", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize("fault", FAULTY)
def test_the_check_and_training_agree_on_objects(written, fault, divided):
    objects, given = FAULTY[fault]
    others = {f"more{number}": [CAT, DOG] if objects else [] for number in range(4)}
    scene = {"train": {"a": objects, **others}} if divided else {"train": {"a": objects}, "val": SCENE["val"]}
    settings = changed(written(scene), **given, **({"validation": 0.4} if divided else {}))
    expected = fault in ("none", "empty box", "unknown class that is skipped")
    assert (can_train(settings), can_train_by_the_check(settings)) == (expected, expected)


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "recordio"])
@pytest.mark.parametrize("fault", PICTURES)
def test_the_check_and_training_agree_on_pictures(formats, tmp_path, name, fault):
    formats[name].write(tmp_path, {"train": {"a": [CAT, DOG]}, "val": SCENE["val"]})
    PICTURES[fault](next(tmp_path.rglob("a.png")))
    settings = formats[name].settings(tmp_path)
    # What says no size, and writes fractions, holds for a picture of any size.
    expected = fault == "larger" and name in ("yolo", "openimages")
    assert (can_train(settings), can_train_by_the_check(settings)) == (expected, expected)


def changed(settings, **given):
    return type(settings).model_validate({**settings.model_dump(exclude_unset=True), **given})

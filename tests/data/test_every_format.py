"""What holds for every format of annotated files."""

from __future__ import annotations

import numpy as np
import pytest

from tests.data.conftest import CLASSES, FORMATS, SCENE, picture
from zoo_core.errors import DatasetError
from zoo_core.registry import make
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
    "is outside of the picture": (90, 20, 95, 40),
}


@pytest.mark.parametrize("fault", BOXES)
def test_a_broken_box_is_told_once_and_left_out(written, fault, request):
    if fault == "is inverted" and request.node.callspec.params["written"] == "labelme":
        return  # a rectangle may be drawn from any corner: see test_labelme.py
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
    with pytest.raises(DatasetError, match="there is no such folder"):
        make(settings.model_copy(update={"root": tmp_path / "nowhere"})).train(CLASSES)


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "recordio"])
def test_a_missing_image_is_told_before_training(formats, tmp_path, name):
    formats[name].write(tmp_path)
    next(tmp_path.rglob("a.png")).unlink()
    with pytest.raises(DatasetError, match=r"a\.(png|jpg|txt): there is no (such )?image"):
        make(formats[name].settings(tmp_path)).train(CLASSES)

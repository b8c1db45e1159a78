from __future__ import annotations

import numpy as np
import pytest

from tests.data.conftest import CLASSES, write_picture, write_yolo
from zoo_core.data.settings import YoloSettings
from zoo_core.data.yolo import YoloReader
from zoo_core.errors import DatasetError


@pytest.fixture
def root(tmp_path):
    write_yolo(tmp_path)
    return tmp_path


def train(root):
    return YoloReader(YoloSettings(root=root)).train(CLASSES)


def described(root, text):
    (root / "data.yaml").write_text(text)
    return root


def test_a_polygon_is_read_as_the_box_around_it(root):
    (root / "labels" / "train" / "a.txt").write_text("0 0.25 0.5 0.5 0.25 0.75 0.5 0.5 0.75\n")
    np.testing.assert_allclose(train(root)[0].boxes, [[20, 15, 60, 45]])


@pytest.mark.parametrize(
    ("text", "images"),
    [
        ("train: images/train\nnames: {0: cat, 1: dog}\n", 2),
        ("train: [images/train, images/val]\nnames: [cat, dog]\n", 3),
        ("path: images\ntrain: train\nnames: [cat, dog]\n", 2),
        ("path: ../datasets/pets\ntrain: images/train\nnames: [cat, dog]\n", 2),
        ("train: ../images/train\nnames: [cat, dog]\n", 2),
        ("train: list.txt\nnames: [cat, dog]\n", 1),
    ],
)
def test_ways_to_name_the_images(root, text, images):
    (root / "list.txt").write_text("./images/train/a.png\n\n")
    assert len(train(described(root, text))) == images


@pytest.mark.parametrize("line", ["0 0.5 0.5 0.2", "0 a b c d", "0 nan 0.5 0.2 0.2", "0 0.1 0.2 0.3 0.4 0.5", "0"])
def test_a_line_that_is_no_object_is_told(root, line):
    (root / "labels" / "train" / "a.txt").write_text(f"1 0.5 0.5 0.2 0.2\n{line}\n")
    assert [f"a.txt: line 2 (cat): should be a class and four numbers, and is '{line}'" in each
            for each in train(root).problems] == [True]  # fmt: skip


@pytest.mark.parametrize("label", ["7", "-1", "0.5", "cat"])
def test_a_number_without_a_name_is_an_unknown_class(root, label):
    (root / "labels" / "train" / "a.txt").write_text(f"0 0.5 0.5 0.2 0.2\n{label} 0.5 0.5 0.2 0.2\n")
    with pytest.raises(DatasetError, match=f"not configured: class {label}"):
        train(root)


def test_labels_without_an_image_are_told(root):
    (root / "labels" / "train" / "lost.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    with pytest.raises(DatasetError, match=r"lost\.txt: there is no image for this file"):
        train(root)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("names: [cat]\n", "is no data set of YOLO: data.yaml has no 'train' and 'names'"),
        ("train: ../../etc\nnames: [cat]\n", "does not lie below"),
        ("train: /etc\nnames: [cat]\n", "does not lie below"),
        ("train: list.txt\nnames: [cat]\n", r"list\.txt: line 1: '\.\./a\.png' does not lie below"),
        ("train: nowhere\nnames: [cat]\n", "is neither a folder of images nor a list"),
        ("train: 3\nnames: [cat]\n", "a split is a folder of images or a list of files, not 3"),
        ("train: images/train\nnames: cat\n", "'names' should be a list of names"),
        ("train: images/train\nnames: {a: cat}\n", "'names' should be a list of names"),
        ("val: images/val\nnames: [cat]\ntrain:\n", "there is no split 'train'; splits there: val"),
        ("train: [\n", "is not YAML"),
        ("a: &a [x, x]\nb: &b [*a, *a]\ntrain: *b\nnames: [cat]\n", "a split is a folder"),
    ],
)
def test_a_description_that_cannot_be_used_is_refused(root, text, said):
    (root / "list.txt").write_text("../a.png\n")
    with pytest.raises(DatasetError, match=said):
        train(described(root, text))


def test_one_of_several_descriptions_is_called_data(root):
    text = (root / "data.yaml").read_text()
    (root / "other.yaml").write_text(text)
    assert len(train(root)) == 2
    (root / "data.yaml").rename(root / "another.yaml")
    with pytest.raises(DatasetError, match="several files describe data sets"):
        train(root)


def test_without_a_description(tmp_path):
    write_picture(tmp_path / "images" / "a.png", "a")
    with pytest.raises(DatasetError, match=r"there is no data\.yaml"):
        train(tmp_path)

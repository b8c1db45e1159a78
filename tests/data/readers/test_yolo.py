from __future__ import annotations

import re

import numpy as np
import pytest

from tests.data.conftest import CLASSES, write_picture, write_yolo
from tests.data.tools import YOLO
from zoo_core.common.errors import DatasetError
from zoo_core.data.checks.checking import check_data
from zoo_core.data.readers.yolo import YoloReader
from zoo_core.data.settings import YoloSettings


@pytest.fixture
def root(tmp_path):
    write_yolo(tmp_path / "pets")
    return tmp_path / "pets"


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
    assert [f"a.txt: line 2 (cat): should be a class and four numbers, but is '{line}'" in each
            for each in train(root).problems] == [True]  # fmt: skip


@pytest.mark.parametrize("label", ["7", "-1", "0.5", "cat"])
def test_a_number_without_a_name_is_an_unknown_class(root, label):
    (root / "labels" / "train" / "a.txt").write_text(f"0 0.5 0.5 0.2 0.2\n{label} 0.5 0.5 0.2 0.2\n")
    with pytest.raises(DatasetError, match=f"not configured: class {label}"):
        train(root)


def test_labels_without_an_image_are_told(root):
    (root / "labels" / "train" / "lost.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    with pytest.raises(DatasetError, match=r"lost\.txt: no image belongs to this file"):
        train(root)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("names: [cat]\n", "is not a YOLO data set: data.yaml has no 'train' and 'names'"),
        ("train: ../../etc\nnames: [cat]\n", "is not below"),
        ("train: /etc\nnames: [cat]\n", "is not below"),
        ("train: list.txt\nnames: [cat]\n", r"list\.txt: line 1: '\.\./a\.png' is not below"),
        ("train: nowhere\nnames: [cat]\n", "is neither a folder of images nor a list"),
        ("train: 3\nnames: [cat]\n", "a split is a folder of images or a list of files, not 3"),
        ("train: images/train\nnames: cat\n", "'names' should be a list of names"),
        ("train: images/train\nnames: {a: cat}\n", "'names' should be a list of names"),
        ("val: images/val\nnames: [cat]\ntrain:\n", "no split named 'train'; available splits: val"),
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
    with pytest.raises(DatasetError, match=r"data\.yaml is missing"):
        train(tmp_path)


@pytest.mark.parametrize("place", ["images/test", "../test/images", "test.txt"])
def test_a_split_that_is_named_and_not_there_stops_only_what_takes_it(root, place):
    described(root, f"train: images/train\nval: images/val\ntest: {place}\nnames: [cat, dog]\n")
    said = rf"data\.yaml: 'test' is '{place}', which is neither a folder .*: nothing below"
    report = check_data(root)
    assert (len(report.faults), report.can_train) == (1, True)
    assert re.search(said, str(report.faults[0]))
    assert len(train(root)) == 2
    with pytest.raises(DatasetError, match=said):
        YoloReader(YoloSettings(root=root, validation="test")).validation(CLASSES)
    assert not check_data(root, settings={"validation": "test"}).can_train


@pytest.mark.parametrize("line", [".", "./", "", "  ", "images", "images/train", "..", "a" * 300 + ".png", "a/" * 3000])
def test_a_line_of_a_list_that_is_no_image(root, line):
    (root / "list.txt").write_text(f"images/train/a.png\n{line}\n")
    described(root, "train: list.txt\nval: images/val\nnames: [cat, dog]\n")
    if not line.strip():
        assert len(train(root)) == 1
        return
    with pytest.raises(DatasetError, match=r"list\.txt: line 2: .* is not below|: image not found"):
        train(root)
    assert not check_data(root).can_train


@pytest.mark.parametrize(
    "place",
    [
        "/home/ann/pets/images/train",
        "C:/Users/ann/pets/images/train",
        "D:\\\\pets\\\\images\\\\train",
        "..\\\\images\\\\train",
        "../pets/images/train",
        "../../datasets/pets/images/train/",
        "~/pets/images/train",
        "images\\\\train",
    ],
)
@pytest.mark.parametrize("path", ["", "path: D:\\pets\n", "path: C:/Users/ann/pets\n", "path: ~/pets\n", "path: ./\n"])
def test_the_paths_of_the_author_are_found_below_the_root(root, place, path):
    assert len(train(described(root, f'{path}train: "{place}"\nnames: [cat, dog]\n'))) == 2


@pytest.mark.parametrize("place", ["../other/images", "/home/ann/images", "C:/images", "../other"])
def test_no_other_folder_is_taken_for_that_of_the_author(root, place):
    """``images`` is there, and holds all splits."""
    with pytest.raises(DatasetError, match=r"is not below|nothing below"):
        train(described(root, f"train: {place}\nnames: [cat, dog]\n"))


@pytest.mark.parametrize(
    ("names", "known"),
    [
        ("names: [0, 1]", ("0", "1")),
        ("names: {0: 7, 1: 2.5}", ("7", "2.5")),
        ("names: {'0': cat, '1': dog}", ("cat", "dog")),
        ("names: [cat, cat]", ("cat",)),
        ("nc: 2", ("class_0", "class_1")),
        ("names: {3: dog, 0: cat}", ("cat", "dog")),
    ],
)
def test_ways_to_name_the_classes(root, names, known):
    reader = YoloReader(YoloSettings(root=described(root, f"train: images/train\n{names}\n")))
    assert reader.class_names() == known


def test_classes_that_are_numbers_are_read(root):
    described(root, "train: images/train\nval: images/val\nnames: [0, 1]\n")
    assert YoloReader(YoloSettings(root=root)).train(["0", "1"])[0].labels.tolist() == [0, 1]


def test_a_sixth_number_is_told_and_both_refuse_where_nothing_else_is_left(root):
    path = root / "labels" / "train" / "a.txt"
    path.write_text("0 0.5 0.5 0.2 0.2 0.87\n1 0.5 0.5 0.2 0.2\n")
    report = check_data(root)
    assert [fault.kind.value for fault in report.faults] == ["no box"]
    assert "the sixth number, a confidence, makes it a detection" in report.faults[0].message
    assert report.can_train
    assert len(train(root)[0].boxes) == 1
    path.write_text("0 0.5 0.5 0.2 0.2 0.87\n")
    report = check_data(root)
    assert [(fault.kind.value, fault in report.refused) for fault in report.faults] == [
        ("no box", False),
        ("unusable split", True),
    ]
    with pytest.raises(DatasetError, match="has no object of the configured classes"):
        train(root)


@pytest.mark.parametrize(("shape", "count"), [("[4, 2]", 8), ("[2, 3]", 6), ("[17, 3]", 51), ("[1, 2]", 2)])
def test_the_box_of_a_pose_is_its_first_four_numbers(root, shape, count):
    rest = " 0.01" * count
    (root / "labels" / "train" / "a.txt").write_text(
        f"0 0.5 0.5 0.5 0.5{rest}\n1 0.5 0.5 0.25 0.5\n0 0.5 0.5 0.5 0.5 0.1\n"
    )
    described(root, f"train: images/train\nval: images/val\nkpt_shape: {shape}\nnames: [cat, dog]\n")
    np.testing.assert_allclose(train(root)[0].boxes, [[20, 15, 60, 45], [30, 15, 50, 45]])
    assert f"a class and four numbers and, by kpt_shape, {count} more" in train(root).problems[0]


@pytest.mark.parametrize("shape", ["17", "[17]", "[0, 2]", "[a, b]", "[2.5, 2]"])
def test_a_shape_of_keypoints_that_is_none(root, shape):
    with pytest.raises(DatasetError, match="'kpt_shape' should be"):
        train(described(root, f"train: images/train\nkpt_shape: {shape}\nnames: [cat, dog]\n"))


def test_labels_that_are_a_link_to_nowhere_are_not_an_image_without_objects(root):
    path = root / "labels" / "train" / "b.txt"
    path.symlink_to(root / "nowhere.txt")
    with pytest.raises(DatasetError, match=r"b\.txt: no such file"):
        train(root)


def test_labels_of_images_in_another_list_are_no_strays_and_others_are(tmp_path):
    YOLO["ultralytics_lists"](tmp_path)
    assert check_data(tmp_path).faults == ()
    (tmp_path / "labels" / "lost.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    report = check_data(tmp_path)
    assert [(fault.kind.value, fault in report.refused) for fault in report.faults] == [("missing image", True)]

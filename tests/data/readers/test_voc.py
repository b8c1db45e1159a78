from __future__ import annotations

import pickle
import re

import numpy as np
import pytest
from pydantic import ValidationError

from zoo_core.common.errors import DatasetError
from zoo_core.data.readers.voc import VocReader
from zoo_core.data.settings import VocSettings

CELLS = ("RBC", "WBC", "Platelets")
CAT = ("cat", (11, 21, 30, 40))
DOG = ("dog", (1, 1, 80, 60), True)


def opened(root, classes=("cat", "dog"), split="train", **settings):
    return getattr(VocReader(VocSettings(root=root, **settings)), split)(classes)


@pytest.fixture
def folder(tmp_path, write_voc):
    return write_voc(tmp_path / "pets", {"a": [CAT, DOG], "b": [], "c": [DOG]}, {"trainval": "ab", "test": "c"})


def test_real_photographs_are_read(voc_root):
    dataset = opened(voc_root, CELLS, train=("trainval", "test"))
    sample = dataset[0]
    height, width = sample.image.shape[:2]
    assert sample.image.dtype == np.uint8
    assert sample.boxes.dtype == np.float32
    assert sample.labels.dtype == np.int64
    assert len(sample.boxes) == len(sample.labels) == len(sample.difficult) == len(sample.crowd) > 0
    assert (sample.boxes >= 0).all()
    assert (sample.boxes <= (width, height, width, height)).all()
    assert (sample.boxes[:, :2] < sample.boxes[:, 2:]).all()
    assert len(dataset.problems) == 2
    assert all("is empty" in line for line in dataset.problems)
    if (voc_root / "JPEGImages" / "BloodImage_00338.jpg").is_file():
        assert len(dataset) == 364
        assert sample.image_id == "BloodImage_00000"
        assert [re.search(r"BloodImage_\d+", line)[0] for line in dataset.problems] == [
            "BloodImage_00338",
            "BloodImage_00343",
        ]


def test_a_sample_is_what_the_files_say(folder):
    sample = opened(folder)[0]
    assert sample.boxes.tolist() == [[10, 20, 30, 40], [0, 0, 80, 60]]
    assert sample.labels.tolist() == [0, 1]
    assert sample.difficult.tolist() == [False, True]
    assert sample.crowd.tolist() == [False, False]
    assert sample.image_id == "a"
    assert sample.image.shape == (60, 80, 3)


def test_labels_follow_the_order_of_the_classes(folder):
    assert opened(folder, ("dog", "cat"))[0].labels.tolist() == [1, 0]


def test_an_image_without_objects_has_empty_arrays(folder):
    sample = opened(folder)[1]
    assert sample.boxes.shape == (0, 4)
    assert sample.labels.shape == sample.difficult.shape == sample.crowd.shape == (0,)


def test_difficult_objects_can_be_kept_from_training_but_not_from_scoring(folder):
    assert opened(folder, difficult=False)[0].labels.tolist() == [0]
    assert opened(folder, split="validation", difficult=False)[0].difficult.tolist() == [True]


def test_the_images_can_be_walked_through_and_sent_to_another_process(folder):
    dataset = pickle.loads(pickle.dumps(opened(folder)))  # noqa: S301  # our own bytes
    assert [sample.image_id for sample in dataset] == ["a", "b"]
    assert dataset[-1].image_id == "b"


# Layouts


def test_the_official_layout_with_several_years(tmp_path, write_voc):
    for year in ("VOC2007", "VOC2012"):
        write_voc(tmp_path / year, {"000001": [CAT]})
    both = opened(tmp_path, ["cat"], train=["VOC2007/trainval", "VOC2012/trainval"])
    assert [sample.image_id for sample in both] == ["VOC2007/000001", "VOC2012/000001"]
    with pytest.raises(DatasetError, match=r"holds 2 data sets \(VOC2007, VOC2012\).*VOC2007/trainval, or a list"):
        opened(tmp_path, ["cat"])
    with pytest.raises(DatasetError, match="no folder 'VOC2021'; did you mean 'VOC2012'"):
        opened(tmp_path, ["cat"], train="VOC2021/trainval")


def test_one_year_needs_no_naming(tmp_path, write_voc):
    write_voc(tmp_path / "VOC2007", {"000001": [CAT]})
    assert len(opened(tmp_path, ["cat"])) == 1
    assert len(opened(tmp_path, ["cat"], train="VOC2007/trainval")) == 1
    assert len(opened(tmp_path / "VOC2007", ["cat"])) == 1


def test_images_of_other_kinds_are_found(folder):
    (folder / "JPEGImages" / "a.jpg").rename(folder / "JPEGImages" / "a.JPEG")
    assert opened(folder)[0].image.shape == (60, 80, 3)


@pytest.mark.parametrize("split", ["", "a/b/c", "../trainval", "VOC2007/", "..", "a\\b"])
def test_a_split_is_a_name_and_no_path(split):
    with pytest.raises(ValidationError, match="a split is the name of a list"):
        VocSettings(train=split)


def test_settings_read_back_equal():
    settings = VocSettings(root="~/voc", train="VOC2007/trainval")
    assert settings.train == ("VOC2007/trainval",)
    assert VocSettings.model_validate(settings.model_dump(mode="json")) == settings


# What is missing


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("Annotations", "is not a Pascal VOC data set"),
        ("JPEGImages", "has no folder JPEGImages"),
        ("ImageSets/Main", "has no folder ImageSets/Main"),
        ("ImageSets/Main/trainval.txt", r"trainval\.txt: no such split; available splits: test"),
        ("JPEGImages/b.jpg", r"b\.jpg: image not found; .*trainval\.txt"),
        ("Annotations/b.xml", r"b\.xml: annotation not found; .*trainval\.txt"),
    ],
)
def test_what_is_missing_is_named(folder, missing, message):
    (folder / missing).rename(folder / "elsewhere")
    with pytest.raises(DatasetError, match=message):
        opened(folder)


def test_a_split_that_is_nearly_right(folder):
    with pytest.raises(DatasetError, match="did you mean 'trainval'"):
        opened(folder, train="train_val")
    with pytest.raises(DatasetError, match=r"is itself a data set.*name the split 'trainval' alone"):
        opened(folder, train="VOC2007/trainval")


def test_a_root_that_is_nearly_right(folder):
    with pytest.raises(DatasetError, match="no such folder; did you mean 'pets'"):
        opened(folder.parent / "pet")


@pytest.mark.parametrize(
    ("content", "message"), [("\n", "no images"), ("../a\n", "is a path"), ("\xff", "is not text in UTF-8")]
)
def test_a_list_that_cannot_be_used(folder, content, message):
    (folder / "ImageSets" / "Main" / "trainval.txt").write_text(content, encoding="latin-1")
    with pytest.raises(DatasetError, match=message):
        opened(folder)


def test_an_annotation_made_for_an_image_of_another_size(folder, write_voc):
    write_voc(folder, {"a": [CAT]}, {"trainval": "a"}, size=(30, 40))
    path = folder / "Annotations" / "a.xml"
    path.write_text(path.read_text().replace("<width>40<", "<width>80<"))
    with pytest.raises(DatasetError, match=r"a\.jpg: is 30x40 .*a\.xml was made for 30x80"):
        opened(folder, ["cat"])[0]


def test_without_a_size_in_the_annotation_the_image_is_believed(folder):
    path = folder / "Annotations" / "a.xml"
    path.write_text(re.sub("<size>.*</size>", "", path.read_text()))
    assert len(opened(folder)[0].boxes) == 2


# Classes


def test_a_class_that_is_written_otherwise(folder):
    with pytest.raises(DatasetError, match=r"no object of class 'Cat'; did you mean 'cat'\?.*cat \(1\)"):
        opened(folder, ["Cat", "dog"])
    with pytest.raises(DatasetError, match="did you mean 'cat'"):
        opened(folder, ["Cat", "dog"], other_classes="skip")


def test_classes_keep_their_case(tmp_path, write_voc):
    folder = write_voc(tmp_path, {"a": [("Cat", (1, 1, 9, 9)), ("CAT", (1, 1, 9, 9))]})
    assert opened(folder, ["CAT", "Cat"])[0].labels.tolist() == [1, 0]


def test_other_classes_are_refused_or_left_out(folder):
    with pytest.raises(DatasetError, match=r"not configured: dog; .*data\.other_classes=skip; .*cat \(1\), dog \(1\)"):
        opened(folder, ["cat"])
    dataset = opened(folder, ["cat"], other_classes="skip")
    assert dataset[0].labels.tolist() == [0]
    assert [line.partition("): ")[2] for line in dataset.problems] == [
        "1 object of class 'dog' skipped (data.other_classes=skip)"
    ]


def test_a_data_set_without_any_object_of_the_classes(folder):
    with pytest.raises(DatasetError, match=r"no object of the configured classes \(sheep\)"):
        opened(folder, ["sheep"], other_classes="skip")


def test_a_split_may_lack_a_class(folder):
    assert len(opened(folder, split="validation")) == 1


# Broken boxes


def test_broken_boxes_are_left_out_or_refused(tmp_path, write_voc):
    broken = [("cat", (5, 5, 5, 5))] * 12
    folder = write_voc(tmp_path, {"a": [CAT, *broken]})
    dataset = opened(folder, ["cat"])
    assert len(dataset[0].boxes) == 1
    assert len(dataset.problems) == 12
    with pytest.raises(DatasetError, match=r"12 broken objects.*data\.broken=skip") as raised:
        opened(folder, ["cat"], broken="refuse")
    assert "object 11" in str(raised.value)
    assert str(raised.value).endswith("and 2 more")

"""A folder that a command names, as for ``zoo eval --data`` and ``zoo export --verify``."""

from __future__ import annotations

import pytest

from tests.data.conftest import CLASSES, SCENE, write_coco, write_cvat, write_labelme
from zoo_core.common.errors import ConfigError, DatasetError
from zoo_core.data.opening import as_annotated, dataset_at, reader_at

ALL = {"default": {**SCENE["train"], **SCENE["val"]}}


def ids(dataset):
    return [dataset[index].image_id for index in range(len(dataset))]


@pytest.mark.parametrize("split", ["train", "validation"])
def test_all_of_a_folder_without_splits_is_meant(tmp_path, split):
    write_cvat(tmp_path, ALL)
    assert len(dataset_at(tmp_path, split, CLASSES)) == 3


def test_a_part_of_it_where_the_settings_say_so(tmp_path):
    write_cvat(tmp_path, ALL)
    assert len(dataset_at(tmp_path, "validation", CLASSES, {"validation": 0.4})) == 1


def test_splits_are_told_apart(tmp_path):
    write_coco(tmp_path)
    train, validation = dataset_at(tmp_path, "train", CLASSES), dataset_at(str(tmp_path), class_names=CLASSES)
    assert (len(train), len(validation)) == (2, 1)
    assert set(ids(train)).isdisjoint(ids(validation))


def test_the_classes_are_those_of_the_data_set_by_default(tmp_path):
    write_coco(tmp_path)
    assert dataset_at(tmp_path).class_names == reader_at(tmp_path).class_names()


def test_a_folder_that_lists_no_classes_says_so(tmp_path):
    write_labelme(tmp_path, {"": SCENE["train"]})
    with pytest.raises(DatasetError, match="has no list of its classes; give them in the order"):
        dataset_at(tmp_path)


def test_a_missing_image_matters_where_it_is_needed(tmp_path):
    write_coco(tmp_path)
    next(tmp_path.glob("val2017/*")).unlink()
    assert len(dataset_at(tmp_path, class_names=CLASSES, needs_images=False)) == 1
    with pytest.raises(DatasetError, match=r"c\.png"):
        dataset_at(tmp_path, class_names=CLASSES)


def test_settings_that_the_reader_does_not_have_are_named(tmp_path):
    write_coco(tmp_path)
    with pytest.raises(ConfigError, match=r"brokn: unknown setting; did you mean 'broken'\?"):
        dataset_at(tmp_path, class_names=CLASSES, settings={"brokn": "skip"})


def test_a_split_is_shown_with_whatever_it_has(tmp_path):
    write_coco(tmp_path, {"odd": SCENE["train"]})
    shown = as_annotated(reader_at(tmp_path, "coco"), None, None)
    assert sorted(shown.class_names) == sorted(CLASSES)
    assert len(shown) == 2

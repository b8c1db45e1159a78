from __future__ import annotations

import numpy as np
import pytest

from tests.data.conftest import SCENE, write_coco
from zoo_core.common.colours import class_colour
from zoo_core.common.errors import DatasetError
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.training import TrainingSettings
from zoo_core.data.opening import as_annotated, reader_at
from zoo_core.data.sheet import data_sheet, show_data
from zoo_core.parts.geometry import ImageSize

TRAIN = {"a": [("dog", (10, 20, 30, 40))], "b": [("cat", (5, 5, 30, 40))]}


def has(sheet, label):
    """Whether the colour of a class is on the sheet."""
    return (sheet == class_colour(label)).all(2).sum() > 100


def test_boxes_are_drawn_before_and_after_augmentation_in_the_colours_of_their_classes(tmp_path):
    write_coco(tmp_path, {"train": TRAIN})
    sheet = show_data(tmp_path)
    assert sheet.shape[1] == 4 * 360 + 2 * 4 + 20 + 2 * 16
    left = sheet[:, 16:376]
    assert (left == class_colour(1)).all(2).sum(0).max() > 100, "an upright line"
    assert has(sheet, 0)
    assert has(sheet, 1)
    assert not has(sheet, 2)


def test_a_class_has_one_colour_whichever_split_is_shown(tmp_path, write_voc):
    """Pascal VOC has no list of classes: they are those of all splits, in the order of the alphabet."""
    box = [10, 20, 30, 40]
    images = {"0": [("dog", box)], "1": [("cat", box)], "2": [("dog", box)]}
    write_voc(tmp_path, images, {"train": ["0", "1"], "val": ["2"]})
    assert as_annotated(reader_at(tmp_path), "train", None).class_names == ("cat", "dog")
    sheet = show_data(tmp_path, "val")
    assert has(sheet, 1)
    assert not has(sheet, 0)
    assert as_annotated(reader_at(tmp_path), "val", None, ("dog", "fox")).class_names == ("dog", "fox", "cat")


def test_the_sheet_is_the_same_each_time(tmp_path):
    write_coco(tmp_path)
    assert np.array_equal(show_data(tmp_path, count=2), show_data(tmp_path, count=2))


def test_split_and_classes_can_be_chosen(tmp_path):
    write_coco(tmp_path, {"train": SCENE["train"], "val": SCENE["val"]})
    assert not np.array_equal(show_data(tmp_path, "val"), show_data(tmp_path, "train"))
    assert not np.array_equal(show_data(tmp_path, class_names=["cat"]), show_data(tmp_path))


def test_a_detector_shows_its_own_augmentation(tmp_path):
    write_coco(tmp_path, {"train": {"a": [], "b": [("cat", (10, 20, 30, 40))]}})
    detector = DetectorConfig.model_construct(
        input_size=ImageSize(60, 80), training=TrainingSettings(augmentation=({"name": "flip", "probability": 1},))
    )
    sheet = data_sheet(as_annotated(reader_at(tmp_path), None, None), config=detector).astype(int)
    pictures = sheet[-16 - 270 : -16, 16:]
    before, after = pictures[:, :360], pictures[:, 364:724]
    assert np.abs(after - before[:, ::-1]).max() <= 2


def test_a_split_that_is_not_there(tmp_path):
    write_coco(tmp_path)
    with pytest.raises(DatasetError, match="did you mean 'train'"):
        show_data(tmp_path, "trian")

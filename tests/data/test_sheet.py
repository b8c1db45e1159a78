from __future__ import annotations

import numpy as np
import pytest

from tests.data.conftest import SCENE, write_coco
from zoo_core.common.errors import DatasetError
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.training import TrainingSettings
from zoo_core.data.opening import as_annotated, reader_at
from zoo_core.data.sheet import data_sheet, show_data
from zoo_core.parts.geometry import ImageSize


def test_boxes_are_drawn_before_and_after_augmentation(tmp_path):
    write_coco(tmp_path, {"train": {"a": [("cat", (10, 20, 30, 40))], "b": []}})
    sheet = show_data(tmp_path)
    first = sheet[45:315, :360]  # 80x60 pixels, drawn at 360x270
    assert first.shape == (270, 360, 3)
    left = first[90:180, 43:48].reshape(-1, 3)  # where the left side of the box is
    assert (left == np.median(left, axis=0)).all(axis=1).mean() > 0.3, "a line of one colour"
    assert sheet.shape[1] == 4 * 360 + 3 * 4


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
    before, after = sheet[:, :360], sheet[:, 364:724]
    assert np.abs(after - before[:, ::-1]).max() <= 2


def test_a_split_that_is_not_there(tmp_path):
    write_coco(tmp_path)
    with pytest.raises(DatasetError, match="did you mean 'train'"):
        show_data(tmp_path, "trian")

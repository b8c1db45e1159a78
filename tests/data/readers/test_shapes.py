from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo_core.data.readers.shapes as drawing
from zoo_core.boxes.boxes import pairwise_iou
from zoo_core.common.errors import DatasetError
from zoo_core.data.readers.shapes import ShapesReader
from zoo_core.data.settings import SHAPES, ShapesSettings


def shapes(classes=SHAPES, split="train", **changed):
    return getattr(ShapesReader(ShapesSettings(**changed)), split)(classes)


@settings(deadline=None)
@given(st.integers(0, 1999), st.integers(0, 5), st.sampled_from([32, 128, 200]), st.integers(1, 8))
def test_a_picture_is_well_formed(index, seed, side, most):
    sample = shapes(seed=seed, image_size=side, most_objects=most)[index]
    assert sample.image.shape == (side, side, 3)
    assert sample.image.dtype == np.uint8
    assert 1 <= len(sample.boxes) <= most
    assert len(sample.labels) == len(sample.difficult) == len(sample.crowd) == len(sample.boxes)
    assert (sample.boxes >= 0).all()
    assert (sample.boxes <= side).all()
    sides = sample.boxes[:, 2:] - sample.boxes[:, :2]
    assert sides.min() > 0.1 * side
    assert sides.max() < 0.65 * side
    overlap = pairwise_iou(sample.boxes, sample.boxes) - np.eye(len(sample.boxes))
    assert overlap.max() <= 0.05


def test_boxes_fit_the_drawn_pixels(monkeypatch):
    monkeypatch.setattr(drawing, "_background", lambda side, _: (np.zeros((side, side, 3), np.uint8), np.zeros(3)))
    dataset = shapes(most_objects=1)
    for index in range(40):
        sample = dataset[index]
        rows, columns = np.nonzero(sample.image.any(axis=2))
        assert sample.boxes.tolist() == [[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]]


def test_pictures_depend_on_seed_split_and_number_alone():
    first, second = shapes()[7], shapes(train_images=10)[7]
    assert np.array_equal(first.image, second.image)
    assert np.array_equal(first.boxes, second.boxes)
    others = shapes()[8], shapes(seed=1)[7], shapes(split="validation")[7]
    assert not any(np.array_equal(first.image, other.image) for other in others)
    assert {first.image_id, others[0].image_id, others[2].image_id} == {
        "shapes/train/7",
        "shapes/train/8",
        "shapes/validation/7",
    }


def test_the_order_of_the_classes_changes_labels_and_not_pictures():
    usual, turned = shapes()[3], shapes(SHAPES[::-1])[3]
    assert np.array_equal(usual.image, turned.image)
    assert [SHAPES[label] for label in usual.labels] == [SHAPES[::-1][label] for label in turned.labels]


def test_all_classes_occur_and_only_those_asked_for():
    assert {label for index in range(30) for label in shapes()[index].labels.tolist()} == {0, 1, 2}
    assert {label for index in range(30) for label in shapes(["square"])[index].labels.tolist()} == {0}


def test_lengths_and_ends():
    assert len(shapes(train_images=5)) == 5
    assert len(shapes(split="validation", validation_images=6)) == 6
    with pytest.raises(IndexError):
        shapes(train_images=5)[5]
    assert len(list(shapes(train_images=5))) == 5


def test_an_unknown_shape_is_refused():
    with pytest.raises(
        DatasetError, match=r"no shape is named 'cicle'; did you mean 'circle'\? the shapes are circle, "
    ):
        shapes(["cicle"])


def test_the_settings_know_the_classes():
    assert ShapesSettings().class_names() == SHAPES

"""What a detector found: choosing, drawing, handing on."""

import copy
import json
import pickle
from dataclasses import replace

import numpy as np
import pytest

from zoo_core.prediction.detections import Detections

CLASSES = ("cat", "dog", "cow")


@pytest.fixture
def found():
    return Detections(
        boxes=np.array([[10, 20, 50, 60], [0, 0, 30, 30], [40, 40, 79, 59]], dtype=np.float32),
        scores=np.array([0.9, 0.6, 0.2], dtype=np.float32),
        labels=np.array([1, 0, 1]),
        class_names=CLASSES,
        source="zoo.jpg",
    )


@pytest.fixture
def nothing(found):
    return found[np.zeros(3, dtype=bool)]


def test_objects_are_named_and_counted(found):
    assert len(found) == 3
    assert found.names == ["dog", "cat", "dog"]
    box, score, name = next(iter(found))
    assert (box.tolist(), round(score, 3), name) == ([10, 20, 50, 60], 0.9, "dog")


@pytest.mark.parametrize(
    ("index", "names"),
    [(slice(0, 2), ["dog", "cat"]), ([2, 0], ["dog", "dog"]), (np.array([False, True, False]), ["cat"]), (1, ["cat"])],
)
def test_objects_are_chosen_as_in_numpy(found, index, names):
    assert found[index].names == names
    assert found[index].boxes.shape == (len(names), 4)


def test_objects_are_chosen_by_score_and_by_class(found):
    assert found.above(0.6).names == ["dog", "cat"]
    assert found.of(["dog"]).scores.tolist() == pytest.approx([0.9, 0.2])
    assert found.of("dog").scores.tolist() == pytest.approx([0.9, 0.2])
    with pytest.raises(ValueError, match="no class is named 'dgo'; did you mean 'dog'"):
        found.of(["dgo"])


def test_supervision_gets_the_same_objects(found, nothing):
    given = found.to_supervision()
    np.testing.assert_array_equal(given.xyxy, found.boxes)
    np.testing.assert_array_equal(given.confidence, found.scores)
    assert given.class_id.tolist() == [1, 0, 1]
    assert given.data["class_name"].tolist() == found.names
    assert len(nothing.to_supervision()) == 0


def test_coco_results_have_widths_and_heights_and_the_ids_of_the_annotations(found):
    first = found.to_coco(image_id=7, category_ids=[17, 18, 21])[0]
    assert first == {"image_id": 7, "category_id": 18, "bbox": [10, 20, 40, 40], "score": pytest.approx(0.9)}
    assert [each["category_id"] for each in found.to_coco(7)] == [2, 1, 2]
    json.dumps(found.to_coco(7))
    assert found.to_coco()[0]["image_id"] == "zoo"
    assert replace(found, source="val2017/000000000139.jpg").to_coco()[0]["image_id"] == 139


def test_a_dictionary_is_plain(found, nothing):
    assert json.loads(json.dumps(found.to_dict()))["objects"][1]["name"] == "cat"
    assert nothing.to_dict() == {"source": "zoo.jpg", "objects": []}


def test_drawing_changes_a_copy_where_the_objects_are(found, nothing):
    image = np.full((60, 80, 3), 200, dtype=np.uint8)
    drawn = found.plot(image)
    assert drawn.shape == image.shape
    assert (image == 200).all()
    assert (drawn[60 - 1, 12:48] != 200).any() or (drawn[20:60, 10] != 200).any()
    np.testing.assert_array_equal(nothing.plot(image), image)
    with pytest.raises(ValueError, match="have no image of their own"):
        found.plot()


@pytest.mark.parametrize("index", [[], (), np.array([]), np.array([], bool), np.array([], int), slice(None)])
def test_nothing_is_chosen_from_nothing(nothing, index):
    assert nothing[index].boxes.shape == (0, 4)


def test_a_list_chooses_as_an_array_does(found):
    assert len(found[[]]) == 0
    assert found[[True, False, True]].scores.tolist() == found[np.array([0, 2])].scores.tolist()
    for wrong in ([True], [True] * 4, [[0, 1]], [0.5], [3], ["cat"]):
        with pytest.raises(IndexError):
            found[wrong]


def test_classes_may_come_from_a_generator(found):
    assert found.of(name for name in ("cat", "dog")).names == found.of({"cat", "dog"}).names == ["dog", "cat", "dog"]
    with pytest.raises(ValueError, match="no class is named 'cta'; did you mean 'cat'"):
        found.of(name for name in ("dog", "cta"))


def test_what_is_no_name_is_told_as_an_unknown_class(found):
    for wrong in (1, b"cat", ["cat"], None):
        with pytest.raises(ValueError, match="no class is named "):
            found.of([wrong])


def test_detections_can_be_pickled_and_copied(found):
    for again in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):  # noqa: S301 -- our own bytes
        assert again.to_dict() == found.to_dict()

"""What a detector found: choosing, drawing, handing on."""

import copy
import io
import json
import pickle
import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

import zoo_core as zoo
from zoo_core.parts.geometry import ImageSize
from zoo_core.prediction.detections import Detections
from zoo_core.prediction.outputs.csv_table import CSV_COLUMNS

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
    for wrong in ("cat", ["cat"], 0.5, None, {"cat"}):
        with pytest.raises(IndexError, match=r"by indices, a mask or a slice, not by .*; of\(names\) selects classes"):
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


@pytest.fixture
def pictured(found):
    return replace(found, _image=lambda: np.full((60, 80, 3), 200, dtype=np.uint8), size=ImageSize(60, 80))


def test_an_unknown_class_is_told_with_those_that_there_are(found):
    with pytest.raises(zoo.ArgumentError, match="'wolf'; classes: cat, dog, cow"):
        found.of("wolf")
    with pytest.raises(zoo.ArgumentError, match=r"'dgo'; did you mean 'dog'\? classes: cat, dog, cow"):
        found.of(["cat", "dgo"])


def test_left_top_width_and_height(found, nothing):
    assert found.xywh.tolist() == [[10, 20, 40, 40], [0, 0, 30, 30], [40, 40, 39, 19]]
    assert nothing.xywh.shape == (0, 4)


def test_the_id_of_an_image_is_needed_where_no_name_says_it(found):
    for without, why in ((replace(found, source=""), "come from no file"), (replace(found, frame=3), "of a frame")):
        with pytest.raises(zoo.ArgumentError, match=f"image_id is needed: these detections .*{why}"):
            without.to_coco()
        assert without.to_coco(5)[0]["image_id"] == 5
    assert type(found.to_coco(np.int64(5))[0]["image_id"]) is int
    for wrong in (True, 1.5, [1], -1):
        with pytest.raises(zoo.ArgumentError, match="image_id should be an integer of at least 0, or a string"):
            found.to_coco(wrong)
    for ids, message in (([1, 2], "3 ids, one for each"), ("abc", "a list of integers"), ([1, 2, "c"], r"\[2\]")):
        with pytest.raises(zoo.ArgumentError, match=f"category_ids.*{message}"):
            found.to_coco(1, ids)


def test_a_table_of_pandas_has_the_columns_of_csv(found, nothing, monkeypatch):
    table = found.to_pandas()
    assert tuple(table.columns) == CSV_COLUMNS
    assert table["name"].tolist() == found.names
    np.testing.assert_array_equal(table[["x1", "y1", "x2", "y2"]].to_numpy(), found.boxes)
    assert len(nothing.to_pandas()) == 0
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(zoo.MissingPackageError, match="this needs pandas, which is not installed: pip install pandas"):
        found.to_pandas()


def test_a_representation_is_one_short_line(found, nothing):
    assert repr(found) == "<Detections in zoo.jpg: dog 0.90, cat 0.60, dog 0.20>"
    assert repr(nothing) == "<Detections in zoo.jpg: nothing found>"
    many = found[[0] * 9]
    assert repr(many).endswith("dog 0.90, 4 more>")
    assert repr(replace(found, frame=7, source="film.mp4")).startswith("<Detections in film.mp4, frame 7: ")


def test_what_was_found_is_saved_as_its_ending_says(pictured, tmp_path):
    for name in ("deeper/x.png", "x.JPG", "x.json", "x.csv", "x.txt"):
        pictured.save(tmp_path / name)
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "deeper" / "x.png")), pictured.plot())
    assert json.loads((tmp_path / "x.json").read_text()) == pictured.to_dict()
    assert (tmp_path / "x.csv").read_text().splitlines()[1] == "zoo.jpg,,dog,0.9,10.00,20.00,50.00,60.00"
    assert (tmp_path / "x.txt").read_text() == "zoo.jpg: 2 dogs, 1 cat\n"
    replace(pictured, frame=2, time=0.5).save(f"{tmp_path}/frame.json")
    assert json.loads((tmp_path / "frame.json").read_text())["time"] == 0.5
    for wrong in ("x.gif", "x", tmp_path):
        with pytest.raises(zoo.DatasetError, match=r"\.jpg, .*\.json, \.csv, \.txt"):
            pictured.save(wrong)
    with pytest.raises(zoo.ArgumentError, match="path should be a path; given null"):
        pictured.save(None)


def test_a_picture_is_shown_where_there_is_somebody_to_see_it(pictured, found, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(zoo.ZooError, match=r"no notebook and no screen .* write it to a file: found\.save"):
        pictured.show()
    windows, cells = [], []
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr("PIL.ImageShow.show", lambda image: not windows.append(image.size))
    pictured.show()
    assert windows == [(80, 60)]
    display = SimpleNamespace(Image=lambda data: data, display=cells.append)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=1)))
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    pictured.show()
    assert cells == [pictured._repr_png_()]
    assert Image.open(io.BytesIO(cells[0])).size == (80, 60)
    assert found._repr_png_() is None
    with pytest.raises(zoo.ArgumentError, match="have no image of their own"):
        found.show()


@pytest.mark.parametrize("wrong", ["a.jpg", np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), 7])
def test_what_is_no_picture_is_not_drawn_on(found, wrong):
    with pytest.raises(zoo.ArgumentError, match=r"image should be an array \(H, W, 3\) uint8 RGB; given "):
        found.plot(wrong)

"""COCO results files: read as they were written, by us and by pycocotools, and what is wrong with others'."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

import zoo_core as zoo
from zoo_core.boxes.protocols import CocoIds, Sample
from zoo_core.common.errors import PredictionsError
from zoo_core.evaluation.coco_ids import ids_of
from zoo_core.parts.geometry import ImageSize

CLASSES = ("cat", "dog", "cow")


class Pictures:
    """A data set in memory."""

    class_names = CLASSES
    problems = ()

    def __init__(self, results):
        self._images = results.images
        self.coco_ids = results.coco_ids

    def __len__(self):
        return len(self._images)

    def __getitem__(self, index):
        each = self._images[index]
        pixels = np.zeros((*each.size, 3), np.uint8)
        truth = each.true_boxes, each.true_labels, each.difficult, each.crowd
        return Sample(pixels, *truth, each.image_id, each.true_areas)


def some_results(seed, names=("a/1.jpg", "a/2.jpg", "b/x.jpg", "empty.jpg"), coco_ids=None):
    rng = np.random.default_rng(seed)

    def boxes(count):
        corners = rng.random((count, 2)) * 100
        return np.hstack([corners, corners + rng.random((count, 2)) * 80 + 5]).astype(np.float32)

    def image(name):
        objects, found = (0, 0) if name == "empty.jpg" else rng.integers(1, 8, 2)
        truth = boxes(objects)
        again = truth[rng.integers(objects, size=found)] if found else truth
        return zoo.ImageResult(
            image_id=name,
            size=ImageSize(150, 200),
            true_boxes=truth,
            true_labels=rng.integers(0, 3, objects),
            difficult=rng.random(objects) < 0.2,
            crowd=rng.random(objects) < 0.2,
            boxes=again + rng.choice([0, 0.1, 3.7], (found, 4)).astype(np.float32),
            scores=rng.random(found).astype(np.float32),
            labels=rng.integers(0, 3, found),
            true_areas=rng.random(objects) * 5000 if seed % 2 else None,
        )

    return zoo.Results(CLASSES, tuple(map(image, names)), coco_ids=coco_ids)


def written(results, folder):
    path = folder / "found.json"
    zoo.write_predictions(results, path)
    return path


def scores_of(results):
    """All scores, without the time that they took."""
    return repr(replace(zoo.score(results), seconds=0, reading_seconds=0, scoring_seconds=0))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_scores_are_the_same_to_the_last_bit_after_writing_and_reading(seed, tmp_path_factory):
    results = some_results(seed)
    again = zoo.read_predictions(written(results, tmp_path_factory.mktemp("found")), Pictures(results))
    for each, other in zip(results.images, again.images, strict=True):
        for name in ("boxes", "scores", "labels", "true_boxes", "crowd"):
            np.testing.assert_array_equal(getattr(each, name), getattr(other, name))
    assert scores_of(again) == scores_of(results)
    assert again.seconds == 0


@pytest.mark.parametrize(
    "names",
    [("1.jpg", "07.jpg", "a.jpg"), ("000009.jpg", "000139.jpg", "000010.jpg"), ("a/1.jpg", "b/1.jpg", "a/1.jpg")],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_pycocotools_scores_the_same_from_our_two_files(names, seed, tmp_path):
    results = some_results(seed, names)
    truth = tmp_path / "truth.json"
    truth.write_text(json.dumps(zoo.coco_ground_truth(results)))
    official = COCOeval(COCO(str(truth)), COCO(str(truth)).loadRes(str(written(results, tmp_path))), "bbox")
    official.evaluate()
    official.accumulate()
    official.summarize()
    numbers = np.nan_to_num(astuple(zoo.score(results).coco), nan=-1)
    assert numbers == pytest.approx(official.stats, abs=1e-9)


@pytest.mark.parametrize(
    ("names", "ids"),
    [
        (("000139.jpg", "7.jpg"), (139, 7)),
        (("1.jpg", "01.jpg"), ("1.jpg", "01.jpg")),
        (("a.jpg", "7.jpg"), ("a.jpg", "7.jpg")),
        (("a.jpg", "a.jpg"), (1, 2)),
    ],
)
def test_images_are_called_by_numbers_where_their_names_are_numbers(names, ids):
    assert ids_of(some_results(0, names)) == CocoIds(ids, (1, 2, 3))


def test_the_ids_of_the_data_set_are_used_where_it_has_some(tmp_path):
    results = some_results(0, ("1.jpg", "2.jpg"), CocoIds((2, 1), (7, 3, 90)))
    entries = json.loads(written(results, tmp_path).read_text())
    assert {each["image_id"] for each in entries[: len(results.images[0].scores)]} == {2}
    assert {each["category_id"] for each in entries} <= {7, 3, 90}
    again = zoo.read_predictions(tmp_path / "found.json", Pictures(results))
    assert scores_of(again) == scores_of(results)
    assert zoo.coco_ground_truth(results)["categories"][0] == {"id": 7, "name": "cat"}


def entry(**changes):
    return {"image_id": "a/1.jpg", "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5, **changes}


def read(folder, entries, **changes):
    path = folder / "theirs.json"
    path.write_text(entries if isinstance(entries, str) else json.dumps(entries))
    return zoo.read_predictions(path, Pictures(some_results(0, **changes)))


@pytest.mark.parametrize("name", ["b/x.jpg", "x.jpg", "x"])
def test_images_are_found_by_name(tmp_path, name):
    results = read(tmp_path, [entry(image_id=name, score=1, more="is no harm")])
    assert [len(each.scores) for each in results.images] == [0, 0, 1, 0]
    assert (results.images[2].boxes.tolist(), results.images[2].scores.tolist()) == ([[1, 2, 4, 6]], [1])


@pytest.mark.parametrize(("here", "there"), [("NFC", "NFD"), ("NFD", "NFC"), ("NFC", "NFC")])
def test_images_are_found_by_names_whose_letters_are_composed_otherwise(tmp_path, here, there):
    names = ("a.jpg", unicodedata.normalize(here, "caf\u00e9.jpg"))
    results = read(tmp_path, [entry(image_id=unicodedata.normalize(there, "caf\u00e9"))], names=names)
    assert [len(each.scores) for each in results.images] == [0, 1]


@pytest.mark.parametrize("name", [139, "000139.jpg", "000139", "a/000139.jpg"])
def test_images_are_found_by_number(tmp_path, name):
    results = (
        read(tmp_path, [entry(image_id=name)], names=("a/000139.jpg", "a/7.jpg")) if name != "000139.jpg" else None
    )
    if results:
        assert [len(each.scores) for each in results.images] == [1, 0]


DOCUMENT = {
    "images": [{"id": 1, "file_name": "C:\\photos\\x.jpg"}, {"id": "2", "file_name": "elsewhere/1.jpg"}],
    "categories": [{"id": 1, "name": "dog"}, {"id": 5, "name": "cat"}],
    "annotations": [entry(image_id=1), entry(image_id=2, category_id=5), entry(image_id=1, category_id=5)],
}
"""What `zoo predict --coco` writes has ids of its own."""


def test_a_data_set_with_scores_is_read_by_the_names_in_it(tmp_path):
    results = read(tmp_path, DOCUMENT)
    assert [each.labels.tolist() for each in results.images] == [[0], [], [1, 0], []]
    without = {key: value for key, value in entry(image_id=1).items() if key != "score"}
    with pytest.raises(PredictionsError, match=r"detection 1: has no score"):
        read(tmp_path, {**DOCUMENT, "annotations": [without]})
    with pytest.raises(PredictionsError, match=r"images not in the data set: 'y\.jpg' \(2 detections\)"):
        read(tmp_path, {**DOCUMENT, "images": [{"id": 1, "file_name": "y.jpg"}, DOCUMENT["images"][1]]})
    with pytest.raises(PredictionsError, match=r"categories not in the data set: 'bird' \(1 detection\)"):
        read(tmp_path, {**DOCUMENT, "categories": [{"id": 1, "name": "bird"}, DOCUMENT["categories"][1]]})


def test_an_id_goes_before_a_name(tmp_path):
    results = read(tmp_path, [entry(image_id=2)], names=("2.jpg", "1.jpg"), coco_ids=CocoIds((1, 2), (1, 2, 3)))
    assert [len(each.scores) for each in results.images] == [0, 1]


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ("[1", r"theirs.json: is not JSON \(.*\)"),
        ("[" * 100_000, "is nested too deeply"),
        ({"annotations": []}, r"is not a COCO results file, a list .*; given \{'annotations': \[\]\}"),
        ([entry(), 7], r"detection 2: has no image_id, category_id, bbox, score; given 7"),
        ([{"image_id": 1, "bbox": [1, 2, 3, 4]}], "detection 1: has no category_id, score"),
        (
            [entry(bbox=[1, 2, 3])],
            r"detection 1: its bbox should be \[x, y, width, height\] in pixels, but is \[1, 2, 3\]",
        ),
        ([entry(bbox=[1, 2, -3, 4])], r"its bbox should be .* but is \[1, 2, -3, 4\]"),
        ([entry(bbox=[1, 2, "3", 4])], "its bbox should be"),
        ("[" + json.dumps(entry(score=float("nan"))) + "]", "detection 1: its score should be a number, but is nan"),
        ([entry(score=None)], "its score should be a number, but is null"),
        (
            [entry(image_id="z.jpg"), entry(image_id="z.jpg"), entry(image_id=5), entry()],
            r"3 detections of 4 refer to images not in the data set: 'z.jpg' \(2 detections\), 5 \(1 detection\); ",
        ),
        (
            [entry(category_id=number) for number in (0, *range(4, 11))],
            r"8 detections of 8 refer to categories not in the data set: 0 .* and 3 more; .*: 1 \(cat\), 2 \(dog\), 3",
        ),
        ([entry(category_id="cat")], r"'cat' \(1 detection\)"),
        ([entry(category_id=True)], "'True'"),
        ([entry(image_id=["a/1.jpg"])], "1 detection of 1 refer to images"),
    ],
)
def test_what_is_wrong_is_told(tmp_path, entries, message):
    with pytest.raises(PredictionsError, match=message):
        read(tmp_path, entries)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(PredictionsError, match=r"nowhere.json: no such file"):
        zoo.read_predictions(tmp_path / "nowhere.json", Pictures(some_results(0)))
    (tmp_path / "file").touch()
    with pytest.raises(PredictionsError, match=r"cannot be written"):
        zoo.write_predictions(some_results(0), tmp_path / "file" / "found.json")


def test_nothing_found_is_a_file_too(tmp_path):
    assert zoo.score(read(tmp_path, [])).coco.ap == 0

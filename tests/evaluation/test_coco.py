"""COCO's numbers against pycocotools, on random data that has every special case often."""

from __future__ import annotations

import math
import warnings
from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from zoo_core.evaluation.coco import coco_numbers, mean_numbers
from zoo_core.evaluation.gathering import gather
from zoo_core.evaluation.results import ImageResult, Results
from zoo_core.parts.geometry import ImageSize

CLASSES = 3
SIDES = (4, 16, 31.5, 32, 32.5, 64, 96, 96.25, 120)
"""Squares of 32 and 96 lie on the edges of the ranges of areas."""


def image(boxes=(), scores=(), labels=None, true_boxes=(), true_labels=None, crowd=None, areas=None):
    objects = len(true_boxes)
    return ImageResult(
        image_id="",
        size=ImageSize(300, 300),
        true_boxes=np.array(true_boxes, np.float32).reshape(-1, 4),
        true_labels=np.zeros(objects, np.int64) if true_labels is None else np.array(true_labels, np.int64),
        difficult=np.zeros(objects, np.bool_),
        crowd=np.zeros(objects, np.bool_) if crowd is None else np.array(crowd, np.bool_),
        boxes=np.array(boxes, np.float32).reshape(-1, 4),
        scores=np.array(scores, np.float32),
        labels=np.zeros(len(scores), np.int64) if labels is None else np.array(labels, np.int64),
        true_areas=areas,
    )


def results_of(images, classes=CLASSES):
    return Results(tuple(f"class {number}" for number in range(classes)), tuple(images))


def ours(results):
    numbers = coco_numbers(gather(results))
    return [*map(astuple, numbers), astuple(mean_numbers(numbers))]


@pytest.fixture(scope="module")
def official():
    """pycocotools on the same boxes: the twelve numbers of each class, then of all; NaN where it says -1."""

    def boxes_of(corners):
        x1, y1, x2, y2 = np.array(corners, np.float64).T
        return np.stack([x1, y1, x2 - x1, y2 - y1], axis=1).tolist()

    def dataset(results):
        annotations = []
        for number, each in enumerate(results.images, start=1):
            boxes = boxes_of(each.true_boxes)
            areas = [w * h for _, _, w, h in boxes] if each.true_areas is None else each.true_areas.tolist()
            for row in zip(boxes, areas, each.true_labels.tolist(), each.crowd.tolist(), strict=True):
                box, area, label, crowd = row
                annotations.append({"bbox": box, "area": area, "category_id": label + 1, "iscrowd": int(crowd)})
                annotations[-1] |= {"id": len(annotations), "image_id": number}
        truth = COCO()
        truth.dataset = {
            "images": [{"id": number, "width": 300, "height": 300} for number in range(1, len(results.images) + 1)],
            "categories": [{"id": label + 1, "name": name} for label, name in enumerate(results.class_names)],
            "annotations": annotations,
        }
        truth.createIndex()
        return truth

    def scored(results):
        truth = dataset(results)
        entries = [
            {"image_id": number, "category_id": label + 1, "bbox": box, "score": score}
            for number, each in enumerate(results.images, start=1)
            for box, score, label in zip(boxes_of(each.boxes), each.scores.tolist(), each.labels.tolist(), strict=True)
        ]
        found = truth.loadRes(entries) if entries else COCO()
        if not entries:
            found.dataset = {**truth.dataset, "annotations": []}
            found.createIndex()
        evaluation = COCOeval(truth, found, "bbox")
        classes = list(range(1, len(results.class_names) + 1))
        return [summarized(evaluation, chosen) for chosen in (*([each] for each in classes), classes)]

    def summarized(evaluation, classes):
        evaluation.params.catIds = classes
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        return [math.nan if number == -1 else number for number in evaluation.stats]

    return scored


@st.composite
def random_results(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    # Of the classes, the last may have no objects, and detections may be of all.
    present, tied = draw(st.integers(1, CLASSES)), draw(st.booleans())
    with_areas, most = draw(st.booleans()), draw(st.sampled_from([4, 12, 400]))

    def boxes(count):
        corner = rng.integers(0, 9, (count, 2)) * 20.0
        return np.hstack([corner, corner + rng.choice(SIDES, (count, 1 if rng.random() < 0.5 else 2))])

    def picture():
        found, objects = rng.integers(0, most), rng.integers(0, 7) * (rng.random() < 0.9)
        truth, labels = boxes(objects), rng.integers(0, present, objects)
        for place in range(1, objects):  # crowded: a detection has several objects to choose from, some equally good
            if rng.random() < 0.5:
                truth[place], labels[place] = truth[place - 1] + np.tile(rng.choice([0, 2, 4], 2), 2), labels[place - 1]
        detections, guesses = boxes(found), rng.integers(0, CLASSES, found)
        for place in range(found if objects else 0):
            if rng.random() < 0.7:
                chosen = rng.integers(objects)
                wrong = rng.choice([0, 0, 1, 2, 0.5], 4) * rng.choice([-1, 1], 4)
                wrong = np.tile(rng.choice([-1, 0, 1, 2], 2), 2) if rng.random() < 0.5 else wrong
                detections[place], guesses[place] = truth[chosen] + wrong, labels[chosen]
        scores = rng.integers(0, 4, found) / 4 if tied else rng.random(found)
        areas = rng.choice([900, 1023.99, 1024, 1024.01, 9216, 9216.5, 20000], objects) if with_areas else None
        return image(detections, scores, guesses, truth, labels, rng.random(objects) < 0.2, areas)

    return results_of(picture() for _ in range(draw(st.integers(0, 6))))


@settings(deadline=None, max_examples=100)
@given(results=random_results())
def test_numbers_are_those_of_pycocotools(official, results):
    for mine, theirs in zip(ours(results), official(results), strict=True):
        assert mine == pytest.approx(theirs, abs=1e-9, nan_ok=True)


SQUARE = [10, 10, 60, 60]
LARGE = [0, 0, 200, 200]


def of_one_class(*images):
    return coco_numbers(gather(results_of(images, classes=1)))[0]


def test_who_finds_everything_scores_1_and_who_finds_nothing_0():
    assert astuple(of_one_class(image([SQUARE], [0.9], true_boxes=[SQUARE]))) == pytest.approx(
        (1, 1, 1, math.nan, 1, math.nan, 1, 1, 1, math.nan, 1, math.nan), nan_ok=True
    )
    nothing = of_one_class(image(true_boxes=[SQUARE, LARGE]))
    assert (nothing.ap, nothing.ap_large, nothing.ar100) == (0, 0, 0)


def test_where_there_is_no_object_there_is_no_number():
    assert all(map(math.isnan, astuple(of_one_class(image([SQUARE], [0.9])))))
    assert all(map(math.isnan, astuple(of_one_class())))
    assert all(map(math.isnan, astuple(mean_numbers([]))))


def test_what_lies_in_a_crowd_does_not_count():
    inside = [[0, 0, 20, 20], [100, 100, 150, 150]]
    crowded = image([*inside, SQUARE], [0.9, 0.8, 0.7], true_boxes=[SQUARE, LARGE], crowd=[False, True])
    assert of_one_class(crowded).ap == pytest.approx(1)
    assert of_one_class(image([*inside, SQUARE], [0.9, 0.8, 0.7], true_boxes=[SQUARE, LARGE])).ap < 0.4


def test_of_an_image_the_hundred_highest_scoring_of_a_class_count():
    far = [[200, 200, 210, 210]] * 99
    scores = np.linspace(0.9, 0.5, 100)
    assert of_one_class(image([*far, SQUARE], scores, true_boxes=[SQUARE])).ar100 == 1
    assert of_one_class(image([*far, far[0], SQUARE], [*scores, 0.4], true_boxes=[SQUARE])).ar100 == 0


def test_sizes_go_by_the_area_of_the_annotation():
    found = of_one_class(image([SQUARE], [0.9], true_boxes=[SQUARE], areas=np.array([900.0])))
    assert (found.ap, found.ap_small) == (pytest.approx(1), pytest.approx(1))
    assert math.isnan(found.ap_medium)

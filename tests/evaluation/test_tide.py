"""The kinds of error: by hand, and against tidecv on random data."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.evaluation.conftest import image
from zoo_core.evaluation.gathering import gather
from zoo_core.evaluation.ignored import on_ignored_objects
from zoo_core.evaluation.results import ImageResult, Results
from zoo_core.evaluation.tide import ErrorKind, error_report
from zoo_core.parts.geometry import ImageSize

CAT, DOG = 0, 1


def report(*images):
    return error_report(gather(Results(("cat", "dog"), images)))


def only(**counts):
    return {kind: counts.get(kind.value, 0) for kind in ErrorKind}


HERE, THERE = (0, 0, 10, 10), (100, 100, 110, 110)
NEAR = (0, 5, 10, 15)  # a third of HERE
FAR = (0, 9, 10, 19)  # 1/19 of HERE


def test_everything_right():
    found = report(image([(HERE, CAT, 0.9), (THERE, DOG, 0.8)], [(HERE, CAT), (THERE, DOG)]))
    assert found.ap50 == 1
    assert found.counts == only()
    assert set(found.costs.values()) == {0}
    assert found.false_positives == found.false_negatives == 0


@pytest.mark.parametrize(
    ("box", "label", "kind"),
    [
        (NEAR, CAT, "localisation"),
        (HERE, DOG, "classification"),
        (NEAR, DOG, "both"),
        (FAR, CAT, "background"),
        (THERE, CAT, "background"),
    ],
)
def test_one_wrong_detection_beside_one_object(box, label, kind):
    """Nothing is right: an oracle for place or class makes the average precision 1."""
    found = report(image([(box, label, 0.9)], [(HERE, CAT)]))
    correctable = kind in ("localisation", "classification")
    assert found.ap50 == 0
    assert found.counts == only(**{kind: 1, "missed": int(not correctable)})
    assert found.costs[ErrorKind(kind)] == int(correctable)


def test_a_duplicate_and_what_it_costs():
    """Of two objects the first is found twice before the second: precision 1 up to recall 1/2, then 2/3."""
    found = report(
        image([(HERE, CAT, 0.9), (HERE, CAT, 0.8), (THERE, CAT, 0.7)], [(HERE, CAT), (THERE, CAT)]),
    )
    assert found.counts == only(duplicate=1)
    assert found.ap50 == pytest.approx((51 + 50 * 2 / 3) / 101)
    assert found.costs[ErrorKind.DUPLICATE] == pytest.approx(1 - found.ap50)
    assert found.false_positives == pytest.approx(1 - found.ap50)
    assert found.false_negatives == 0


def test_background_and_missed_and_what_they_cost():
    """A made-up cat comes first, then one of two cats: precision 1/2 up to recall 1/2."""
    found = report(image([(FAR, CAT, 0.9), (THERE, CAT, 0.8)], [(HERE, CAT), (THERE, CAT)]))
    assert found.counts == only(background=1, missed=1)
    assert found.ap50 == pytest.approx(51 / 101 / 2)
    assert found.costs[ErrorKind.BACKGROUND] == pytest.approx(51 / 101 / 2)
    assert found.costs[ErrorKind.MISSED] == pytest.approx(0.5 - 51 / 101 / 2)
    assert found.false_positives == pytest.approx(51 / 101 / 2)
    assert found.false_negatives == pytest.approx(0.5 - 51 / 101 / 2)


def test_of_several_corrections_of_an_object_the_highest_scoring_is_right_and_the_others_vanish():
    found = report(image([(NEAR, CAT, 0.9), (NEAR, CAT, 0.8)], [(HERE, CAT)]))
    assert found.counts == only(localisation=2)
    assert found.costs[ErrorKind.LOCALISATION] == 1
    better = report(image([(HERE, CAT, 0.7), (NEAR, CAT, 0.9)], [(HERE, CAT)]))
    assert better.ap50 == 0.5
    assert better.costs[ErrorKind.LOCALISATION] == 0.5


def test_a_class_that_is_never_found_is_no_longer_asked_for_when_nothing_is_missed():
    found = report(image([(HERE, CAT, 0.9)], [(HERE, CAT), (THERE, DOG)]))
    assert found.ap50 == 0.5
    assert found.costs[ErrorKind.MISSED] == 0.5


def test_what_lies_on_difficult_objects_and_in_crowds_is_no_error():
    truth = [(HERE, CAT), ((100, 100, 150, 150), DOG), ((60, 0, 70, 10), CAT)]
    found = [(HERE, CAT, 0.9), (THERE, DOG, 0.8), ((60, 0, 70, 10), CAT, 0.7)]
    assert report(image(found, truth, difficult=[0], crowd=[1])).counts == only()
    assert report(image(found[:2], truth[:2], difficult=[0], crowd=[1])).ap50 != report(image(found, truth)).ap50
    inside_a_crowd_of_another_class = report(image([(THERE, CAT, 0.8)], truth, difficult=[0], crowd=[1]))
    assert inside_a_crowd_of_another_class.counts == only(background=1, missed=1)


def test_where_nothing_is_found_the_missed_objects_cost_everything():
    found = report(image([], [(HERE, CAT), (THERE, DOG)]))
    assert found.counts == only(missed=2)
    assert (found.ap50, found.costs[ErrorKind.MISSED], found.false_negatives) == (0, 1, 1)


def test_without_objects_and_without_detections():
    assert np.isnan(report(image()).ap50)
    assert np.isnan(error_report(gather(Results(("cat",), ()))).ap50)
    assert report(image([(HERE, CAT, 0.9)])).counts == only(background=1)
    assert report(image([], [(HERE, CAT)])).counts == only(missed=1)


CLASSES = 3


def random_results(seed, ignored=False):
    """Crowded images in which every kind of error is common; all scores differ."""
    rng = np.random.default_rng(seed)
    images = []
    for number in range(int(rng.integers(1, 6))):
        count = int(rng.integers(0, 8))
        corners = rng.uniform(0, 60, (count, 2))
        truth = np.concatenate([corners, corners + rng.uniform(8, 40, (count, 2))], axis=1)
        labels = rng.integers(0, CLASSES, count)
        if number == 0:  # every class has an object
            truth = np.concatenate([truth, [[200, 0, 220, 20]] * CLASSES])
            labels = np.concatenate([labels, np.arange(CLASSES)])
        copies = rng.integers(0, len(truth), int(rng.integers(0, 12))) if len(truth) else np.empty(0, np.int64)
        found = truth[copies] + rng.normal(0, rng.choice([0.5, 4, 12]), (len(copies), 4))
        found[:, 2:] = np.maximum(found[:, 2:], found[:, :2] + 2)
        guessed = np.where(rng.random(len(copies)) < 0.7, labels[copies], rng.integers(0, CLASSES, len(copies)))
        if number == 0:  # and one is found, without which tidecv divides by zero
            found, guessed = np.concatenate([found, [[200, 0, 220, 20]]]), np.append(guessed, 0)
        images.append(
            ImageResult(
                image_id=str(number),
                size=ImageSize(300, 300),
                true_boxes=truth.astype(np.float32),
                true_labels=labels,
                difficult=(rng.random(len(truth)) < 0.2) & ignored & (np.arange(len(truth)) < count),
                crowd=(rng.random(len(truth)) < 0.2) & ignored & (np.arange(len(truth)) < count),
                boxes=found.astype(np.float32),
                scores=rng.random(len(found)).astype(np.float32),
                labels=guessed,
            )
        )
    return Results(tuple(f"class {label}" for label in range(CLASSES)), tuple(images))


def by_tidecv(results):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what tidecv draws with
        from tidecv import TIDE, Data  # in a second, which not every process of a run has to spend

    truth, found = Data("truth"), Data("found")

    def sides(box):
        x1, y1, x2, y2 = np.asarray(box, np.float64).tolist()
        return [x1, y1, x2 - x1, y2 - y1]

    for number, each in enumerate(results.images):
        truth.add_image(number, each.image_id)
        for box, label in zip(each.true_boxes, each.true_labels.tolist(), strict=True):
            truth.add_ground_truth(number, label, box=sides(box))
        for box, label, score in zip(each.boxes, each.labels.tolist(), each.scores.tolist(), strict=True):
            found.add_detection(number, label, score, box=sides(box))
    run = TIDE().evaluate(truth, found, mode=TIDE.BOX)
    costs = {kind.short_name: value / 100 for kind, value in run.fix_main_errors().items()}
    counts = {kind.short_name: value for kind, value in run.count_errors().items()}
    special = {kind.short_name: value / 100 for kind, value in run.fix_special_errors().items()}
    return run.ap / 100, counts, {**costs, **special}


TIDES_NAMES = dict(zip(ErrorKind, ("Cls", "Loc", "Both", "Dupe", "Bkg", "Miss"), strict=True))


def compare(results, reference):
    ours = error_report(gather(results))
    ap, counts, costs = by_tidecv(reference)
    assert ours.ap50 == pytest.approx(ap, abs=1e-9)
    assert {TIDES_NAMES[kind]: count for kind, count in ours.counts.items()} == counts
    named = {TIDES_NAMES[kind]: cost for kind, cost in ours.costs.items()}
    assert {**named, "FalsePos": ours.false_positives, "FalseNeg": ours.false_negatives} == pytest.approx(
        costs, abs=1e-9
    )


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_kinds_and_costs_are_those_of_tidecv(seed):
    results = random_results(seed)
    compare(results, results)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_with_difficult_objects_and_crowds_they_are_those_of_tidecv_without_what_lies_on_them(seed):
    results = random_results(seed, ignored=True)
    plain = []
    for each in results.images:
        counted = ~(each.difficult | each.crowd)
        alone = replace(
            each,
            true_boxes=each.true_boxes[counted],
            true_labels=each.true_labels[counted],
            difficult=each.difficult[counted],
            crowd=each.crowd[counted],
        )
        kept = taking(alone) | ~on_ignored_objects(gather(replace(results, images=(each,))), 0.5)
        plain.append(replace(alone, boxes=each.boxes[kept], scores=each.scores[kept], labels=each.labels[kept]))
    compare(results, Results(results.class_names, tuple(plain)))


def taking(each):
    """Which detections take an object: written again, in the plainest way."""
    free, right = list(range(len(each.true_labels))), np.zeros(len(each.scores), np.bool_)
    for place in np.argsort(-each.scores, kind="stable"):
        x1, y1, x2, y2 = each.boxes[place].astype(float)
        overlaps = {}
        for candidate in free:
            a1, b1, a2, b2 = each.true_boxes[candidate].astype(float)
            shared = max(0, min(x2, a2) - max(x1, a1)) * max(0, min(y2, b2) - max(y1, b1))
            overlaps[candidate] = shared / ((x2 - x1) * (y2 - y1) + (a2 - a1) * (b2 - b1) - shared)
        mine = {key: value for key, value in overlaps.items() if each.true_labels[key] == each.labels[place]}
        best = max(mine, key=mine.get, default=None)
        if best is not None and mine[best] >= 0.5:
            free.remove(best)
            right[place] = True
    return right

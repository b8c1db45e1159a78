"""Objects and detections in pairs, and what is counted from the pairs: confusion, and the worst images."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.evaluation.conftest import image
from zoo_core.boxes.boxes import pairwise_iou
from zoo_core.evaluation.confusion import confusion_matrix
from zoo_core.evaluation.gathering import gather
from zoo_core.evaluation.outcomes import outcomes_of
from zoo_core.evaluation.results import Results
from zoo_core.evaluation.worst import worst_images

CAT, DOG, BACKGROUND = 0, 1, 2
HERE, THERE = (0, 0, 10, 10), (100, 100, 110, 110)
NEAR = (0, 2, 10, 12)  # two thirds of HERE


def results_of(*images):
    return Results(("cat", "dog"), images)


def confusion(*images):
    results = results_of(*images)
    return confusion_matrix(results, outcomes_of(gather(results), 0.5, 0.5))


def cells(matrix):
    """The cells that count something, as {(truth, found): how many}."""
    return {(int(row), int(column)): int(matrix.counts[row, column]) for row, column in np.argwhere(matrix.counts)}


@pytest.mark.parametrize(
    ("found", "truth", "expected"),
    [
        ([(HERE, CAT, 0.9)], [(HERE, CAT)], {(CAT, CAT): 1}),
        ([(HERE, DOG, 0.9)], [(HERE, CAT)], {(CAT, DOG): 1}),
        ([(THERE, CAT, 0.9)], [(HERE, CAT)], {(CAT, BACKGROUND): 1, (BACKGROUND, CAT): 1}),
        ([(HERE, CAT, 0.4)], [(HERE, CAT)], {(CAT, BACKGROUND): 1}),
        ([(HERE, CAT, 0.5)], [(HERE, CAT)], {(CAT, CAT): 1}),
        ([(HERE, CAT, 0.9), (HERE, CAT, 0.8)], [(HERE, CAT)], {(CAT, CAT): 1, (BACKGROUND, CAT): 1}),
        ([], [], {}),
    ],
)
def test_every_object_and_every_detection_is_in_one_cell(found, truth, expected):
    assert cells(confusion(image(found, truth))) == expected


def test_what_was_found_right_is_not_given_to_another_class_that_lies_better():
    each = image([(HERE, DOG, 0.9), (NEAR, CAT, 0.6)], [(HERE, CAT)])
    assert cells(confusion(each)) == {(CAT, CAT): 1, (BACKGROUND, DOG): 1}


def test_of_one_class_the_larger_overlap_goes_first_and_not_the_higher_scoring_detection():
    results = results_of(image([(NEAR, CAT, 0.9), (HERE, CAT, 0.6)], [(HERE, CAT)]))
    (outcome,) = outcomes_of(gather(results), 0.5, 0.5)
    assert outcome.object_of.tolist() == [-1, 0]
    assert outcome.detection_of.tolist() == [1]


def test_difficult_objects_and_crowds_are_neither_missed_nor_is_wrong_what_lies_on_them():
    truth = [(HERE, CAT), ((100, 100, 150, 150), DOG)]
    ignored = {"difficult": [0], "crowd": [1]}
    assert cells(confusion(image([], truth, **ignored))) == {}
    assert cells(confusion(image([(HERE, CAT, 0.9), (THERE, DOG, 0.9)], truth, **ignored))) == {}
    assert cells(confusion(image([(HERE, DOG, 0.9)], truth, **ignored))) == {(BACKGROUND, DOG): 1}


def test_shares_are_of_the_row():
    matrix = confusion(image([(HERE, CAT, 0.9)], [(HERE, CAT), (THERE, CAT)]))
    assert matrix.shares.tolist() == [[0.5, 0, 0.5], [0, 0, 0], [0, 0, 0]]
    assert matrix.names == ("cat", "dog", "background")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([0.3, 0.5, 0.75]))
def test_pairs_are_possible_complete_and_each_row_and_column_adds_up(seed, iou):
    rng = np.random.default_rng(seed)

    def boxes(count):
        corners = rng.integers(0, 20, (count, 2))
        return np.concatenate([corners, corners + rng.integers(4, 16, (count, 2))], axis=1)

    def random_image():
        truth = [(box, int(rng.integers(2))) for box in boxes(rng.integers(0, 8))]
        return image([(box, int(rng.integers(2)), float(rng.random())) for box in boxes(rng.integers(0, 8))], truth)

    results = results_of(*(random_image() for _ in range(rng.integers(1, 4))))
    outcomes = outcomes_of(gather(results), 0.4, iou)
    for each, outcome in zip(results.images, outcomes, strict=True):
        overlaps = pairwise_iou(each.boxes, each.true_boxes)
        pairs = [(row, column) for row, column in enumerate(outcome.object_of) if column >= 0]
        assert all(overlaps[row, column] >= iou and each.scores[row] >= 0.4 for row, column in pairs)
        assert len({column for _, column in pairs}) == len(pairs)
        assert sorted(pairs) == sorted((row, column) for column, row in enumerate(outcome.detection_of) if row >= 0)
        free = (overlaps >= iou) & (each.scores >= 0.4)[:, None] & (outcome.object_of < 0)[:, None]
        assert not (free & (outcome.detection_of < 0)).any()
        counts = confusion_matrix(results_of(each), [outcome]).counts
        assert counts[:2].sum(axis=1).tolist() == np.bincount(each.true_labels, minlength=2).tolist()
        assert counts[:, :2].sum(axis=0).tolist() == np.bincount(each.labels[each.scores >= 0.4], minlength=2).tolist()


def test_a_score_that_is_the_threshold_counts_in_float32_and_in_float64():
    each = image([(HERE, CAT, 0.9)], [(HERE, CAT)])
    for scores in (np.array([0.9], np.float32), np.array([0.9])):
        (outcome,) = outcomes_of(gather(results_of(replace(each, scores=scores))), 0.9, 0.5)
        assert outcome.right.all()


def test_the_worst_images_are_those_with_the_heaviest_errors():
    images = (
        image([(HERE, CAT, 0.9)], [(HERE, CAT)]),  # nothing wrong
        image([(THERE, CAT, 0.75)], [(HERE, CAT)]),  # one missed, one made up
        image([(HERE, DOG, 0.625)], [(HERE, CAT)]),  # taken for another: missed and wrong
        image([(THERE, CAT, 0.25)], [(HERE, CAT)]),  # missed; what is below the threshold weighs nothing
        image([], [(HERE, CAT), (THERE, DOG)], difficult=[1]),
    )
    results = results_of(*images)
    outcomes = outcomes_of(gather(results), 0.5, 0.5)
    assert worst_images(results, outcomes, 9) == [(1, 1.75), (2, 1.625), (3, 1), (4, 1)]
    assert worst_images(results, outcomes, 1) == [(1, 1.75)]

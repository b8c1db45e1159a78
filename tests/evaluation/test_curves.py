"""Curves of precision and recall, the best threshold, and calibration."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo_core.evaluation.calibration import calibration
from zoo_core.evaluation.curves import best_point, curve, mean_curve
from zoo_core.evaluation.voc import Judged, area_under_curve

SCORES = st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=30)


def judged(rows, objects, label=0):
    """Detections of one class as (score in twentieths, right), and how many objects there are."""
    rows = sorted(rows, key=lambda row: -row[0])
    return Judged(
        labels=np.full(len(rows), label),
        scores=np.array([score / 20 for score, _ in rows]),
        right=np.array([right for _, right in rows], np.bool_),
        objects=np.array([objects]),
    )


@settings(deadline=None)
@given(SCORES, st.integers(0, 5))
def test_the_area_under_the_curve_is_the_average_precision(rows, more):
    objects = sum(right for _, right in rows) + more
    given_ = judged(rows, objects)
    found = curve(given_, 0)
    area = float(np.sum(np.diff(found.recall, prepend=0) * found.precision))
    assert area == pytest.approx(area_under_curve(given_.right, objects) if objects else 0)
    assert (np.diff(found.recall) > 0).all()
    assert (np.diff(found.precision) <= 0).all()


@settings(deadline=None)
@given(SCORES, st.integers(0, 5))
def test_the_best_threshold_is_the_best_of_all_thresholds(rows, more):
    objects = sum(right for _, right in rows) + more
    found = curve(judged(rows, objects), 0).best
    tried = {}
    for threshold in {score for score, _ in rows}:
        reported = [right for score, right in rows if score >= threshold]
        tried[threshold / 20] = 2 * sum(reported) / (len(reported) + objects)
    if not any(right for _, right in rows):
        assert np.isnan([found.score, found.precision, found.recall, found.f1]).all()
        return
    assert found.f1 == pytest.approx(max(tried.values()))
    assert tried[found.score] == pytest.approx(found.f1)
    reported = [right for score, right in rows if score / 20 >= found.score]
    assert (found.precision, found.recall) == (sum(reported) / len(reported), sum(reported) / objects)


def test_the_best_threshold_for_all_classes_counts_them_together():
    both = Judged(
        labels=np.array([0, 0, 1, 1]),
        scores=np.array([0.9, 0.2, 0.8, 0.7]),
        right=np.array([True, False, False, True]),
        objects=np.array([1, 1]),
    )
    found = best_point(both)
    assert (found.score, found.precision, found.recall) == (0.7, 2 / 3, 1)


def test_the_mean_curve_counts_a_class_that_was_never_found():
    whole, nothing = curve(judged([(10, True)], 1), 0), curve(judged([], 3), 0)
    assert mean_curve([whole, nothing]).precision.tolist() == [0.5] * 101
    half = curve(judged([(10, True)], 2), 0)
    assert mean_curve([half]).precision.tolist() == [1.0] * 51 + [0.0] * 50
    assert not len(mean_curve([]).recall)


def test_calibration_by_hand():
    scores = np.array([0.05, 0.15, 0.1, 0.95, 1.0, 0.9, 0.9])
    right = np.array([False, True, False, True, True, True, False])
    found = calibration(scores, right)
    assert found.right.tolist() == [0, 1, 0, 0, 0, 0, 0, 0, 0, 3]
    assert found.wrong.tolist() == [1, 1, 0, 0, 0, 0, 0, 0, 0, 1]
    distances = [abs(0 - 0.05), abs(0.5 - 0.125), abs(0.75 - 0.9375)]
    assert found.error == pytest.approx((1 * distances[0] + 2 * distances[1] + 4 * distances[2]) / 7)
    assert np.isnan(found.precisions[5])


def test_scores_that_are_probabilities_are_calibrated():
    rng = np.random.default_rng(0)
    scores = rng.random(200_000)
    assert calibration(scores, rng.random(200_000) < scores).error < 0.01
    assert calibration(scores, rng.random(200_000) < scores / 2).error == pytest.approx(0.25, abs=0.01)


def test_calibration_of_nothing():
    found = calibration(np.empty(0), np.empty(0, np.bool_))
    assert np.isnan(found.error)
    assert found.counts.sum() == 0

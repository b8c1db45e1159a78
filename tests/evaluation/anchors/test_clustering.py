from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo_core.boxes.boxes import pairwise_iou
from zoo_core.evaluation.anchors.clustering import cluster_shapes, shape_iou
from zoo_core.parts.anchor_fitting import fitted_ratios, ratios_of, sides_of, spread

SHAPES = st.lists(st.tuples(st.floats(1, 300), st.floats(1, 300)), min_size=1, max_size=40).map(np.array)


@given(SHAPES, SHAPES)
def test_iou_is_that_of_boxes_with_one_centre(first, second):
    boxes = [np.concatenate([-each / 2, each / 2], axis=1) for each in (first, second)]
    np.testing.assert_allclose(shape_iou(first, second), pairwise_iou(*boxes), rtol=1e-6)


@given(SHAPES, st.integers(1, 8), st.integers(0, 5))
def test_centres_lie_among_the_shapes_and_depend_on_the_seed_alone(shapes, count, seed):
    centres = cluster_shapes(shapes, count, seed)
    assert centres.shape == (count, 2)
    assert (centres >= shapes.min(axis=0) * 0.999).all()
    assert (centres <= shapes.max(axis=0) * 1.001).all()
    assert (np.diff(centres.prod(axis=1)) >= 0).all()
    assert np.array_equal(centres, cluster_shapes(shapes, count, seed))


def test_clusters_that_lie_apart_are_found():
    rng = np.random.default_rng(0)
    wanted = np.array([[8, 8], [20, 60], [60, 20], [150, 150]])
    shapes = (wanted[:, None] * rng.uniform(0.95, 1.05, (4, 50, 2))).reshape(-1, 2)
    found = cluster_shapes(shapes, 4)
    assert shape_iou(wanted.astype(float), found).max(axis=1).min() > 0.95


@given(SHAPES, st.integers(2, 6))
def test_more_rounds_are_never_worse_than_the_first_centres(shapes, count):
    from zoo_core.evaluation.anchors.clustering import _first_centres

    first = _first_centres(shapes, count, np.random.default_rng(0))
    begun, ended = (shape_iou(shapes, centres).max(axis=1).mean() for centres in (first, cluster_shapes(shapes, count)))
    assert ended >= begun - 1e-12


@given(st.lists(st.floats(0.1, 100), min_size=1, max_size=20), st.integers(1, 8))
def test_numbers_that_stand_for_others_are_ascending_and_within(values, count):
    found = spread(values, count)
    assert len(found) == count
    assert found == sorted(found)
    assert min(values) * 0.999 <= found[0]
    assert found[-1] <= max(values) * 1.001


def test_sides_and_ratios_are_those_of_the_shapes():
    assert sides_of([(4, 9)]) == [6]
    assert ratios_of([(8, 4)]) == [2]
    assert spread([1, 4, 9, 16], 2) == pytest.approx([2, 12])
    shapes = [(10, 10), (20, 10), (10, 20), (10, 10), (20, 10), (10, 20)]
    assert fitted_ratios(shapes, 3, 1.0) == pytest.approx((1, 2, 0.5))
    assert all(abs(log(each)) < 0.01 for each in fitted_ratios([(10, 10)] * 4, 3, 1.0))

"""Matching steps against MXNet's and GluonCV's own operators, on overlaps full of ties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from zoo_core.boxes.matching import UNMATCHED, match_bipartite, match_by_threshold, match_ties
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.compatibility import import_quietly

LOWEST = 1e-12  # what GluonCV gives to bipartite_matching


@st.composite
def tying_overlaps(draw):
    """Overlaps (M, N) of a few levels only; level 0 is no overlap."""
    levels = draw(st.integers(1, 6))
    shape = draw(st.tuples(st.integers(1, 6), st.integers(1, 25)))
    steps = draw(hnp.arrays(np.int64, shape, elements=st.integers(0, levels)))
    return (steps / (levels + 1)).astype(np.float32)


some_overlaps = st.one_of(
    tying_overlaps(),
    hnp.arrays(np.float32, st.tuples(st.integers(1, 6), st.integers(1, 25)), elements=st.floats(0, 1, width=16)),
)


@settings(max_examples=300, deadline=None)
@given(some_overlaps)
def test_bipartite_is_that_of_mxnet(overlaps):
    native, _ = mx.nd.contrib.bipartite_matching(mx.nd.array(overlaps.T), threshold=LOWEST, is_ascend=False)
    np.testing.assert_array_equal(match_bipartite(overlaps, above=LOWEST), native.asnumpy())


@settings(max_examples=300, deadline=None)
@given(overlaps=some_overlaps, threshold=st.sampled_from([0.25, 0.5, 0.75]))
def test_three_steps_are_those_of_gluoncv(overlaps, threshold):
    matcher = import_quietly("gluoncv.nn.matcher")
    native = matcher.CompositeMatcher([matcher.BipartiteMatcher(share_max=False), matcher.MaximumMatcher(threshold)])
    # GluonCV errs where an object is overlapped by no anchor: see the next test.
    overlaps = overlaps[overlaps.max(axis=1) > 1e-5]
    match = match_ties(overlaps, match_bipartite(overlaps, above=LOWEST), above=LOWEST)
    match = match_by_threshold(overlaps, match, threshold)
    if len(overlaps):
        np.testing.assert_array_equal(match, native(mx.nd.array(overlaps.T[None]))[0].asnumpy())
    else:
        assert (match == UNMATCHED).all()


def test_gluoncv_gives_idle_anchors_to_an_object_out_of_reach_and_ours_does_not():
    overlaps = np.array([[0, 0, 0, 0], [0.7, 0, 0, 0]], dtype=np.float32)
    matcher = import_quietly("gluoncv.nn.matcher")
    native = matcher.CompositeMatcher([matcher.BipartiteMatcher(share_max=False), matcher.MaximumMatcher(0.5)])
    np.testing.assert_array_equal(native(mx.nd.array(overlaps.T[None]))[0].asnumpy(), [1, 0, 0, 0])
    match = match_ties(overlaps, match_bipartite(overlaps))
    np.testing.assert_array_equal(match_by_threshold(overlaps, match, 0.5), [1, UNMATCHED, UNMATCHED, UNMATCHED])


@pytest.mark.parametrize(
    ("overlaps", "expected"),
    [
        pytest.param([[0.3, 0.3], [0.3, 0.3]], [0, 1], id="equal: lower anchor, then lower object"),
        pytest.param([[0.6, 0.5], [0.9, 0.1]], [1, 0], id="the loser takes its next best"),
        pytest.param([[0.6, 0.0], [0.9, 0.0]], [1, -1], id="or nothing, when there is none"),
        pytest.param([[0.9], [0.8], [0.7]], [0], id="more objects than anchors"),
        pytest.param([[0.0, 0.0]], [-1, -1], id="no overlap"),
    ],
)
def test_bipartite_by_hand(overlaps, expected):
    np.testing.assert_array_equal(match_bipartite(np.array(overlaps, dtype=np.float32)), expected)


def test_bipartite_pairs_only_above_the_floor():
    overlaps = np.array([[0.25, 0.1]], dtype=np.float32)
    np.testing.assert_array_equal(match_bipartite(overlaps, above=0.25), [-1, -1])
    np.testing.assert_array_equal(match_bipartite(overlaps, above=0.2), [0, -1])


def test_the_threshold_itself_counts_unless_strict():
    overlaps = np.array([[0.5, 0.6, 0.4], [0.5, 0.7, 0.1]], dtype=np.float32)
    nothing = np.full(3, UNMATCHED)
    np.testing.assert_array_equal(match_by_threshold(overlaps, nothing, 0.5), [0, 1, -1])
    np.testing.assert_array_equal(match_by_threshold(overlaps, nothing, 0.5, strict=True), [-1, 1, -1])


def test_anchors_that_tie_for_an_object_answer_alike():
    overlaps = np.array([[0.3, 0.3, 0.2], [0.1, 0.4, 0.4]], dtype=np.float32)
    match = match_bipartite(overlaps)
    np.testing.assert_array_equal(match, [0, 1, -1])
    np.testing.assert_array_equal(match_ties(overlaps, match), [0, 1, 1])


@pytest.mark.parametrize("step", [match_ties, lambda overlaps, match: match_by_threshold(overlaps, match, 0.1)])
@settings(max_examples=50, deadline=None)
@given(overlaps=some_overlaps, data=st.data())
def test_a_step_changes_only_unmatched_anchors_and_not_its_input(step, overlaps, data):
    places = st.lists(st.integers(-1, len(overlaps) - 1), min_size=overlaps.shape[1], max_size=overlaps.shape[1])
    before = np.array(data.draw(places))
    given_match, given_overlaps = before.copy(), overlaps.copy()
    after = step(overlaps, before)
    np.testing.assert_array_equal(before, given_match)
    np.testing.assert_array_equal(overlaps, given_overlaps)
    np.testing.assert_array_equal(after[before != UNMATCHED], before[before != UNMATCHED])


@pytest.mark.parametrize("shape", [(0, 4), (3, 0), (0, 0)])
def test_without_objects_or_anchors_nothing_is_matched(shape):
    overlaps = np.zeros(shape, dtype=np.float32)
    match = match_bipartite(overlaps)
    for step in (match, match_ties(overlaps, match), match_by_threshold(overlaps, match, 0.5)):
        np.testing.assert_array_equal(step, np.full(shape[1], UNMATCHED))

"""Thresholds and non-maximum suppression against MXNet's box_nms, as GluonCV's SSD uses it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo_core as zoo
from zoo_core.boxes.boxes import Anchors, BoxFormat, ImageSize
from zoo_core.config.detector import NmsSettings
from zoo_core.engines.gluon import mx
from zoo_core.parts.geometry import Level
from zoo_core.parts.outputs import Scoring
from zoo_core.prediction.postprocessing import candidates, non_maximum_suppression, postprocess


@pytest.fixture(scope="module")
def encoder():
    return zoo.make(zoo.load_config("tinyssd_shapes").targets)


def random_case(seed, anchors=40, classes=3):
    rng = np.random.default_rng(seed)
    corners = rng.random((anchors, 2, 2))
    boxes = np.concatenate([corners.min(1), corners.max(1) + 0.1], axis=-1)
    logits = rng.normal(size=(anchors, classes + 1)) * 2
    probabilities = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    offsets = rng.normal(size=(anchors, 4))
    return (
        probabilities.astype("float32"),
        offsets.astype("float32"),
        Anchors(boxes, BoxFormat.CORNER_UNIT, ImageSize(90, 120)),
    )


def native(probabilities, offsets, anchors, encoder, nms):
    """Every class of every anchor is decoded, and all go through box_nms together."""
    boxes = encoder.decode(offsets, anchors)
    rows = [
        np.column_stack([np.full(len(boxes), label), probabilities[:, label + 1], boxes])
        for label in range(probabilities.shape[1] - 1)
    ]
    kept = mx.nd.contrib.box_nms(
        mx.nd.array(np.concatenate(rows)[None]),
        overlap_thresh=nms.iou,
        valid_thresh=nms.score,
        topk=nms.top_k,
        coord_start=2,
        score_index=1,
        id_index=0,
        force_suppress=not nms.per_class,
    )[0].asnumpy()
    return kept[kept[:, 0] >= 0][: nms.keep]


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    score=st.sampled_from([0.01, 0.3]),
    iou=st.sampled_from([0.3, 0.45, 0.7]),
    top_k=st.sampled_from([5, 400]),
    keep=st.sampled_from([3, 100]),
    per_class=st.booleans(),
)
def test_equals_the_native_operators(encoder, seed, score, iou, top_k, keep, per_class):
    nms = NmsSettings(score=score, iou=iou, top_k=top_k, keep=keep, per_class=per_class)
    case = random_case(seed)
    found, expected = postprocess(*case, encoder, nms), native(*case, encoder, nms)
    np.testing.assert_array_equal(found.labels, expected[:, 0])
    np.testing.assert_allclose(found.scores, expected[:, 1], rtol=1e-6)
    np.testing.assert_allclose(found.boxes, expected[:, 2:], atol=1e-5)


def test_offsets_beyond_every_number_are_no_reason_to_fail(encoder):
    """As a deep network says them before it has learned anything."""
    probabilities, offsets, anchors = random_case(0)
    found = postprocess(probabilities, offsets * np.float32(1e4), anchors, encoder, NmsSettings())
    assert len(found.labels) == len(found.boxes) > 0


def test_nothing_above_the_threshold_is_nothing_found(encoder):
    probabilities, offsets, anchors = random_case(0)
    probabilities = np.tile(np.array([[1, 0, 0, 0]], dtype="float32"), (len(probabilities), 1))
    found = postprocess(probabilities, offsets, anchors, encoder, NmsSettings())
    assert [each.shape for each in found] == [(0, 4), (0,), (0,)]


def test_a_dropped_box_does_not_suppress_others():
    """The second falls to the first, so the third, which only the second overlaps enough, stays."""
    boxes = np.array([[0, 0, 10, 10], [4, 0, 14, 10], [8, 0, 18, 10]], dtype="float32")
    groups = np.zeros(3, dtype=np.int64)
    assert non_maximum_suppression(boxes, groups, iou=0.4).tolist() == [0, 2]


def plain_candidates(probabilities, anchors, nms, scoring):
    """Every class of every anchor by itself: score, label, index of the anchor; the highest first."""
    of_objects = probabilities[:, :1] if scoring is Scoring.OBJECTNESS else np.float32(1)
    scores = probabilities[:, scoring.before_classes :] * of_objects
    if nms.peaks:
        maps = np.split(scores, np.cumsum([level.anchors for level in anchors.levels])[:-1])
        scores = np.concatenate([plain_peaks(*each, nms.peaks) for each in zip(maps, anchors.levels, strict=True)])
    # Of equal anchors the earlier are looked at.
    looked_at = sorted(range(len(scores)), key=lambda anchor: (-scores[anchor].max(), anchor))[: nms.top_k]
    above = [(anchor, label) for anchor, label in np.argwhere(scores > nms.score) if anchor in looked_at]
    return sorted((-scores[anchor, label], label, anchor) for anchor, label in above)[: nms.top_k]


def plain_peaks(scores, level, window):
    cells, reach = scores.reshape(level.height, level.width, -1), window // 2
    peaks = np.zeros_like(cells)
    for row, column in np.ndindex(level.height, level.width):
        around = cells[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1]
        peaks[row, column] = np.where(around.max(axis=(0, 1)) == cells[row, column], cells[row, column], 0)
    return peaks.reshape(scores.shape)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    scoring=st.sampled_from(Scoring),
    peaks=st.sampled_from([None, 3, 5, 9]),
    ties=st.booleans(),
)
def test_candidates_of_every_scoring_are_those_of_a_plain_search(encoder, seed, scoring, peaks, ties):
    rng = np.random.default_rng(seed)
    levels = (Level(4, 5, 8, 2), Level(2, 3, 16, 1), Level(1, 1, 40, 2))
    count = sum(level.anchors for level in levels)
    anchors = Anchors(rng.uniform(0.1, 0.5, (count, 4)), BoxFormat.CENTER_UNIT, ImageSize(32, 40), levels)
    probabilities = rng.random((count, scoring.scores(3)), np.float32)
    probabilities = np.round(probabilities, 1) if ties else probabilities
    offsets = rng.normal(size=(count, 4)).astype(np.float32)
    nms = NmsSettings(score=0.2, top_k=int(rng.integers(1, 30)), peaks=peaks)
    found = candidates(probabilities, offsets, anchors, encoder, nms, scoring)
    wanted = plain_candidates(probabilities, anchors, nms, scoring)
    decoded = encoder.decode(offsets, anchors)
    np.testing.assert_array_equal(found.scores, np.array([-score for score, *_ in wanted], np.float32))
    np.testing.assert_array_equal(found.labels, [label for _, label, _ in wanted])
    np.testing.assert_array_equal(found.boxes, decoded[[anchor for *_, anchor in wanted]].reshape(-1, 4))


def test_an_overlap_of_one_suppresses_nothing():
    boxes = np.array([[0.1, 0.2, 0.3, 0.7]] * 3, np.float32)
    assert non_maximum_suppression(boxes, np.zeros(3, int), iou=1).tolist() == [0, 1, 2]

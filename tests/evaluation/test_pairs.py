"""Detections and objects that overlap, in all images at once, against overlaps counted image by image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo_core.boxes.boxes import areas, pairwise_iou
from zoo_core.evaluation import pairs as module
from zoo_core.evaluation.pairs import overlapping


def random_boxes(rng, count):
    corners = rng.integers(0, 20, (count, 2))
    return np.concatenate([corners, corners + rng.integers(0, 12, (count, 2))], axis=1).astype(np.float64)


@pytest.mark.parametrize("at_once", [1, 5, 1 << 16])
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_all_that_overlap_are_found_however_many_are_looked_at_in_one_step(seed, at_once):
    rng = np.random.default_rng(seed)
    boxes, true_boxes = (random_boxes(rng, rng.integers(0, 15)) for _ in range(2))
    groups, true_groups = (rng.integers(0, 3, len(each)) for each in (boxes, true_boxes))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_AT_ONCE", at_once)
        pairs = overlapping(boxes, groups, true_boxes, true_groups)
    overlaps = pairwise_iou(boxes, true_boxes)
    found, objects = np.nonzero((overlaps > 0) & (groups[:, None] == true_groups))
    assert (pairs.found.tolist(), pairs.objects.tolist()) == (found.tolist(), objects.tolist())
    np.testing.assert_array_equal(pairs.iou, overlaps[found, objects])
    covered = areas(boxes)[found] + areas(true_boxes)[objects] - pairs.shared
    np.testing.assert_array_equal(pairs.iou, pairs.shared / covered)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_of_each_detection_the_best_and_of_all_the_earliest_that_share_nothing(seed):
    rng = np.random.default_rng(seed)
    boxes, true_boxes = (np.concatenate([random_boxes(rng, 6)] * 2) for _ in range(2))  # many overlaps are equal
    one_image = np.zeros(12, np.int64)
    pairs, overlaps = overlapping(boxes, one_image, true_boxes, one_image), pairwise_iou(boxes, true_boxes)
    best = pairs.best()
    assert best.found.tolist() == np.flatnonzero(overlaps.any(axis=1)).tolist()
    assert best.objects.tolist() == overlaps[best.found].argmax(axis=1).tolist()
    order = rng.permutation(len(pairs.found))
    wanted = []
    for pair in zip(pairs.found[order].tolist(), pairs.objects[order].tolist(), strict=True):
        if not any(pair[0] == one or pair[1] == other for one, other in wanted):
            wanted.append(pair)
    left = pairs.exclusive(order)
    assert list(zip(left.found.tolist(), left.objects.tolist(), strict=True)) == sorted(wanted)

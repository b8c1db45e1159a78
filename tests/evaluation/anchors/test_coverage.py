"""What is said of anchors and objects equals a count by hand: all pairs, in plain Python."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from zoo_core.boxes.boxes import Anchors
from zoo_core.boxes.protocols import Sample
from zoo_core.common.errors import DatasetError
from zoo_core.config.resize import LetterboxResize
from zoo_core.evaluation.anchors.coverage import Coverage, cover
from zoo_core.evaluation.anchors.objects import ImageObjects, objects_of
from zoo_core.evaluation.anchors.report import unreached
from zoo_core.parts.geometry import BoxFormat, ImageSize
from zoo_core.registry.registry import make
from zoo_gluoncv_ssd.encoder_settings import SSDEncoderSettings
from zoo_tinyssd.encoder_settings import MultiBoxEncoderSettings

PER_MAP = (24, 7, 1)


def boxes(rng, count, smallest):
    corner = rng.uniform(0, 1 - smallest, (count, 2))
    return np.concatenate([corner, corner + rng.uniform(smallest, 1 - corner)], axis=1).astype(np.float32)


def iou(first, second):
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = [(x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (first, second)]
    return width * height / (sum(areas) - width * height)


def by_hand(objects, anchors, threshold):
    """For each object the highest IoU, and the IoUs with the anchors that SSD's rule gives to it, by their place."""
    overlaps = [[iou(box, anchor) for anchor in anchors] for box in objects]
    pairs = sorted(
        ((overlap, row, column) for row, line in enumerate(overlaps) for column, overlap in enumerate(line)),
        reverse=True,
    )
    owner, served = {}, set()
    for overlap, row, column in sorted(pairs, reverse=True):
        if overlap > 1e-6 and row not in served and column not in owner:
            owner[column] = row
            served.add(row)
    for column in range(len(anchors)):
        overlap, row = max((line[column], row) for row, line in enumerate(overlaps))
        if column not in owner and overlap >= threshold:
            owner[column] = row
    return overlaps, owner


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 2**32),
    numbers=st.lists(st.integers(1, 5), min_size=1, max_size=3),
    threshold=st.sampled_from([0.3, 0.5, 0.7]),
    encoder=st.sampled_from([SSDEncoderSettings, MultiBoxEncoderSettings]),
)
def test_coverage_equals_a_count_by_hand(seed, numbers, threshold, encoder):
    rng = np.random.default_rng(seed)
    anchors = Anchors(boxes(rng, sum(PER_MAP), 0.1), BoxFormat.CORNER_UNIT, ImageSize(200, 300))
    images = [
        ImageObjects(index, str(index), boxes(rng, number, 0.05), np.zeros(number, np.int64), np.ones(number))
        for index, number in enumerate(numbers)
    ]
    found = cover(images, anchors, make(encoder(iou=threshold)), threshold, PER_MAP)
    best, given_, nearest, positives = [], [], [], [0, 0, 0]
    for image in images:
        overlaps, owner = by_hand(image.boxes.tolist(), anchors.boxes.tolist(), threshold)
        assume(all(abs(overlap - threshold) > 1e-5 for line in overlaps for overlap in line))
        for row, line in enumerate(overlaps):
            own = [line[column] for column, each in owner.items() if each == row]
            best.append(max(line))
            given_.append(len(own))
            nearest.append(max(own, default=0))
        for column in owner:
            positives[0 if column < 24 else 1 if column < 31 else 2] += 1
    np.testing.assert_allclose(found.best, best, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found.nearest, nearest, rtol=1e-4, atol=1e-6)
    assert found.given.tolist() == given_
    assert found.positives.tolist() == positives
    reached = [each >= threshold for each in nearest]
    assert found.reached.tolist() == reached
    assert found.forced.tolist() == [bool(number) and not each for number, each in zip(given_, reached, strict=True)]
    assert found.missed.tolist() == [number == 0 for number in given_]
    assert found.recall == pytest.approx(sum(reached) / len(reached))
    assert found.mean_iou == pytest.approx(np.mean(best), rel=1e-4)


def sample(image_id, found, size=(50, 100)):
    number = len(found)
    truth = np.array(found, np.float32).reshape(-1, 4)
    flags = np.zeros(number, np.bool_)
    return Sample(np.zeros((*size, 3), np.uint8), truth, np.arange(number), flags, flags, image_id)


def test_objects_are_unit_boxes_with_areas_in_pixels():
    seen = []
    found = objects_of(
        [sample("a", []), sample("b", [(0, 0, 50, 50), (10, 20, 20, 40)])], lambda *counts: seen.append(counts)
    )
    assert [(image.index, image.image_id) for image in found] == [(1, "b")]
    np.testing.assert_allclose(found[0].boxes, [[0, 0, 0.5, 1], [0.1, 0.4, 0.2, 0.8]])
    assert found[0].areas.tolist() == [2500, 200]
    assert seen == [(1, 2), (2, 2)]


def test_objects_lie_where_a_letterbox_puts_them():
    """A picture of 50x100 lies in the middle of 100x100; what is reported of an object is in units of the picture."""
    placement_of = partial(LetterboxResize().placement, input_size=ImageSize(100, 100))
    (found,) = objects_of([sample("b", [(0, 0, 50, 50)])], placement_of=placement_of)
    np.testing.assert_allclose(found.boxes, [[0, 0.25, 0.5, 0.75]])
    assert found.areas.tolist() == [2500]
    anchors = np.array([[0, 0.25, 0.25, 0.5]], np.float32)
    zero, one = np.zeros(1, np.int64), np.ones(1, np.int64)
    coverage = Coverage(0.5, np.full(1, 0.25, np.float32), zero, np.zeros(1, np.float32), zero, one)
    (missed,) = unreached([found], coverage, anchors, ["cell"])
    assert missed.box == (0, 0, 0.5, 1)
    assert missed.best_anchor == (0, 0, 0.25, 0.5)


def test_without_objects_there_is_nothing_to_say():
    with pytest.raises(DatasetError, match="no objects to compare anchors with"):
        objects_of([sample("a", [])])

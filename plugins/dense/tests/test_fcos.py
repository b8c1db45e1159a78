"""The encoder of FCOS by the paper's words."""

import numpy as np
import pytest

from zoo_core.plugin_api import Anchors, BoxFormat, FeatureMap, ImageSize, convert, make
from zoo_dense.fcos_settings import FcosAnchorSettings, FcosEncoderSettings

IMAGE = ImageSize(512, 640)
STRIDES = (8, 16, 32, 64, 128)
RANGES = ((0, 64), (64, 128), (128, 256), (256, 512), (512, np.inf))
"""The paper's, in pixels."""


@pytest.fixture(scope="module")
def points():
    maps = [FeatureMap(8, -(-IMAGE.height // each), -(-IMAGE.width // each), each) for each in STRIDES]
    return make(FcosAnchorSettings())(maps, IMAGE)


def unit(boxes):
    return convert(np.array(boxes, np.float32), BoxFormat.CORNER_PIXEL, BoxFormat.CORNER_UNIT, IMAGE)


@pytest.mark.parametrize("radius", [None, 1.5, 0.5])
def test_matches_are_those_of_the_paper(points, radius):
    """Point by point: inside, near the centre, on the map of the size, and the smallest of several."""
    random = np.random.default_rng(5)
    boxes = random.uniform(0, 1, (12, 2)) * [500, 380]
    boxes = np.concatenate([boxes, boxes + np.exp(random.uniform(2, 5.5, (12, 2)))], axis=1).astype(np.float32)
    match = make(FcosEncoderSettings(radius=radius)).match(points, unit(boxes))
    expected = []
    for x, y, stride, _ in points.boxes.tolist():
        low, high = RANGES[STRIDES.index(stride)]
        around = []
        for index, (left, upper, right, lower) in enumerate(boxes.tolist()):
            sides = x - left, y - upper, right - x, lower - y
            apart = max(abs(x - (left + right) / 2), abs(y - (upper + lower) / 2))
            if min(sides) > 0 and low <= max(sides) <= high and apart < (radius or np.inf) * stride:
                around.append(((right - left) * (lower - upper), index))
        expected.append(min(around)[1] if around else -1)
    assert len(set(expected)) > 8
    np.testing.assert_array_equal(match, expected)


def test_the_numbers_are_logarithms_of_distances_in_strides(points):
    targets = make(FcosEncoderSettings()).encode(points, unit([[100, 100, 148, 132]]), [0])
    matched = np.flatnonzero(targets.classes)
    (x, y, stride, _), *_ = points.boxes[matched].tolist()
    sides = np.array([x - 100, y - 100, 148 - x, 132 - y])
    np.testing.assert_allclose(targets.offsets[matched[0]], np.log(sides / stride), atol=1e-4)


def test_an_endless_distance_is_infinite_without_a_warning(points):
    some = points.at([0])
    decoded = make(FcosEncoderSettings()).decode(np.full((1, 4), 1000, np.float32), some)
    assert decoded.tolist() == [[-np.inf, -np.inf, np.inf, np.inf]]


def test_any_anchors_serve():
    """A box that is no point counts in its own width and height."""
    anchors = Anchors([[20, 20, 40, 30]], BoxFormat.CORNER_PIXEL, IMAGE)
    targets = make(FcosEncoderSettings()).encode(anchors, unit([[10, 15, 50, 35]]), [0])
    np.testing.assert_allclose(targets.offsets, 0, atol=1e-5)
    assert targets.classes.tolist() == [1]

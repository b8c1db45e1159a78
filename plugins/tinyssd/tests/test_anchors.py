"""MultiBoxPrior against MXNet's own, and against the numbers of the seed notebook."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from zoo_core.plugin_api import BoxFormat, FeatureMap, ImageSize, mx
from zoo_tinyssd.anchors import MultiBoxPrior
from zoo_tinyssd.anchors_settings import MultiBoxPriorSettings
from zoo_tinyssd.backbone_settings import TinySSDBackboneSettings

positive_lists = st.lists(st.floats(0.0625, 2, width=32), min_size=1, max_size=4)
sides = st.integers(1, 9)


def anchors_at(side):
    image = ImageSize(side, side)
    return MultiBoxPrior(MultiBoxPriorSettings())(TinySSDBackboneSettings().feature_maps(image), image)


@pytest.mark.parametrize(("side", "count"), [(512, 21764), (300, 7164), (256, 5444)])
def test_counts(side, count):
    assert len(anchors_at(side)) == count


def test_first_and_last_anchors_of_the_notebook():
    anchors = anchors_at(512)
    assert anchors.format is BoxFormat.CORNER_UNIT
    first = [
        [-0.0921875, -0.0921875, 0.1078125, 0.1078125],
        [-0.12818751, -0.12818751, 0.14381251, 0.14381251],
        [-0.13360886, -0.06289818, 0.14923386, 0.07852318],
    ]
    last = [
        [-0.12225395, 0.18887302, 1.12225389, 0.81112695],
        [0.18887302, -0.12225395, 0.81112695, 1.12225389],
    ]
    np.testing.assert_allclose(anchors.boxes[:3], first, atol=1e-6)
    np.testing.assert_allclose(anchors.boxes[-2:], last, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(shape=st.tuples(sides, sides), sizes=positive_lists, ratios=positive_lists, clip=st.booleans())
def test_equals_the_native_operator(shape, sizes, ratios, clip):
    map_ = FeatureMap(1, *shape, stride=8)
    ours = MultiBoxPrior(MultiBoxPriorSettings(sizes=[sizes], ratios=[ratios], clip=clip))
    native = mx.nd.contrib.MultiBoxPrior(mx.nd.zeros((1, 1, *shape)), sizes=sizes, ratios=ratios, clip=clip)
    np.testing.assert_allclose(ours([map_], ImageSize(64, 64)).boxes, native[0].asnumpy(), atol=2e-6)


def test_maps_follow_each_other_in_order():
    generator = MultiBoxPrior(MultiBoxPriorSettings(sizes=[[0.2], [0.9]], ratios=[[1], [1, 2]]))
    image = ImageSize(32, 64)
    boxes = generator([FeatureMap(1, 1, 2, 32), FeatureMap(1, 1, 1, 64)], image).boxes
    centers = (boxes[:, :2] + boxes[:, 2:]) / 2
    np.testing.assert_allclose(centers, [[0.25, 0.5], [0.75, 0.5], [0.5, 0.5], [0.5, 0.5]], atol=1e-6)


def test_lists_that_disagree_are_told():
    with pytest.raises(ValidationError, match="lists for 2 feature maps and ratios for 1"):
        MultiBoxPriorSettings(sizes=[[0.1], [0.2]], ratios=[[1]])

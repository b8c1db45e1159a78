"""Levels are found from the anchors of real generators, in every format."""

import numpy as np
import pytest
from zoo_core import Anchors, BoxFormat, FeatureMap, ImageSize, make
from zoo_core.plugin_api import default_registry

from zoo_fpn_atss.levels import levels_of

IMAGE = ImageSize(300, 401)
MAPS = [FeatureMap(8, 37, 51, 8), FeatureMap(8, 19, 26, 16), FeatureMap(8, 3, 4, 100)]


@pytest.mark.parametrize("format_", BoxFormat)
@pytest.mark.parametrize("ratios", [[1], [1, 2, 0.5]])
def test_a_level_is_a_shape_of_a_map(ratios, format_):
    sizes = [[0.1], [0.33], [0.9]]
    settings = default_registry().component("anchors", "multibox_prior").settings(sizes=sizes, ratios=[ratios] * 3)
    levels = levels_of(make(settings)(MAPS, IMAGE).to(format_))
    expected = sorted(map_.cells for map_ in MAPS for _ in ratios)
    assert sorted(map(len, levels)) == expected
    every = np.concatenate(levels)
    assert sorted(every) == list(range(len(every)))


def test_sides_that_differ_only_by_rounding_are_one_level():
    boxes = [[5, 5, 10, 20], [9, 5, 10.001, 19.999], [5, 5, 10.2, 20], [5, 5, 20, 10]]
    levels = levels_of(Anchors(boxes, BoxFormat.CENTER_PIXEL, IMAGE))
    assert [level.tolist() for level in levels] == [[0, 1], [2], [3]]

"""Sizes, feature maps and box formats."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo_core.parts.geometry import BoxFormat, FeatureMap, ImageSize


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_size_reads_back_from_its_text(height, width):
    assert ImageSize.parse(str(ImageSize(height, width))) == ImageSize(height, width)


@pytest.mark.parametrize(
    "value", [0, -3, True, 1.0, "0", "3x0", "-3", "axb", [1, 2, 3], [True, 2], {"height": 1}, None]
)
def test_what_is_no_size_is_refused(value):
    with pytest.raises(ValueError, match="image size"):
        ImageSize.parse(value)


def test_a_feature_map_counts_its_cells():
    assert FeatureMap(64, 3, 5, 100).cells == 15
    assert str(FeatureMap(64, 3, 5, 100)) == "3x5"


@pytest.mark.parametrize("each", BoxFormat)
def test_a_box_format_says_what_its_numbers_are(each):
    assert each.is_corner == ("corner" in each)
    assert each.is_unit == ("unit" in each)

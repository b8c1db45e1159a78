"""How pictures come to the size of the network: settings, placements, and what does not fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zoo_core as zoo
from zoo_core.common.errors import ConfigError
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.resize import LetterboxResize, ShortSideResize, StretchResize
from zoo_core.parts.geometry import ImageSize
from zoo_core.parts.resizing import placed

SIZES = st.builds(ImageSize, st.integers(1, 3000), st.integers(1, 3000))
INPUTS = st.builds(ImageSize, st.integers(32, 700), st.integers(32, 700))


def test_a_configuration_without_the_setting_stretches_linearly_as_before():
    config = zoo.load_config("tinyssd_shapes")
    assert config.resize == StretchResize()
    assert (config.resize.interpolation, config.resize.rounded) == ("linear", False)
    table = config.model_dump(mode="json")
    del table["resize"]
    assert DetectorConfig.model_validate(table) == config


@pytest.mark.parametrize("resize", ["letterbox", {"name": "short_side", "short": 96, "multiple": 32}, "stretch"])
def test_what_is_written_reads_back(resize):
    config = zoo.load_config("tinyssd_shapes", {"resize": resize})
    assert DetectorConfig.model_validate(config.model_dump(mode="json")) == config
    assert config.resize.name == (resize if isinstance(resize, str) else resize["name"])


@given(SIZES, INPUTS)
def test_stretching_fills_the_input(picture, size):
    placement = StretchResize().placement(picture, size)
    assert placement == (size, size, 0, 0)
    assert placement.fills


@given(SIZES, INPUTS, st.booleans())
def test_a_letterbox_keeps_the_aspect_ratio_and_lies_in_the_middle(picture, size, enlarge):
    placed = LetterboxResize(enlarge=enlarge).placement(picture, size)
    assert placed.input == size
    scale = min(size.height / picture.height, size.width / picture.width)
    scale = scale if enlarge else min(scale, 1)
    for own, new, whole, before in zip(picture, placed.picture, size, (placed.top, placed.left), strict=True):
        assert abs(new - max(own * scale, 1)) <= 0.5
        assert 0 <= whole - new - 2 * before <= 1
    assert enlarge is False or any(new == whole for new, whole in zip(placed.picture, size, strict=True))
    # What was resized already stays as it is: training resizes after augmentation again.
    assert LetterboxResize(enlarge=enlarge).placement(placed.picture, size) == placed


@given(SIZES, INPUTS)
def test_a_warped_picture_is_in_the_middle_to_a_fraction_of_a_pixel(picture, size):
    found = placed(LetterboxResize(warp=True), picture, size)  # which holds it to its promises
    left, top, width, height = found.region
    assert width / picture.width == pytest.approx(height / picture.height)
    assert (left + width / 2, top + height / 2) == pytest.approx((size.width / 2, size.height / 2))
    assert max(width / size.width, height / size.height) == pytest.approx(1)
    assert max(abs(found.left - left), abs(found.top - top)) <= 0.5


@pytest.mark.parametrize("interpolation", ["area", "auto"])
def test_what_opencv_cannot_warp_is_refused(interpolation):
    resize = {"name": "letterbox", "warp": True, "interpolation": interpolation}
    with pytest.raises(ConfigError, match=f"resize: a picture cannot be warped with interpolation '{interpolation}'"):
        zoo.load_config("tinyssd_shapes", {"resize": resize})


@given(SIZES, INPUTS)
def test_a_short_side_is_never_less_than_the_network_needs_nor_the_longer_one_too_long(picture, size):
    least = ImageSize(30, 20)
    placed = ShortSideResize(longest=800).placement(picture, size, least)
    assert placed.fills
    assert placed.input.height >= 30
    assert placed.input.width >= 20
    assert max(placed.input) <= 800
    if max(picture) * min(size) <= 799 * min(picture):
        assert min(placed.input) in (min(size), 30)


def test_auto_is_area_where_both_sides_shrink_and_cubic_where_both_grow():
    chosen = StretchResize(interpolation="auto").interpolation_for
    size = ImageSize(300, 300)
    pictures = {
        (301, 400): "area",
        (299, 20): "cubic",
        (300, 400): "linear",
        (200, 300): "linear",
        (480, 200): "linear",
    }
    assert {each: chosen(ImageSize(*each), size) for each in pictures} == pictures


def test_training_of_short_sides_stretches_with_the_same_interpolation():
    assert ShortSideResize().in_training() == StretchResize(interpolation="cubic", rounded=True)
    assert LetterboxResize().in_training() == LetterboxResize()


def test_a_backbone_that_has_other_maps_at_the_longest_side_is_refused(monkeypatch):
    config = zoo.load_config("tinyssd_shapes")

    def feature_maps(self, image):
        return maps(self, image)[: None if max(image) < 900 else -1]

    maps = type(config.backbone).feature_maps
    monkeypatch.setattr(type(config.backbone), "feature_maps", feature_maps)
    with pytest.raises(ConfigError, match=r"resize: 'short_side' makes inputs of 128x1024, at which .* 4 feature maps"):
        zoo.load_config("tinyssd_shapes", {"resize": "short_side"})
    zoo.load_config("tinyssd_shapes", {"resize": {"name": "short_side", "longest": 800}})


def test_a_faulty_resize_hides_no_fault_of_the_size():
    with pytest.raises(ConfigError) as told:
        zoo.load_config("tinyssd_shapes", {"resize": "leterbox", "input_size": 2})
    assert [problem.place for problem in told.value.problems] == ["input_size", "resize"]

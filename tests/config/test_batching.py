"""The sizes that training can draw."""

import pytest

import zoo_core as zoo
from zoo_core.config.batching import MultiScaleSettings
from zoo_core.parts.geometry import ImageSize


@pytest.mark.parametrize(
    ("settings", "size", "sizes"),
    [
        ({"smallest": 320 / 416, "largest": 608 / 416}, "416", [f"{side}x{side}" for side in range(320, 609, 32)]),
        ({}, "64x96", ["64x96", "96x128"]),  # multiples of 32 alone, so that the shape is kept as nearly as that allows
        ({}, "20x40", ["20x40"]),
        ({"smallest": 1, "largest": 1}, "300", ["300x300"]),
        ({"multiple_of": 1, "smallest": 0.5, "largest": 1}, "4x2", ["2x1", "4x2"]),
    ],
)
def test_sizes(settings, size, sizes):
    found = MultiScaleSettings(**settings).sizes(ImageSize.parse(size))
    assert [str(each) for each in found] == sizes


def test_each_size_is_checked_without_hiding_faults_elsewhere():
    with pytest.raises(zoo.ConfigError) as told:
        zoo.load_config("ssd_300_vgg16_atrous_voc", {"training.multi_scale": {}, "training.epoch": 3})
    assert "training: multi_scale draws inputs of 256x256, which is too small" in str(told.value)
    assert "training.epoch: unknown setting" in str(told.value)

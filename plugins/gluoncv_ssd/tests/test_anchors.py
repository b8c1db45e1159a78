"""The anchors against GluonCV's SSDAnchorGenerator, number for number."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from zoo_core.plugin_api import BoxFormat, FeatureMap, ImageSize, make, mx
from zoo_gluoncv_ssd.anchors_settings import SSDAnchorSettings, SSDLiteAnchorSettings
from zoo_gluoncv_ssd.backbone_settings import Vgg16AtrousSettings
from zoo_gluoncv_ssd.expanded_settings import MobileNetSettings


def native_anchors(gluoncv, chosen, maps, image):
    each = []
    for place, map_ in enumerate(maps):
        generator = gluoncv.anchor_generators[chosen.name](
            place,
            image,
            chosen.sizes[place : place + 2],
            chosen.ratios[place],
            chosen.steps[place],
            alloc_size=(map_.height, map_.width),
            clip=chosen.clip,
        )
        generator.initialize()
        each.append(generator(mx.nd.zeros((1, 1, map_.height, map_.width)))[0].asnumpy())
    return np.concatenate(each)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), clip=st.booleans(), rule=st.sampled_from([SSDAnchorSettings, SSDLiteAnchorSettings]))
def test_equal_to_gluoncv(gluoncv, data, clip, rule):
    count = data.draw(st.integers(1, 3))
    lengths = st.floats(1, 600)
    chosen = rule(
        sizes=data.draw(st.lists(lengths, min_size=count + 1, max_size=count + 1)),
        ratios=[[1, *data.draw(st.lists(st.floats(0.2, 5), max_size=4))] for _ in range(count)],
        steps=data.draw(st.lists(st.floats(1, 100), min_size=count, max_size=count)),
        clip=clip,
    )
    cells = st.integers(1, 9)
    maps = [FeatureMap(1, data.draw(cells), data.draw(cells), stride=8) for _ in range(count)]
    image = ImageSize(data.draw(st.integers(1, 600)), data.draw(st.integers(1, 600)))
    anchors = make(chosen)(maps, image)
    np.testing.assert_array_equal(anchors.boxes, native_anchors(gluoncv, chosen, maps, image))
    assert (anchors.format, anchors.image) == (BoxFormat.CENTER_PIXEL, image)
    assert len(anchors) == sum(map_.cells * each for map_, each in zip(maps, chosen.anchors_per_cell(), strict=True))


def test_first_and_last_of_the_300_variant_at_512():
    maps = Vgg16AtrousSettings().feature_maps(ImageSize(512, 512))
    boxes = make(SSDAnchorSettings(steps=[8, 16, 32, 64, 100, 300]))(maps, ImageSize(512, 512)).boxes
    assert boxes.shape == (24656, 4)
    np.testing.assert_array_equal(boxes[:2], np.float32([[4, 4, 30, 30], [4, 4, 42.426407, 42.426407]]))
    np.testing.assert_allclose(boxes[-2], [1050, 1050, 264 * 2**0.5, 264 / 2**0.5], rtol=1e-6)
    np.testing.assert_allclose(boxes[-1], [1050, 1050, 264 / 2**0.5, 264 * 2**0.5], rtol=1e-6)


@pytest.mark.parametrize(
    ("backbone", "side", "steps"),
    [
        (Vgg16AtrousSettings(variant=300), 300, [8, 16, 32, 64, 100, 300]),
        (Vgg16AtrousSettings(variant=512), 512, [8, 16, 32, 64, 128, 256, 512]),
        (MobileNetSettings(), 512, [16, 32, 64, 128, 256, 512]),
        (Vgg16AtrousSettings(variant=300), 512, [8, 16, 32, 64, 512 / 6, 128]),
    ],
)
def test_steps_left_out_are_those_of_gluoncvs_tables_and_spread_over_the_image(backbone, side, steps):
    """At the last size GluonCV's 100 and 300 would put anchors outside: see the test above."""
    image = ImageSize(side, side)
    maps = backbone.feature_maps(image)
    table = {"sizes": [30] * (len(maps) + 1), "ratios": [[1]] * len(maps)}
    spread = make(SSDAnchorSettings(**table))(maps, image).boxes
    np.testing.assert_array_equal(spread, make(SSDAnchorSettings(**table, steps=steps))(maps, image).boxes)
    assert (spread[:, :2] < side + 32).all()


def test_steps_left_out_follow_height_and_width():
    chosen = SSDAnchorSettings(sizes=[10, 20], ratios=[[1]])
    boxes = make(chosen)([FeatureMap(1, height=2, width=3, stride=64)], ImageSize(height=100, width=300)).boxes
    np.testing.assert_array_equal(boxes[::2, 0], [50, 150, 250] * 2)
    np.testing.assert_array_equal(boxes[::2, 1], [32] * 3 + [96] * 3)


def test_a_first_map_of_more_than_128_cells_works_and_in_gluoncv_fails(gluoncv):
    maps = [FeatureMap(1, height=130, width=129, stride=8)]
    anchors = make(SSDAnchorSettings(sizes=[30, 60], ratios=[[1, 2, 0.5]]))(maps, ImageSize(1040, 1032))
    assert len(anchors) == 130 * 129 * 4
    np.testing.assert_array_equal(anchors.boxes[-4], [1028, 1036, 30, 30])
    as_in_its_presets = gluoncv.anchor_generators["ssd"](0, (1040, 1032), (30, 60), [1, 2, 0.5], 8)
    as_in_its_presets.initialize()
    with pytest.raises(mx.base.MXNetError, match="exceeds limit"):
        as_in_its_presets(mx.nd.zeros((1, 1, 130, 129))).wait_to_read()


def test_other_maps_than_those_it_is_set_for_are_refused():
    with pytest.raises(ValueError, match="zip"):
        make(SSDAnchorSettings())([FeatureMap(1, 4, 4, 8)] * 5, ImageSize(32, 32))


@pytest.mark.parametrize(
    ("given_settings", "message"),
    [
        (
            {"sizes": [30, 60, 90]},
            "ratios has lists for 6 feature maps, so sizes needs 7 numbers, one more than maps; it has 3",
        ),
        (
            {"sizes": [30, 60], "ratios": [[1, 2]], "steps": [8, 16]},
            "ratios has lists for 1 feature map, so steps needs 1 numbers; it has 2",
        ),
        (
            {"sizes": [30, 60, 90], "ratios": [[1], [2, 0.5]]},
            "the list for feature map 2 begins with 2; every list begins with 1",
        ),
        ({"ratios": []}, "at least 1 item"),
        ({"sizes": [30, -60], "ratios": [[1]]}, "should be greater than"),
        ({"setps": [8]}, "did you mean 'steps'"),
    ],
)
def test_settings_that_disagree_are_told_in_plain_words(given_settings, message):
    with pytest.raises(ValidationError, match=message):
        SSDAnchorSettings(**given_settings)

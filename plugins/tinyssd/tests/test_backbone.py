"""What the TinySSD settings promise is what the network does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from zoo_core.plugin_api import ImageSize, mx
from zoo_tinyssd.backbone import TinySSDBackbone
from zoo_tinyssd.backbone_settings import TinySSDBackboneSettings


def shapes_in_mxnet(backbone, height, width):
    outputs = mx.sym.Group(backbone(mx.sym.var("data")))
    _, shapes, _ = outputs.infer_shape(data=(1, 3, height, width))
    return [shape[1:] for shape in shapes]


def promised(chosen, height, width):
    return [each[:3] for each in chosen.feature_maps(ImageSize(height, width))]


@pytest.mark.parametrize(
    ("side", "sides"), [(512, [64, 32, 16, 8, 1]), (256, [32, 16, 8, 4, 1]), (300, [37, 18, 9, 4, 1])]
)
def test_maps_of_the_notebook(side, sides):
    maps = TinySSDBackboneSettings().feature_maps(ImageSize(side, side))
    assert [each.height for each in maps] == [each.width for each in maps] == sides
    assert [each.channels for each in maps] == [64, 128, 128, 128, 128]


@pytest.fixture(scope="module")
def default():
    chosen = TinySSDBackboneSettings()
    return chosen, TinySSDBackbone(chosen)


@settings(max_examples=60, deadline=None)
@given(height=st.integers(64, 600), width=st.integers(64, 600))
def test_maps_are_those_of_the_network(default, height, width):
    chosen, network = default
    assert promised(chosen, height, width) == shapes_in_mxnet(network, height, width)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_maps_and_smallest_input_of_any_settings(data):
    channels = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=6))
    chosen = TinySSDBackboneSettings(channels=channels, first_output=data.draw(st.integers(1, len(channels))))
    network = TinySSDBackbone(chosen)
    smallest = chosen.smallest_input()
    height = data.draw(st.integers(smallest.height, smallest.height + 40))
    width = data.draw(st.integers(smallest.width, smallest.width + 40))
    assert promised(chosen, height, width) == shapes_in_mxnet(network, height, width)
    network.initialize()
    network(mx.nd.zeros((1, 3, *smallest)))[-1].wait_to_read()
    for too_small in ((smallest.height - 1, smallest.width), (smallest.height, smallest.width - 1)):
        with pytest.raises(mx.base.MXNetError):
            network(mx.nd.zeros((1, 3, *too_small)))[-1].wait_to_read()


def test_first_output_beyond_the_blocks_is_told():
    with pytest.raises(ValidationError, match="first_output is 3, but there are 2 blocks"):
        TinySSDBackboneSettings(channels=[8, 8], first_output=3)

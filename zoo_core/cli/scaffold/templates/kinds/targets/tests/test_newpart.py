"""The promises of every target encoder, and of this one."""

from zoo_core import Anchors, BoxFormat, ImageSize, make
from zoo_core.testing import EncoderContract

from zoo_newpart.settings import NewpartSettings


class TestNewpart(EncoderContract):
    settings = NewpartSettings()


class TestNewpartWithOneAnchorPerObject(EncoderContract):
    settings = NewpartSettings(anchors_per_object=1)


def test_an_object_takes_the_anchors_that_overlap_it_most():
    corners = [[0.1 * step, 0, 0.1 * step + 0.5, 0.5] for step in range(5)]
    anchors = Anchors(corners, BoxFormat.CORNER_UNIT, ImageSize(64, 64))
    encoder = make(NewpartSettings(anchors_per_object=3))
    assert encoder.encode(anchors, [corners[0]], [7]).classes.tolist() == [8, 8, 8, 0, 0]

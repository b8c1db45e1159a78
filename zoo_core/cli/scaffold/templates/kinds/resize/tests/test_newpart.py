"""The promises of every resizing, and what this one promises besides."""

from zoo_core import ImageSize
from zoo_core.testing import ResizeContract

from zoo_newpart.settings import NewpartSettings


class TestNewpart(ResizeContract):
    settings = NewpartSettings()


def test_what_is_left_over_is_below_or_on_the_right():
    placed = NewpartSettings().placement(ImageSize(100, 200), ImageSize(64, 64))
    assert placed == (ImageSize(64, 64), ImageSize(32, 64), 0, 0)

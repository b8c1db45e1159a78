"""The sizes of feature maps, worked out from the sliding windows of a network.

Standard library only. Windows that change no side and fit everywhere (a 1x1 convolution,
a 3x3 one with padding 1) are left out of a network's description.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

from zoo_core.plugin_api import FeatureMap, ImageSize

__all__ = ["Stage", "Window", "feature_maps", "smallest_input"]


class Window(NamedTuple):
    """A convolution or a pooling along one side of a map.

    Attributes:
        kernel: cells that the window covers.
        stride: cells between two windows.
        padding: cells added at both ends.
        round_up: whether a last window may reach over the end, MXNet's pooling convention "full".
    """

    kernel: int
    stride: int = 1
    padding: int = 0
    round_up: bool = False

    def output(self, side: int) -> int:
        """How many windows there are along a side of at least `smallest_side(1)` cells."""
        room = side + 2 * self.padding - self.kernel
        return 1 + (-(-room // self.stride) if self.round_up else room // self.stride)

    def smallest_side(self, output: int) -> int:
        """The shortest side along which there are at least so many windows; MXNet demands that one fits."""
        room = (output - 1) * self.stride
        if self.round_up and output > 1:
            room -= self.stride - 1
        return max(1, room + self.kernel - 2 * self.padding)


class Stage(NamedTuple):
    """The way from the image, or from the previous feature map, to the next feature map."""

    channels: int
    windows: tuple[Window, ...]

    def output(self, side: int) -> int:
        """The side of the feature map."""
        return reduce(lambda length, window: window.output(length), self.windows, side)

    def smallest_side(self, output: int) -> int:
        """The shortest side that makes a feature map of at least `output` cells."""
        return reduce(lambda length, window: window.smallest_side(length), reversed(self.windows), output)

    @property
    def stride(self) -> int:
        """The product of the strides on the way."""
        return reduce(lambda product, window: product * window.stride, self.windows, 1)


def feature_maps(stages: Sequence[Stage], image: ImageSize) -> tuple[FeatureMap, ...]:
    """The map at the end of every stage, for an image of at least the smallest size."""
    maps = []
    (height, width), stride = image, 1
    for stage in stages:
        height, width, stride = stage.output(height), stage.output(width), stride * stage.stride
        maps.append(FeatureMap(stage.channels, height, width, stride))
    return tuple(maps)


def smallest_input(stages: Sequence[Stage]) -> ImageSize:
    """The smallest image of which every window of every stage finds enough cells."""
    side = reduce(lambda length, stage: stage.smallest_side(length), reversed(stages), 1)
    return ImageSize(side, side)

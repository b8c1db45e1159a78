"""The light half of YOLO3's neck."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field

from zoo_core.plugin_api import FeatureMap, NeckSettings

__all__ = ["YoloNeckSettings"]

_Channels = Annotated[int, Field(ge=2, le=4096, multiple_of=2)]


class YoloNeckSettings(NeckSettings):
    """YOLO3's way back up: five convolutions on each map, which then goes into the next finer one.

    Its maps are those of the backbone in reverse order, the coarsest first, each with twice the channels of its
    convolutions.

    Source: Redmon and Farhadi, YOLOv3: An Incremental Improvement, 2018, section 2.3; GluonCV 0.10.5,
    gluoncv/model_zoo/yolo/yolo3.py.
    """

    name: Literal["yolo3"] = "yolo3"
    channels: Annotated[tuple[_Channels, ...], Field(min_length=1, max_length=13)] = (512, 256, 128)
    """Of the 1x1 convolutions on each map, the coarsest first; its 3x3 convolutions have twice as many."""

    def feature_maps(self, maps: tuple[FeatureMap, ...]) -> tuple[FeatureMap, ...]:
        """The same sizes, the coarsest first."""
        return tuple(
            each._replace(channels=2 * channels) for each, channels in zip(reversed(maps), self.channels, strict=True)
        )

    def incompatibility(self, maps: tuple[FeatureMap, ...]) -> str | None:
        """As many maps as channels, each with at most twice the sides of the next."""
        if len(maps) != len(self.channels):
            return f"its channels are for {len(self.channels)} of them"
        for index, (fine, coarse) in enumerate(pairwise(maps), start=1):
            if fine.height > 2 * coarse.height or fine.width > 2 * coarse.width:
                return (
                    f"map {index} of {fine.height}x{fine.width} is more than twice as large as map {index + 1} "
                    f"of {coarse.height}x{coarse.width}"
                )
        return None

"""The light half of the feature pyramid."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, NonNegativeInt, PositiveInt, model_validator
from zoo_core import BackboneSettings, FeatureMap, ImageSize

__all__ = ["PyramidSettings"]


class PyramidSettings(BackboneSettings):
    """A small feature pyramid: fine maps that know what the coarse ones have seen.

    Stages of convolutions halve the image one after the other. From the last of them down
    to stage `first`, each map is added to the enlarged coarser one. Beyond the last stage,
    further convolutions halve its map.

    Source: Lin et al., Feature Pyramid Networks for Object Detection, 2017; the further maps
    are those of Lin et al., Focal Loss for Dense Object Detection, 2017.
    """

    name: Literal["fpn"] = "fpn"

    channels: Annotated[tuple[PositiveInt, ...], Field(min_length=1)] = (16, 32, 64, 96, 128)
    """Output channels of each stage; their number is the number of stages."""
    first: PositiveInt = 3
    """The first stage, counted from 1, with a feature map of its own."""
    further: NonNegativeInt = 2
    """How many maps come after that of the last stage."""
    width: PositiveInt = 64
    """Channels of every feature map."""

    @model_validator(mode="after")
    def _first_exists(self) -> Self:
        if self.first > len(self.channels):
            raise ValueError(f"first is {self.first}, but there are {len(self.channels)} stages (channels)")
        return self

    def feature_maps(self, image: ImageSize) -> tuple[FeatureMap, ...]:
        """Every step, a stage or a further convolution, halves both sides and rounds up."""
        strides = [2**depth for depth in range(self.first, len(self.channels) + self.further + 1)]
        return tuple(
            FeatureMap(self.width, -(-image.height // stride), -(-image.width // stride), stride) for stride in strides
        )

    def smallest_input(self) -> ImageSize:
        """Convolutions with padding run on a single pixel."""
        return ImageSize(1, 1)

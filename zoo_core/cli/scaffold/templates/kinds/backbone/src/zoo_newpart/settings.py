"""The light half: what can be set, and the shapes that follow from it. Pure Python, for every command imports it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, model_validator
from zoo_core import BackboneSettings, FeatureMap, ImageSize

__all__ = ["NewpartSettings"]


class NewpartSettings(BackboneSettings):
    """Residual stages that each halve the image; the outputs of the last ones are the feature maps.

    Source: He et al., Deep Residual Learning for Image Recognition, 2016.
    """

    name: Literal["newpart"] = "newpart"

    channels: Annotated[tuple[PositiveInt, ...], Field(min_length=1)] = (16, 32, 48, 64, 96, 96, 128)
    """Output channels of each stage; their number is the number of stages."""
    maps: PositiveInt = 5
    """Number of last stages whose outputs are feature maps."""

    @model_validator(mode="after")
    def _stages_exist(self) -> Self:
        if self.maps > len(self.channels):
            raise ValueError(f"maps is {self.maps}, but there are {len(self.channels)} stages (channels)")
        return self

    def feature_maps(self, image: ImageSize) -> tuple[FeatureMap, ...]:
        """The exact shapes that the network gives: every stage halves both sides and rounds up."""
        stages = [
            FeatureMap(channels, -(-image.height // 2**depth), -(-image.width // 2**depth), 2**depth)
            for depth, channels in enumerate(self.channels, start=1)
        ]
        return tuple(stages[-self.maps :])

    def smallest_input(self) -> ImageSize:
        """Convolutions with padding run on a single pixel."""
        return ImageSize(1, 1)

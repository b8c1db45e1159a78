"""The light half of the TinySSD backbone."""

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from zoo_core.plugin_api import BackboneSettings, FeatureMap, ImageSize

__all__ = ["TinySSDBackboneSettings"]


class TinySSDBackboneSettings(BackboneSettings):
    """A few small convolutions: five feature maps, the last of them one cell for the whole image.

    Each block halves the image. The output of a block is a feature map from the block
    `first_output` on; a global max pool of the last one is the last feature map.

    Source: Zhang et al., Dive into Deep Learning, section 14.7, Single Shot Multibox Detection.
    """

    name: Literal["tinyssd"] = "tinyssd"
    channels: Annotated[tuple[Annotated[int, Field(ge=1, le=2048)], ...], Field(min_length=1, max_length=13)] = (
        16,
        32,
        64,
        128,
        128,
        128,
    )
    """Output channels of each down-sample block; their number is the number of blocks."""
    first_output: PositiveInt = 3
    """The first block, counted from 1, whose output is a feature map."""

    @model_validator(mode="after")
    def _outputs_exist(self) -> Self:
        if self.first_output > len(self.channels):
            raise ValueError(
                f"first_output is {self.first_output}, but there are {len(self.channels)} blocks (channels)"
            )
        return self

    def feature_maps(self, image: ImageSize) -> tuple[FeatureMap, ...]:
        """One map for each block from `first_output` on, and the global one."""
        blocks = [
            FeatureMap(channels, image.height >> depth, image.width >> depth, 1 << depth)
            for depth, channels in enumerate(self.channels, start=1)
        ]
        return (*blocks[self.first_output - 1 :], FeatureMap(self.channels[-1], 1, 1, max(image)))

    def smallest_input(self) -> ImageSize:
        """One pixel is left after the last block."""
        return ImageSize(1 << len(self.channels), 1 << len(self.channels))

"""The light half of CenterNet's neck."""

from typing import Annotated, Literal

from pydantic import Field

from zoo_core.plugin_api import FeatureMap, NeckSettings

__all__ = ["CenterNetNeckSettings"]

_Channels = Annotated[int, Field(ge=1, le=4096)]


class CenterNetNeckSettings(NeckSettings):
    """CenterNet's way back up: the coarsest map, doubled step by step; one map is left.

    Each step is a 3x3 convolution and a transposed convolution of stride 2, both with batch norm.

    Source: Zhou et al., Objects as Points, 2019, appendix A (from Xiao et al., Simple Baselines for Human Pose
    Estimation and Tracking, 2018); GluonCV 0.10.5, gluoncv/model_zoo/center_net/deconv_resnet.py.
    """

    name: Literal["center_net"] = "center_net"
    channels: Annotated[tuple[_Channels, ...], Field(min_length=1, max_length=8)] = (256, 128, 64)
    """Of each step; of stride 32, three steps make stride 4."""

    def feature_maps(self, maps: tuple[FeatureMap, ...]) -> tuple[FeatureMap, ...]:
        """One, each side of which is doubled at each step."""
        coarsest, times = maps[-1], 1 << len(self.channels)
        sides = coarsest.height * times, coarsest.width * times
        return (FeatureMap(self.channels[-1], *sides, coarsest.stride // times),)

    def incompatibility(self, maps: tuple[FeatureMap, ...]) -> str | None:
        """The stride of the last, the coarsest, can be halved so often."""
        stride, steps = maps[-1].stride, len(self.channels)
        if stride % (1 << steps) == 0:
            return None
        return f"needs a last map whose stride can be halved at each step ({steps} in all), not one of {stride}"

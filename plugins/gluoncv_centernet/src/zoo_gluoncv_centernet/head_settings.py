"""The light half of CenterNet's head."""

from typing import Annotated, Literal

from pydantic import Field

from zoo_core.plugin_api import FeatureMap, HeadSettings

__all__ = ["CenterNetHeadSettings"]


class CenterNetHeadSettings(HeadSettings):
    """CenterNet's head: for scores, sizes and places a 3x3 and a 1x1 convolution each, the same on every map.

    Of the four numbers the first two are those of the place, the others those of the size.

    Source: Zhou et al., Objects as Points, 2019, section 4; GluonCV 0.10.5,
    gluoncv/model_zoo/center_net/center_net.py.
    """

    name: Literal["center_net"] = "center_net"
    channels: Annotated[int, Field(ge=1, le=4096)] = 64
    """Of the 3x3 convolutions."""

    def incompatibility(self, maps: tuple[FeatureMap, ...], anchors_per_cell: tuple[int, ...]) -> str | None:
        """Equal weights for every map need equal channels and equal numbers of anchors."""
        if len({map_.channels for map_ in maps}) > 1:
            channels = ", ".join(str(map_.channels) for map_ in maps)
            return f"needs feature maps of equal channels, or one as neck 'center_net' makes it, not of {channels}"
        return "needs as many anchors in a cell of each map" if len(set(anchors_per_cell)) > 1 else None

"""The light half of CenterNet's points."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from zoo_core.plugin_api import AnchorSettings, BoxFormat

__all__ = ["CenterNetAnchorSettings"]


class CenterNetAnchorSettings(AnchorSettings):
    """A point in each cell: an anchor as wide and as high as the stride.

    Source: Zhou et al., Objects as Points, 2019, section 3.
    """

    name: Literal["center_net"] = "center_net"
    gives: ClassVar[BoxFormat] = BoxFormat.CENTER_PIXEL

    maps: Annotated[int, Field(ge=1, le=16)] = 1
    """Number of feature maps."""

    def anchors_per_cell(self) -> tuple[int, ...]:
        """One."""
        return (1,) * self.maps

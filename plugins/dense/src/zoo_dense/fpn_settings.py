"""The light half of the feature pyramid."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field

from zoo_core.plugin_api import FeatureMap, NeckSettings

__all__ = ["FpnSettings"]


class FpnSettings(NeckSettings):
    """A feature pyramid: coarse maps are added to finer ones, and further maps follow the coarsest.

    Over maps of the strides 8, 16 and 32 these are P3 to P7. A backbone with coarser maps of its own needs fewer
    further ones, or none.

    Source: Lin et al., Feature Pyramid Networks for Object Detection, 2017, section 3; the further maps are those of
    Lin et al., Focal Loss for Dense Object Detection, 2017, section 4.
    """

    name: Literal["fpn"] = "fpn"

    channels: Annotated[int, Field(ge=1, le=2048)] = 256
    """Of every map that it makes."""
    extra_maps: Annotated[int, Field(ge=0, le=8)] = 2
    """Further maps, each half as large as the one before, by 3x3 convolutions of stride 2 with a ReLU between them."""
    extra_from: Literal["backbone", "neck"] = "backbone"
    """From which map the first of these is made: the coarsest of the backbone (RetinaNet) or of the pyramid (FCOS)."""

    def incompatibility(self, maps: tuple[FeatureMap, ...]) -> str | None:
        """Each map is doubled and added to the one before it, so it is half as large."""
        for fine, coarse in pairwise(maps):
            if (coarse.height, coarse.width) != (_half(fine.height), _half(fine.width)):
                return (
                    f"each map should have half as many rows and columns as the one before (rounded up), "
                    f"and {coarse} follows {fine}"
                )
        return None

    def feature_maps(self, maps: tuple[FeatureMap, ...]) -> tuple[FeatureMap, ...]:
        """One for each map of the backbone, then the further ones."""
        made = [map_._replace(channels=self.channels) for map_ in maps]
        for _ in range(self.extra_maps):
            _, height, width, stride = made[-1]
            made.append(FeatureMap(self.channels, _half(height), _half(width), 2 * stride))
        return tuple(made)


def _half(side: int) -> int:
    return -(-side // 2)

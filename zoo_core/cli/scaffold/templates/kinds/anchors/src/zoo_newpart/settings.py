"""The light half: what can be set, and how many anchors follow. Pure Python, for every command imports it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveFloat
from zoo_core import AnchorSettings, BoxFormat

__all__ = ["NewpartSettings"]

_Positives = Annotated[tuple[PositiveFloat, ...], Field(min_length=1)]


class NewpartSettings(AnchorSettings):
    """Boxes of one area and several shapes in each cell, larger from map to map.

    Source: Lin et al., Feature Pyramid Networks for Object Detection, 2017, section 4.1.
    """

    name: Literal["newpart"] = "newpart"
    gives: ClassVar[BoxFormat] = BoxFormat.CENTER_PIXEL

    sizes: _Positives = (0.2, 0.35, 0.5, 0.7, 0.9)
    """Root of the area of the anchors of each feature map, as a share of the image's shorter side."""
    ratios: _Positives = (1, 2, 0.5)
    """Width : height of the anchors of every cell."""

    def anchors_per_cell(self) -> tuple[int, ...]:
        """One for each ratio on every map."""
        return (len(self.ratios),) * len(self.sizes)

"""CenterNet's points."""

from __future__ import annotations

from collections.abc import Sequence

from zoo_core.plugin_api import Anchors, FeatureMap, ImageSize, anchors_on_cells
from zoo_gluoncv_centernet.anchors_settings import CenterNetAnchorSettings

__all__ = ["CenterNetAnchors"]


class CenterNetAnchors:
    """A point in each cell; see `CenterNetAnchorSettings`."""

    def __init__(self, settings: CenterNetAnchorSettings) -> None:
        self.settings = settings

    def __call__(self, maps: Sequence[FeatureMap], image: ImageSize) -> Anchors:
        """The points of these maps: map by map, row by row, cell by cell."""
        return anchors_on_cells(maps, [[(map_.stride, map_.stride)] for map_ in maps], image)

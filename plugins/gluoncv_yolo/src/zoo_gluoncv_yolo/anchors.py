"""Anchors as YOLO3 has them."""

from __future__ import annotations

from collections.abc import Sequence

from zoo_core.plugin_api import Anchors, FeatureMap, ImageSize, anchors_on_cells
from zoo_gluoncv_yolo.anchors_settings import YoloAnchorSettings

__all__ = ["YoloAnchors"]


class YoloAnchors:
    """Anchors center/pixel of all feature maps; see `YoloAnchorSettings`."""

    def __init__(self, settings: YoloAnchorSettings) -> None:
        self.settings = settings

    def __call__(self, maps: Sequence[FeatureMap], image: ImageSize) -> Anchors:
        """The anchors of these maps, map by map, row by row, cell by cell.

        Raises:
            ValueError: there are not as many maps as the settings have lists of shapes.
        """
        return anchors_on_cells(maps, self.settings.shapes, image)

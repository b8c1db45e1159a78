"""Anchors and points on the cells of feature maps."""

from __future__ import annotations

from collections.abc import Sequence

from zoo_core.plugin_api import Anchors, FeatureMap, ImageSize, anchors_on_cells
from zoo_dense.fcos_settings import FcosAnchorSettings
from zoo_dense.retinanet_settings import RetinaNetAnchorSettings

__all__ = ["FcosAnchors", "RetinaNetAnchors"]


class RetinaNetAnchors:
    """Every scale with every ratio; see `RetinaNetAnchorSettings`."""

    def __init__(self, settings: RetinaNetAnchorSettings) -> None:
        self.settings = settings

    def __call__(self, maps: Sequence[FeatureMap], image: ImageSize) -> Anchors:
        """The anchors of these maps, as many as sizes: map by map, row by row, cell by cell."""
        shapes = [self.settings.shapes(size) for size in self.settings.sizes]
        return anchors_on_cells(maps, shapes, image)


class FcosAnchors:
    """A point in each cell; see `FcosAnchorSettings`."""

    def __init__(self, settings: FcosAnchorSettings) -> None:
        self.settings = settings

    def __call__(self, maps: Sequence[FeatureMap], image: ImageSize) -> Anchors:
        """The points of these maps: map by map, row by row, cell by cell."""
        return anchors_on_cells(maps, [[(map_.stride, map_.stride)] for map_ in maps], image)

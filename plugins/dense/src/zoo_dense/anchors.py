"""Anchors and points on the cells of feature maps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zoo_core.plugin_api import Anchors, BoxFormat, FeatureMap, ImageSize, Shape
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
        return _on_cells(maps, shapes, image)


class FcosAnchors:
    """A point in each cell; see `FcosAnchorSettings`."""

    def __init__(self, settings: FcosAnchorSettings) -> None:
        self.settings = settings

    def __call__(self, maps: Sequence[FeatureMap], image: ImageSize) -> Anchors:
        """The points of these maps: map by map, row by row, cell by cell."""
        return _on_cells(maps, [[(map_.stride, map_.stride)] for map_ in maps], image)


def _on_cells(maps: Sequence[FeatureMap], shapes: Sequence[Sequence[Shape]], image: ImageSize) -> Anchors:
    boxes = [_on_map(map_, sides) for map_, sides in zip(maps, shapes, strict=True)]
    return Anchors(np.concatenate(boxes), BoxFormat.CENTER_PIXEL, image)


def _on_map(map_: FeatureMap, sides: Sequence[Shape]) -> NDArray[np.float32]:
    boxes = np.empty((map_.height, map_.width, len(sides), 4), np.float32)
    boxes[..., 0] = (np.arange(map_.width)[None, :, None] + 0.5) * map_.stride
    boxes[..., 1] = (np.arange(map_.height)[:, None, None] + 0.5) * map_.stride
    boxes[..., 2:] = sides
    return boxes.reshape(-1, 4)

"""Anchors as YOLO3 has them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zoo_core.plugin_api import Anchors, BoxFormat, FeatureMap, ImageSize
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
        boxes = [_on_cells(map_, np.array(shapes)) for map_, shapes in zip(maps, self.settings.shapes, strict=True)]
        return Anchors(np.concatenate(boxes), BoxFormat.CENTER_PIXEL, image)


def _on_cells(map_: FeatureMap, shapes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Boxes (H * W * A, 4) center/pixel: all shapes around all centres."""
    boxes = np.empty((map_.height, map_.width, len(shapes), 4))
    boxes[..., 0] = ((np.arange(map_.width) + 0.5) * map_.stride)[:, None]
    boxes[..., 1] = ((np.arange(map_.height) + 0.5) * map_.stride)[:, None, None]
    boxes[..., 2:] = shapes
    return boxes.reshape(-1, 4)

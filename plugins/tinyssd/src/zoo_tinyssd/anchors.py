"""Anchors as MXNet's MultiBoxPrior places them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zoo_core.plugin_api import Anchors, BoxFormat, FeatureMap, ImageSize
from zoo_tinyssd.anchors_settings import MultiBoxPriorSettings

__all__ = ["MultiBoxPrior"]


class MultiBoxPrior:
    """Anchors corner/unit of all feature maps; see `MultiBoxPriorSettings`."""

    def __init__(self, settings: MultiBoxPriorSettings) -> None:
        self.settings = settings

    def __call__(self, maps: Sequence[FeatureMap], image: ImageSize) -> Anchors:
        """The anchors of these maps, map by map, row by row, cell by cell."""
        each = [
            _anchors_of_map(map_, sizes, ratios)
            for map_, (sizes, ratios) in zip(maps, self.settings.shapes(), strict=True)
        ]
        boxes = np.concatenate(each)
        return Anchors(np.clip(boxes, 0, 1) if self.settings.clip else boxes, BoxFormat.CORNER_UNIT, image)


def _anchors_of_map(map_: FeatureMap, sizes: Sequence[float], ratios: Sequence[float]) -> NDArray[np.float32]:
    y = (np.arange(map_.height, dtype=np.float32) + np.float32(0.5)) / np.float32(map_.height)
    x = (np.arange(map_.width, dtype=np.float32) + np.float32(0.5)) / np.float32(map_.width)
    middle = np.stack([*np.meshgrid(x, y)] * 2, axis=-1)[:, :, None, :]
    shapes = [(size, ratios[0]) for size in sizes] + [(sizes[0], ratio) for ratio in ratios[1:]]
    half = np.array([_half_sides(size, ratio, map_) for size, ratio in shapes], dtype=np.float32)
    boxes: NDArray[np.float32] = (middle + np.concatenate([-half, half], axis=-1)).reshape(-1, 4)
    return boxes


def _half_sides(size: float, ratio: float, map_: FeatureMap) -> tuple[float, float]:
    root = ratio**0.5
    return size * map_.height / map_.width * root / 2, size / root / 2

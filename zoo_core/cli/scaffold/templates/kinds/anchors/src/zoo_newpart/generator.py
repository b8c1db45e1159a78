"""The heavy half: the boxes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from zoo_core import Anchors, BoxFormat, FeatureMap, ImageSize

from zoo_newpart.settings import NewpartSettings

__all__ = ["Newpart"]


class Newpart:
    """Anchors center/pixel of all feature maps; see `NewpartSettings`."""

    def __init__(self, settings: NewpartSettings) -> None:
        self.settings = settings

    def __call__(self, maps: Sequence[FeatureMap], image: ImageSize) -> Anchors:
        """The anchors of these maps, map by map, row by row, cell by cell.

        Raises:
            ValueError: there are not as many maps as sizes.
        """
        boxes = [
            self._on_map(map_, image, size * min(image)) for map_, size in zip(maps, self.settings.sizes, strict=True)
        ]
        return Anchors(np.concatenate(boxes), BoxFormat.CENTER_PIXEL, image)

    def _on_map(self, map_: FeatureMap, image: ImageSize, side: float) -> NDArray[np.float32]:
        roots = np.sqrt(self.settings.ratios)
        boxes = np.empty((map_.height, map_.width, len(roots), 4), dtype=np.float32)
        boxes[..., 0] = ((np.arange(map_.width) + 0.5) * image.width / map_.width)[None, :, None]
        boxes[..., 1] = ((np.arange(map_.height) + 0.5) * image.height / map_.height)[:, None, None]
        boxes[..., 2] = side * roots
        boxes[..., 3] = side / roots
        return boxes.reshape(-1, 4)

"""Anchors as GluonCV's SSD places them."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes import Anchors
from zoo_core.geometry import BoxFormat, FeatureMap, ImageSize
from zoo_gluoncv_ssd.anchors_settings import SSDAnchorSettings

__all__ = ["SSDAnchors"]


class SSDAnchors:
    """Anchors center/pixel of all feature maps; see `SSDAnchorSettings`."""

    def __init__(self, settings: SSDAnchorSettings) -> None:
        self.settings = settings

    def __call__(self, maps: Sequence[FeatureMap], image: ImageSize) -> Anchors:
        """The anchors of these maps, map by map, row by row, cell by cell.

        Raises:
            ValueError: there are not as many maps as the settings have lists of ratios.
        """
        sizes, ratios, steps = self.settings.sizes, self.settings.ratios, self.settings.steps
        # In double precision until the end, as GluonCV has it, so that every number is the same.
        boxes = np.concatenate(
            [
                _on_cells(*_centres(map_, image, step), _sides(size, following, shapes))
                for map_, step, size, following, shapes in zip(
                    maps, steps or [None] * len(ratios), sizes[:-1], sizes[1:], ratios, strict=True
                )
            ]
        )
        if self.settings.clip:
            boxes = np.clip(boxes, 0, [image.width, image.height, image.width, image.height])
        return Anchors(boxes.astype(np.float32), BoxFormat.CENTER_PIXEL, image)


def _centres(map_: FeatureMap, image: ImageSize, step: float | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The y (H,) of the rows and the x (W,) of the columns, in pixels."""
    down = _spread(map_.stride, map_.height, image.height) if step is None else step
    right = _spread(map_.stride, map_.width, image.width) if step is None else step
    return (np.arange(map_.height) + 0.5) * down, (np.arange(map_.width) + 0.5) * right


def _spread(stride: int, cells: int, side: int) -> float:
    """The stride, or what spreads the cells over the side when they would leave out a cell or more of it.

    They do after convolutions without padding, which drop the cells at the border; the
    steps that GluonCV's tables give by hand (100 and 300 at 300x300) are this distance.
    """
    return stride if side - cells * stride < stride else side / cells


def _sides(size: float, following: float, ratios: Sequence[float]) -> NDArray[np.float64]:
    """Width and height (A, 2) of the anchors of a cell."""
    squares = [(size, size), (sqrt(size * following),) * 2]
    return np.array(squares + [(size * sqrt(ratio), size / sqrt(ratio)) for ratio in ratios[1:]])


def _on_cells(y: NDArray[np.float64], x: NDArray[np.float64], sides: NDArray[np.float64]) -> NDArray[np.float64]:
    """Boxes (H * W * A, 4) center/pixel: all sides around all centres."""
    boxes = np.empty((len(y), len(x), len(sides), 4))
    boxes[..., 0] = x[None, :, None]
    boxes[..., 1] = y[:, None, None]
    boxes[..., 2:] = sides
    return boxes.reshape(-1, 4)

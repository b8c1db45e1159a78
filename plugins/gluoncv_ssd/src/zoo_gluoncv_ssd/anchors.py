"""Anchors as GluonCV's SSD places them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from zoo_core.plugin_api import Anchors, BoxFormat, FeatureMap, ImageSize
from zoo_gluoncv_ssd.anchors_settings import CellAnchorSettings

__all__ = ["SSDAnchors", "SSDLiteAnchors"]


class _CellAnchors(ABC):
    """Anchors center/pixel of all feature maps; see `CellAnchorSettings`."""

    def __init__(self, settings: CellAnchorSettings) -> None:
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
                _on_cells(*_centres(map_, image, step), np.array(self._sides(index, size, following, shapes)))
                for index, (map_, step, size, following, shapes) in enumerate(
                    zip(maps, steps or [None] * len(ratios), sizes[:-1], sizes[1:], ratios, strict=True)
                )
            ]
        )
        if self.settings.clip:
            boxes = np.clip(boxes, 0, [image.width, image.height, image.width, image.height])
        return Anchors(boxes.astype(np.float32), BoxFormat.CENTER_PIXEL, image)

    @abstractmethod
    def _sides(self, index: int, size: float, following: float, ratios: Sequence[float]) -> list[tuple[float, float]]:
        """Width and height of the anchors of a cell.

        Args:
            index: zero-based index of the map.
            size: size of this map.
            following: the size of the next map.
            ratios: ratios of this map.
        """


class SSDAnchors(_CellAnchors):
    """Two squares, then oblongs; see `SSDAnchorSettings`."""

    def _sides(self, index: int, size: float, following: float, ratios: Sequence[float]) -> list[tuple[float, float]]:  # noqa: ARG002
        return [_square(size), _square(sqrt(size * following)), *_oblongs(size, ratios[1:])]


class SSDLiteAnchors(_CellAnchors):
    """A small square, oblongs, and a large square but on the first map; see `SSDLiteAnchorSettings`."""

    def _sides(self, index: int, size: float, following: float, ratios: Sequence[float]) -> list[tuple[float, float]]:
        large = [_square(sqrt(size * following))] if index else []
        return [_square(size / 2), *_oblongs(size, ratios[1:]), *large]


def _square(side: float) -> tuple[float, float]:
    return side, side


def _oblongs(size: float, ratios: Sequence[float]) -> list[tuple[float, float]]:
    return [(size * sqrt(ratio), size / sqrt(ratio)) for ratio in ratios]


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


def _on_cells(y: NDArray[np.float64], x: NDArray[np.float64], sides: NDArray[np.float64]) -> NDArray[np.float64]:
    """Boxes (H * W * A, 4) center/pixel: all sides around all centres."""
    boxes = np.empty((len(y), len(x), len(sides), 4))
    boxes[..., 0] = x[None, :, None]
    boxes[..., 1] = y[:, None, None]
    boxes[..., 2:] = sides
    return boxes.reshape(-1, 4)

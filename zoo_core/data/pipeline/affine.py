"""Training images that are moved and scaled at random, as CenterNet's.

Source: see `zoo_core.config.augmentation.Affine`.
"""

from __future__ import annotations

import numpy as np

from zoo_core.boxes.protocols import Sample
from zoo_core.config.augmentation import Affine
from zoo_core.data.pipeline.augmentation import with_some
from zoo_core.data.pipeline.transforms import warp
from zoo_core.parts.geometry import ImageSize

__all__ = ["affine"]


def affine(sample: Sample, settings: Affine, rng: np.random.Generator, size: ImageSize) -> Sample:
    """Bring a random point of the image to the middle of this size, and scale it by a random factor.

    An object stays when any of it is seen, clipped to that. The pixel (i, j) comes to (i, j) times the scale from where
    the first one does, and not half a pixel farther, as GluonCV has it.
    """
    height, width = sample.image.shape[:2]
    point = np.array([_drawn(side, settings.border, rng) for side in (width, height)])
    larger = np.clip(1 + settings.spread * rng.standard_normal(), 1 - settings.spread, 1 + settings.spread)
    scale = min(size.width / width, size.height / height) / larger
    sides = np.array([size.width, size.height])
    origin = sides / 2 - scale * point
    matrix = np.array([[scale, 0, origin[0]], [0, scale, origin[1]]])
    image = warp(sample.image, matrix, size, settings.fill)
    boxes = np.clip(sample.boxes * scale + np.tile(origin, 2), 0, np.tile(sides, 2)).astype(np.float32)
    return with_some(sample, (boxes[:, :2] < boxes[:, 2:]).all(axis=1), image, boxes)


def _drawn(side: int, border: int, rng: np.random.Generator) -> int:
    """A column or row that is that far from both ends, or half as far again and again until there is one."""
    while border > 0 and side - border <= border:
        border //= 2
    return int(rng.integers(border, side - border))

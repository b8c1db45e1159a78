"""The heavy half: what becomes of a sample."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from zoo_core import ImageSize, Sample

from zoo_newpart.settings import NewpartSettings

__all__ = ["Newpart"]


class Newpart:
    """Random erasing; see `NewpartSettings`.

    Threads share it, and processes have copies of it, so it keeps nothing between samples.
    """

    def __init__(self, settings: NewpartSettings) -> None:
        self.settings = settings

    def __call__(self, sample: Sample, rng: np.random.Generator, size: ImageSize) -> Sample:
        """A changed sample; the one that is given stays as it is.

        Args:
            sample: an image with its boxes.
            rng: decides all that is random.
            size: that the image would have in the network's input, were this the last step.
        """
        if rng.random() >= self.settings.probability:
            return sample
        height, width = sample.image.shape[:2]
        share, ratio = rng.uniform(0, self.settings.largest), np.exp(rng.uniform(-1, 1))
        high = min(height, round(height * np.sqrt(share * ratio)))
        wide = min(width, round(width * np.sqrt(share / ratio)))
        top, left = rng.integers(0, height - high + 1), rng.integers(0, width - wide + 1)
        image = sample.image.copy()
        image[top : top + high, left : left + wide] = rng.integers(0, 256, (high, wide, 3))
        return replace(sample, image=image)

"""How the batches of a training can differ from single images: their size, and the blending of two images."""

from __future__ import annotations

from math import ceil, floor
from typing import Annotated

from pydantic import Field, PositiveInt

from zoo_core.parts.geometry import ImageSize
from zoo_core.parts.settings import Settings

__all__ = ["MixupSettings", "MultiScaleSettings"]

_ROUNDING = 1e-6


class MultiScaleSettings(Settings):
    """Sizes of the network's input that are drawn at random in training, around `input_size`.

    Source: Redmon and Farhadi, YOLO9000: Better, Faster, Stronger, 2017, section 2; GluonCV 0.10.5,
    scripts/detection/yolo/train_yolo3.py (320 to 608 for 416).
    """

    smallest: Annotated[float, Field(gt=0, le=1)] = 0.75
    """The smallest, as a share of `input_size`."""
    largest: Annotated[float, Field(ge=1, le=4)] = 1.5
    """The largest, as a share of `input_size`."""
    multiple_of: Annotated[int, Field(ge=1, le=1024)] = 32
    """Both sides are multiples of this, in pixels: of the stride of the coarsest map."""
    every: PositiveInt = 10
    """Batches until the next size is drawn."""

    def sizes(self, input_size: ImageSize) -> tuple[ImageSize, ...]:
        """All that can be drawn, the smallest first; `input_size` alone where none lies between the limits."""
        shorter, unit = min(input_size), self.multiple_of
        first = ceil(self.smallest * shorter / unit - _ROUNDING)
        last = floor(self.largest * shorter / unit + _ROUNDING)
        return tuple(
            ImageSize(*(max(1, round(side * steps / shorter)) * unit for side in input_size))
            for steps in range(max(1, first), last + 1)
        ) or (input_size,)


class MixupSettings(Settings):
    """Blends each image with another one; the objects of both count by the share of their image.

    The share is drawn from a beta distribution with two equal parameters. Both images are changed by the steps of
    augmentation on their own first; GluonCV's blends before.

    Source: Zhang et al., Bag of Freebies for Training Object Detection Neural Networks, 2019, section 3.1; GluonCV
    0.10.5, gluoncv/data/mixup/detection.py.
    """

    alpha: Annotated[float, Field(ge=1e-2, le=1e3)] = 1.5
    """Both parameters of the beta distribution: 1 for any share alike, more for shares near 1/2."""
    until: Annotated[float, Field(gt=0, le=1)] = 0.9
    """Images are blended in this share of the epochs, and left as they are in the last ones."""

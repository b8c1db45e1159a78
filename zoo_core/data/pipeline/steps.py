"""The zoo's own augmentation steps, as a training takes them: settings and the function that follows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from zoo_core.boxes.protocols import Sample
from zoo_core.data.pipeline.affine import affine
from zoo_core.data.pipeline.augmentation import crop, expand, flip, photometric, stretch_randomly
from zoo_core.data.pipeline.color_jitter import color_jitter
from zoo_core.parts.geometry import ImageSize
from zoo_core.parts.training_components import AugmentationSettings

__all__ = [
    "AffineStep",
    "ColorJitterStep",
    "CropStep",
    "ExpandStep",
    "FlipStep",
    "PhotometricStep",
    "StretchStep",
]


class _SizelessStep:
    """A step that does not ask for the size in the network's input; implements `AugmentationStep`."""

    change: ClassVar[Callable[[Sample, Any, np.random.Generator], Sample]]

    def __init__(self, settings: AugmentationSettings) -> None:
        self._settings = settings

    def __call__(self, sample: Sample, rng: np.random.Generator, size: ImageSize) -> Sample:  # noqa: ARG002 -- see above
        return type(self).change(sample, self._settings, rng)


class PhotometricStep(_SizelessStep):
    """See `photometric`."""

    change = photometric


class ExpandStep(_SizelessStep):
    """See `expand`."""

    change = expand


class CropStep(_SizelessStep):
    """See `crop`."""

    change = crop


class FlipStep(_SizelessStep):
    """See `flip`."""

    change = flip


class ColorJitterStep(_SizelessStep):
    """See `color_jitter`."""

    change = color_jitter


class _SizedStep:
    """A step whose image has the size that it is told; implements `AugmentationStep`."""

    change: ClassVar[Callable[[Sample, Any, np.random.Generator, ImageSize], Sample]]

    def __init__(self, settings: AugmentationSettings) -> None:
        self._settings = settings

    def __call__(self, sample: Sample, rng: np.random.Generator, size: ImageSize) -> Sample:
        """The sample at this size."""
        return type(self).change(sample, self._settings, rng, size)


class StretchStep(_SizedStep):
    """See `stretch_randomly`."""

    change = stretch_randomly


class AffineStep(_SizedStep):
    """See `affine`."""

    change = affine

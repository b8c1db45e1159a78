"""The random changes of training images, step by step: SSD's recipe as settings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from zoo_core.parts.resizing import Interpolation
from zoo_core.parts.training_components import AugmentationSettings

__all__ = ["SSD_AUGMENTATION", "Crop", "Expand", "Flip", "Photometric", "Stretch"]

Probability = Annotated[float, Field(ge=0, le=1)]
Value = Annotated[int, Field(ge=0, le=255)]


class Photometric(AugmentationSettings):
    """Changes brightness, contrast, saturation and hue, each with probability 1/2.

    The hue of 18 in the Caffe code is on OpenCV's scale of 0 to 179, so 36 degrees. (GluonCV
    multiplies 18 by pi, and so turns hue by any angle, all being as likely.)

    Source: Liu et al., SSD: Single Shot MultiBox Detector, 2016, and the authors' Caffe code.
    """

    name: Literal["photometric"] = "photometric"
    brightness: Annotated[float, Field(ge=0, le=255)] = 32
    """The most that is added to or taken from every value of 0 to 255."""
    contrast: Annotated[float, Field(ge=0, lt=1)] = 0.5
    """Values are multiplied by 1 - contrast to 1 + contrast."""
    saturation: Annotated[float, Field(ge=0, lt=1)] = 0.5
    """Saturation is multiplied by 1 - saturation to 1 + saturation."""
    hue: Annotated[float, Field(ge=0, le=180)] = 36
    """The most that hue is turned, in degrees."""


class Expand(AugmentationSettings):
    """Puts the image somewhere on a larger canvas of one colour, so that objects become smaller.

    Source: Liu et al., SSD: Single Shot MultiBox Detector, 2016, section 3.6.
    """

    name: Literal["expand"] = "expand"
    probability: Probability = 0.5
    """Of doing it at all."""
    largest: Annotated[float, Field(ge=1, le=16)] = 4.0
    """The most by which each side grows."""
    fill: tuple[Value, Value, Value] = (124, 116, 104)
    """RGB of the canvas; the default is the mean of ImageNet."""


class Crop(AugmentationSettings):
    """Cuts out a part that overlaps objects by a randomly chosen least IoU, or keeps the whole.

    Objects whose centre is cut off are dropped, the others clipped.

    Source: Liu et al., SSD: Single Shot MultiBox Detector, 2016, section 2.2; which objects are meant is GluonCV's
    reading of it, `random_crop_with_constraints`, by default.
    """

    name: Literal["crop"] = "crop"
    overlaps: tuple[Probability, ...] = (0.1, 0.3, 0.5, 0.7, 0.9)
    """The least IoU of the part with objects; one that can be met is drawn, or none at all, or no crop."""
    objects: Literal["all", "some"] = "all"
    """Whether all objects must overlap the part so, as in GluonCV, or one is enough, as in the authors' Caffe code.

    Where objects are many or small, the first leaves parts of any size, and the second cuts close to one of them.
    """
    smallest: Annotated[float, Field(gt=0, le=1)] = 0.3
    """The least share of each side that is kept."""
    aspect_ratio: Annotated[float, Field(ge=1, le=100)] = 2.0
    """Width to height of the part is between 1 / aspect_ratio and aspect_ratio."""
    attempts: Annotated[int, Field(ge=1, le=10_000)] = 50
    """How often a part is drawn before another overlap is tried."""


class Stretch(AugmentationSettings):
    """Stretches to the size in the network's input with a random interpolation, so that none is learnt.

    What is not of that size after the last step is resized as `resize` says, as in scoring: without
    this step that is the whole image.

    Source: the Caffe code of the authors of SSD, `resize_param` of its training scripts.
    """

    name: Literal["stretch"] = "stretch"
    interpolations: Annotated[tuple[Interpolation, ...], Field(min_length=1)] = (
        "nearest",
        "linear",
        "cubic",
        "area",
        "lanczos",
    )
    """All are as likely."""


class Flip(AugmentationSettings):
    """Mirrors left and right.

    Source: Liu et al., SSD: Single Shot MultiBox Detector, 2016, section 2.2.
    """

    name: Literal["flip"] = "flip"
    probability: Probability = 0.5
    """Of doing it at all."""


SSD_AUGMENTATION: tuple[AugmentationSettings, ...] = (Photometric(), Expand(), Crop(), Stretch(), Flip())
"""The recipe of SSD."""

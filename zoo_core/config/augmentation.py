"""The random changes of training images, step by step: the recipes of SSD and CenterNet as settings."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from zoo_core.parts.resizing import Interpolation
from zoo_core.parts.training_components import AugmentationSettings

__all__ = ["Affine", "ColorJitter", "Crop", "Expand", "Flip", "Photometric", "Stretch"]

Probability = Annotated[float, Field(ge=0, le=1)]
Spread = Annotated[float, Field(ge=0, lt=1)]
Value = Annotated[int, Field(ge=0, le=255)]


class Photometric(AugmentationSettings):
    """Changes brightness, contrast, saturation and hue, each with probability 1/2.

    The hue of 18 in the Caffe code is on OpenCV's scale of 0 to 179, so 36 degrees. (GluonCV
    multiplies 18 by pi, and so turns hue by any angle, all equally likely.)

    Source: Liu et al., SSD: Single Shot MultiBox Detector, 2016, and the authors' Caffe code.
    """

    name: Literal["photometric"] = "photometric"
    brightness: Annotated[float, Field(ge=0, le=255)] = 32
    """Largest amount added to or subtracted from every value (0 to 255)."""
    contrast: Annotated[float, Field(ge=0, lt=1)] = 0.5
    """Values are multiplied by 1 - contrast to 1 + contrast."""
    saturation: Annotated[float, Field(ge=0, lt=1)] = 0.5
    """Saturation is multiplied by 1 - saturation to 1 + saturation."""
    hue: Annotated[float, Field(ge=0, le=180)] = 36
    """Largest rotation of the hue, in degrees."""


class Expand(AugmentationSettings):
    """Places the image at random on a larger canvas of one colour, so that objects become smaller.

    Source: Liu et al., SSD: Single Shot MultiBox Detector, 2016, section 3.6.
    """

    name: Literal["expand"] = "expand"
    probability: Probability = 0.5
    """Probability that the step is applied."""
    largest: Annotated[float, Field(ge=1, le=16)] = 4.0
    """Largest factor by which each side grows."""
    fill: tuple[Value, Value, Value] = (124, 116, 104)
    """RGB colour of the canvas; the default is the mean of ImageNet."""


class Crop(AugmentationSettings):
    """Crops a part whose IoU with objects is at least a randomly chosen minimum, or keeps the whole image.

    Objects whose centre is cropped away are dropped, the others are clipped.

    Source: Liu et al., SSD: Single Shot MultiBox Detector, 2016, section 2.2; which objects are meant is GluonCV's
    reading of it, `random_crop_with_constraints`, by default.
    """

    name: Literal["crop"] = "crop"
    overlaps: tuple[Probability, ...] = (0.1, 0.3, 0.5, 0.7, 0.9)
    """Minimum IoUs of the crop with objects; one that can be met is drawn, or no minimum, or no crop."""
    objects: Literal["all", "some"] = "all"
    """Whether all objects must overlap the crop that much, as in GluonCV, or just one, as in the authors' Caffe code.

    With many or small objects, the first allows crops of any size, and the second crops tightly around one of them.
    """
    smallest: Annotated[float, Field(gt=0, le=1)] = 0.3
    """Smallest share of each side that is kept."""
    aspect_ratio: Annotated[float, Field(ge=1, le=100)] = 2.0
    """Width / height of the crop is between 1 / aspect_ratio and aspect_ratio."""
    attempts: Annotated[int, Field(ge=1, le=10_000)] = 50
    """How often a crop is drawn before another overlap is tried."""


class Affine(AugmentationSettings):
    """Moves and scales the image at random, so that it fills the input or less; what is left over is filled.

    Objects that lie outside are dropped, the others are clipped. The image as large as the input allows
    is scaled by 1 / f, where f is normal around 1, and a random point of it comes to the middle.

    Source: Zhou et al., Objects as Points, 2019, section 5, and the authors' code; GluonCV 0.10.5,
    gluoncv/data/transforms/presets/center_net.py, CenterNetDefaultTrainTransform.
    """

    name: Literal["affine"] = "affine"
    whole_input: ClassVar[bool] = True

    spread: Spread = 0.4
    """Standard deviation of f, which is clipped to 1 - spread and 1 + spread."""
    border: Annotated[int, Field(ge=0, le=100_000)] = 128
    """Least distance in pixels of the point from the border of the image; halved until it is less than half of the
    side."""
    fill: tuple[Value, Value, Value] = (0, 0, 0)
    """RGB colour of what is left over."""


class ColorJitter(AugmentationSettings):
    """Changes brightness, contrast and saturation in random order, then adds a colour along the axes of all colours.

    These are the principal components of the pixels of COCO (the lighting noise of AlexNet).

    Source: Krizhevsky et al., ImageNet Classification with Deep Convolutional Neural Networks, 2012, section 4.1; the
    code of Zhou et al., Objects as Points, 2019; GluonCV 0.10.5, gluoncv/data/transforms/experimental/image.py,
    np_random_color_distort.
    """

    name: Literal["color_jitter"] = "color_jitter"
    brightness: Spread = 0.4
    """Values are multiplied by 1 - brightness to 1 + brightness."""
    contrast: Spread = 0.4
    """Distances from the mean grey are multiplied by 1 - contrast to 1 + contrast."""
    saturation: Spread = 0.4
    """Distances from the grey of each pixel are multiplied by 1 - saturation to 1 + saturation."""
    lighting: Annotated[float, Field(ge=0, le=10)] = 0.1
    """Standard deviation of how much of each principal component is added."""


class Stretch(AugmentationSettings):
    """Stretches to the size in the network's input with a random interpolation, so that none is learned.

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
    """Interpolations to draw from, all equally likely."""


class Flip(AugmentationSettings):
    """Flips the image left to right.

    Source: Liu et al., SSD: Single Shot MultiBox Detector, 2016, section 2.2.
    """

    name: Literal["flip"] = "flip"
    probability: Probability = 0.5
    """Probability that the step is applied."""

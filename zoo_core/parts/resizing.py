"""The light half of resizing, which is all of it: where a picture lies in the network's input."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Literal

from zoo_core.parts.component_settings import ComponentSettings
from zoo_core.parts.geometry import ImageSize, Placement

__all__ = ["ANY_SIZE", "AnyInterpolation", "Interpolation", "ResizeSettings"]

Interpolation = Literal["nearest", "linear", "cubic", "area", "lanczos"]
AnyInterpolation = Literal["nearest", "linear", "cubic", "area", "lanczos", "auto"]
"""Those of augmentation, and one that is chosen for each picture."""
ANY_SIZE = ImageSize(1, 1)


class ResizeSettings(ComponentSettings):
    """How a picture comes to the size of the network's input."""

    kind: ClassVar[str] = "resize"
    has_heavy_half: ClassVar[bool] = False

    interpolation: AnyInterpolation = "linear"
    """How pixels between pixels are found. ``auto`` is GluonCV's and MXNet's 9: ``area`` where both sides shrink,
    ``cubic`` where both grow, else ``linear``."""
    rounded: bool = False
    """Whether pixels are rounded to whole values, as MXNet and GluonCV have them: the arithmetic is then OpenCV's for
    pictures of 8 bits."""

    @abstractmethod
    def placement(self, picture: ImageSize, input_size: ImageSize, least: ImageSize = ANY_SIZE) -> Placement:
        """The size of the network's input for a picture, and where in it the picture lies.

        Args:
            picture: the size of the picture as it is.
            input_size: that of the configuration.
            least: the smallest input that the network can run.
        """

    def in_training(self) -> ResizeSettings:
        """How training resizes, whose batches need one shape."""
        return self

    def extremes(self, input_size: ImageSize) -> tuple[ImageSize, ...]:  # noqa: ARG002  # for those that vary
        """The outermost sizes of the network's input where pictures decide about it; else none."""
        return ()

    def interpolation_for(self, picture: ImageSize, resized: ImageSize) -> Interpolation:
        """The interpolation from one size to another.

        Source: MXNet 1.9.1, mxnet/image/image.py, _get_interp_method.
        """
        if self.interpolation != "auto":
            return self.interpolation
        if resized.height > picture.height and resized.width > picture.width:
            return "cubic"
        if resized.height < picture.height and resized.width < picture.width:
            return "area"
        return "linear"

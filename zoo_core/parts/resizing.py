"""The light half of resizing, which is all of it: where a picture lies in the network's input."""

from abc import abstractmethod
from typing import ClassVar, Literal

from zoo_core.common.errors import PluginError, ZooError
from zoo_core.parts.component_settings import ComponentSettings
from zoo_core.parts.geometry import ImageSize, Placement
from zoo_core.parts.guarding import Guarded, reason_of
from zoo_core.parts.promises import broken_promise

__all__ = ["ANY_SIZE", "AnyInterpolation", "Interpolation", "ResizeSettings", "placed"]

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

    def in_training(self) -> "ResizeSettings":
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


def placed(resize: ResizeSettings, picture: ImageSize, input_size: ImageSize, least: ImageSize = ANY_SIZE) -> Placement:
    """What `ResizeSettings.placement` gives, once it is clear that pictures can be put there.

    Raises:
        PluginError: it fails, or the picture would have no pixel or not lie in the input, or the input be too small.
    """
    try:
        with Guarded(seconds=None):
            found: object = resize.placement(picture, input_size, least)
    except ZooError as error:
        raise PluginError(f"resizing {resize.name!r} fails for a picture of {picture}: {reason_of(error)}") from error
    if not isinstance(found, Placement):
        raise broken_promise(resize, "a Placement", f"a {type(found).__name__} for a picture of {picture}")
    bottom, right = found.top + found.picture.height, found.left + found.picture.width
    if min(found.picture) < 1 or min(found.top, found.left) < 0 or bottom > found.input[0] or right > found.input[1]:
        where = f"{found.picture} at row {found.top} and column {found.left} of an input of {found.input}"
        raise broken_promise(resize, "a place within the input", f"{where} for a picture of {picture}")
    if found.input.height < least.height or found.input.width < least.width:
        raise broken_promise(resize, f"an input of at least {least}", f"{found.input} for a picture of {picture}")
    return found

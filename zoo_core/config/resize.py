"""How a picture comes to the size of the network's input: the settings, and where the picture then lies in it."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Literal, Self, cast

from pydantic import BeforeValidator, Field, PositiveInt, SerializeAsAny, model_validator

from zoo_core.config.augmentation import Interpolation
from zoo_core.parts.choices import NamedSettings, choice
from zoo_core.parts.geometry import ImageSize, Placement

__all__ = ["RESIZES", "LetterboxResize", "Resize", "ResizeSettings", "ShortSideResize", "StretchResize", "resize_from"]

AnyInterpolation = Literal["nearest", "linear", "cubic", "area", "lanczos", "auto"]
"""Those of augmentation, and one that is chosen for each picture."""

_ANY = ImageSize(1, 1)
_Value = Annotated[int, Field(ge=0, le=255)]


class ResizeSettings(NamedSettings):
    """How a picture comes to the size of the network's input."""

    interpolation: AnyInterpolation = "linear"
    """How pixels between pixels are found. ``auto`` is GluonCV's and MXNet's 9: ``area`` where both sides shrink,
    ``cubic`` where both grow, else ``linear``."""
    rounded: bool = False
    """Whether pixels are rounded to whole values, as MXNet and GluonCV have them: the arithmetic is then OpenCV's for
    pictures of 8 bits."""

    @abstractmethod
    def placement(self, picture: ImageSize, input_size: ImageSize, least: ImageSize = _ANY) -> Placement:
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


class StretchResize(ResizeSettings):
    """To `input_size` in both directions, whatever the aspect ratio of the picture.

    With ``interpolation: auto`` and ``rounded: true`` it is what GluonCV's validation does.
    """

    name: Literal["stretch"] = "stretch"

    def placement(self, picture: ImageSize, input_size: ImageSize, least: ImageSize = _ANY) -> Placement:  # noqa: ARG002
        """All of the input."""
        return Placement.filling(input_size)


class ShortSideResize(ResizeSettings):
    """The shorter side to one length, the longer one in proportion: every aspect ratio has an input size of its own.

    The defaults are those of GluonCV's demo. Training, whose batches need one shape, stretches to `input_size`.

    Source: GluonCV 0.10.5, gluoncv/data/transforms/image.py, resize_short_within.
    """

    name: Literal["short_side"] = "short_side"
    interpolation: AnyInterpolation = "cubic"
    rounded: bool = True
    short: PositiveInt | None = None
    """Length of the shorter side in pixels; null for the shorter side of `input_size`."""
    longest: PositiveInt = 1024
    """The longer side is at most this; the shorter one then becomes shorter, though never less than the backbone
    needs."""
    multiple: PositiveInt = 1
    """Both sides are rounded to multiples of this."""

    @model_validator(mode="after")
    def _limits_agree(self) -> Self:
        if self.short is not None and self.longest < self.short:
            raise ValueError(f"longest is {self.longest}, and should be at least short, which is {self.short}")
        if self.longest < self.multiple:
            raise ValueError(f"longest is {self.longest}, and should be at least multiple, which is {self.multiple}")
        return self

    def placement(self, picture: ImageSize, input_size: ImageSize, least: ImageSize = _ANY) -> Placement:
        """All of an input of the picture's aspect ratio."""
        scale = self._short(input_size) / min(picture)
        if self._rounded(scale * max(picture)) > self.longest:
            scale = self.longest // self.multiple * self.multiple / max(picture)
        sides = (max(self._rounded(side * scale), low) for side, low in zip(picture, least, strict=True))
        return Placement.filling(ImageSize(*sides))

    def in_training(self) -> ResizeSettings:
        """Stretching with the same interpolation."""
        return StretchResize(interpolation=self.interpolation, rounded=self.rounded)

    def extremes(self, input_size: ImageSize) -> tuple[ImageSize, ...]:
        """Of a square picture, and of the widest and the tallest that are not shortened."""
        short, longest = self._rounded(self._short(input_size)), self._rounded(self.longest)
        return ImageSize(short, short), ImageSize(short, longest), ImageSize(longest, short)

    def _short(self, input_size: ImageSize) -> int:
        return min(input_size) if self.short is None else self.short

    def _rounded(self, side: float) -> int:
        return round(side / self.multiple) * self.multiple


class LetterboxResize(ResizeSettings):
    """In the middle of `input_size`, as large as it can be with its aspect ratio; what is left over has one colour."""

    name: Literal["letterbox"] = "letterbox"
    fill: tuple[_Value, _Value, _Value] = (114, 114, 114)
    """The colour around the picture: red, green and blue from 0 to 255."""
    enlarge: bool = True
    """Whether pictures that are smaller than the input are enlarged."""

    def placement(self, picture: ImageSize, input_size: ImageSize, least: ImageSize = _ANY) -> Placement:  # noqa: ARG002
        """The middle of the input; an odd pixel that is left over is below or on the right."""
        scale = min(side / own for side, own in zip(input_size, picture, strict=True))
        if not self.enlarge:
            scale = min(scale, 1.0)
        height, width = (min(max(round(own * scale), 1), side) for side, own in zip(input_size, picture, strict=True))
        top, left = (input_size.height - height) // 2, (input_size.width - width) // 2
        return Placement(input_size, ImageSize(height, width), top, left)


RESIZES: tuple[type[ResizeSettings], ...] = (StretchResize, ShortSideResize, LetterboxResize)

_chosen = choice("a resizing", RESIZES)

Resize = Annotated[SerializeAsAny[ResizeSettings], BeforeValidator(_chosen)]


def resize_from(value: object) -> ResizeSettings:
    """The settings of a name, or of a table with a name.

    Raises:
        ValueError: `value` is neither, or has faults.
    """
    return cast("ResizeSettings", _chosen(value))

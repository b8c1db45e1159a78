"""The core's own ways to bring a picture to the size of the network's input."""

from typing import Annotated, Literal, Self

from pydantic import Field, PositiveInt, model_validator

from zoo_core.parts.geometry import ImageSize, Placement, Region, WarpedPlacement
from zoo_core.parts.resizing import ANY_SIZE, AnyInterpolation, ResizeSettings

__all__ = ["LetterboxResize", "ShortSideResize", "StretchResize"]

_Value = Annotated[int, Field(ge=0, le=255)]


class StretchResize(ResizeSettings):
    """To `input_size` in both directions, whatever the aspect ratio of the picture.

    With ``interpolation: auto`` and ``rounded: true`` it is what GluonCV's validation does.

    Source: Liu et al., SSD: Single Shot MultiBox Detector, 2016; GluonCV 0.10.5, SSDDefaultValTransform.
    """

    name: Literal["stretch"] = "stretch"

    def placement(self, picture: ImageSize, input_size: ImageSize, least: ImageSize = ANY_SIZE) -> Placement:  # noqa: ARG002
        """All of the input."""
        return Placement.filling(input_size)


class ShortSideResize(ResizeSettings):
    """The shorter side to one length, the longer in proportion: every aspect ratio has its own input size.

    The defaults are those of GluonCV's demo. Training, whose batches need one shape, stretches to `input_size`.

    Source: GluonCV 0.10.5, gluoncv/data/transforms/image.py, resize_short_within.
    """

    name: Literal["short_side"] = "short_side"
    interpolation: AnyInterpolation = "cubic"
    rounded: bool = True
    short: PositiveInt | None = None
    """Length of the shorter side in pixels; null for the shorter side of `input_size`."""
    longest: PositiveInt = 1024
    """Limit of the longer side; the shorter side is then reduced too, though never below what the backbone
    needs."""
    multiple: PositiveInt = 1
    """Both sides are rounded to multiples of this number."""

    @model_validator(mode="after")
    def _limits_agree(self) -> Self:
        if self.short is not None and self.longest < self.short:
            raise ValueError(f"longest is {self.longest}, but should be at least short, which is {self.short}")
        if self.longest < self.multiple:
            raise ValueError(f"longest is {self.longest}, but should be at least multiple, which is {self.multiple}")
        return self

    def placement(self, picture: ImageSize, input_size: ImageSize, least: ImageSize = ANY_SIZE) -> Placement:
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
    """In the middle of `input_size`, as large as its aspect ratio allows; the rest is filled with one colour.

    With ``warp: true``, ``rounded: true`` and black it is what GluonCV's CenterNet does for square inputs.

    Source: Redmon, Darknet, letterbox_image in src/image.c; GluonCV 0.10.5,
    gluoncv/data/transforms/presets/center_net.py, CenterNetDefaultValTransform (warp).
    """

    name: Literal["letterbox"] = "letterbox"
    fill: tuple[_Value, _Value, _Value] = (114, 114, 114)
    """Colour around the picture: red, green and blue from 0 to 255."""
    enlarge: bool = True
    """Whether pictures that are smaller than the input are enlarged."""
    warp: bool = False
    """Whether the picture begins and ends at fractions of a pixel. Its pixels are then found as by an affine map of
    their positions, which has the first at the very corner and blends the last with the colour around it."""

    @model_validator(mode="after")
    def _can_be_warped(self) -> Self:
        if self.warp and self.interpolation in {"area", "auto"}:
            raise ValueError(
                f"a picture cannot be warped with interpolation {self.interpolation!r}, "
                "but with nearest, linear, cubic or lanczos"
            )
        return self

    def placement(self, picture: ImageSize, input_size: ImageSize, least: ImageSize = ANY_SIZE) -> Placement:  # noqa: ARG002
        """The middle of the input; an odd pixel that is left over is below or on the right, unless it is halved."""
        scale = min(side / own for side, own in zip(input_size, picture, strict=True))
        if not self.enlarge:
            scale = min(scale, 1.0)
        if self.warp and picture != input_size:
            height, width = (scale * own for own in picture)
            left, top = (input_size.width - width) / 2, (input_size.height - height) / 2
            return WarpedPlacement(input_size, Region(left, top, width, height))
        height, width = (min(max(round(own * scale), 1), side) for side, own in zip(input_size, picture, strict=True))
        return Placement(
            input_size,
            ImageSize(height, width),
            top=(input_size.height - height) // 2,
            left=(input_size.width - width) // 2,
        )

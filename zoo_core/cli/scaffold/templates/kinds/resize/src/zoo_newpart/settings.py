"""Where a picture lies in the network's input. Pure Python, for every command imports it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from zoo_core import ImageSize
from zoo_core.plugin_api import Placement, ResizeSettings

__all__ = ["NewpartSettings"]

_Value = Annotated[int, Field(ge=0, le=255)]
_ONE_PIXEL = ImageSize(1, 1)


class NewpartSettings(ResizeSettings):
    """In the upper left corner of the input, as large as its aspect ratio allows; the rest has one colour.

    Source: Ge et al., YOLOX: Exceeding YOLO Series in 2021, 2021; its preproc in yolox/data/data_augment.py.
    """

    name: Literal["newpart"] = "newpart"

    fill: tuple[_Value, _Value, _Value] = (114, 114, 114)
    """The colour of what is left over: red, green and blue from 0 to 255."""

    def placement(self, picture: ImageSize, input_size: ImageSize, least: ImageSize = _ONE_PIXEL) -> Placement:
        """The largest size of the same aspect ratio, with a corner in that of the input."""
        scale = min(input_size.height / picture.height, input_size.width / picture.width)
        height = min(max(int(picture.height * scale), 1), input_size.height)
        width = min(max(int(picture.width * scale), 1), input_size.width)
        return Placement(input_size, ImageSize(height, width))

"""The size of a network's input."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from zoo_core.parts.geometry import ImageSize

__all__ = ["InputSize"]

_LONGEST_SIDE = 8192
"""Of the network's input, in pixels; beyond it the first layers of every network exceed 2^31 numbers, MXNet's limit."""


def _small_enough(size: ImageSize) -> ImageSize:
    if max(size) > _LONGEST_SIDE:
        raise ValueError(f"the sides of the network's input can have at most {_LONGEST_SIDE} pixels")
    return size


InputSize = Annotated[
    ImageSize,
    BeforeValidator(ImageSize.parse),
    AfterValidator(_small_enough),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "format": "HEIGHTxWIDTH"}),
]
"""HEIGHTxWIDTH; one number for a square."""

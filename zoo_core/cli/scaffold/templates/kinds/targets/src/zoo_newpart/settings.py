"""The light half: what can be set. Pure Python, for every command imports it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveInt
from zoo_core import BoxFormat, EncoderSettings

__all__ = ["NewpartSettings"]


class NewpartSettings(EncoderSettings):
    """Every object gets the few anchors that overlap it most.

    Each object has its best anchor for itself. Of the others, an anchor is assigned to the
    object that it overlaps most among those that count it to their best.

    Source: the zoo's template for a target encoder.
    """

    name: Literal["newpart"] = "newpart"
    takes: ClassVar[BoxFormat] = BoxFormat.CORNER_UNIT

    anchors_per_object: PositiveInt = 9
    """Maximum number of anchors for an object, not counting ties."""
    iou: Annotated[float, Field(gt=0, le=1)] = 0.3
    """From the second anchor on an overlap is at least this."""

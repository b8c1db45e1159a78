"""The light half: what can be set. Pure Python, for every command imports it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PositiveFloat
from zoo_core import LossSettings

__all__ = ["NewpartSettings"]


class NewpartSettings(LossSettings):
    """Focal loss of classes, over a softmax, and smooth L1 of offsets.

    Both parts are divided by the number of matched anchors of the whole batch.

    Source: Lin et al., Focal Loss for Dense Object Detection, 2017, section 3.
    """

    name: Literal["newpart"] = "newpart"

    gamma: Annotated[float, Field(ge=1)] = 2
    """How much anchors count less that are classified well already."""
    box_weight: PositiveFloat = 1
    """Weight of the box part against the class part."""

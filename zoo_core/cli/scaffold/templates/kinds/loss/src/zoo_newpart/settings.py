"""The light half: what can be set. Pure Python, for every command imports it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveFloat
from zoo_core.plugin_api import LossSettings, Normalizer

__all__ = ["NewpartSettings"]


class NewpartSettings(LossSettings):
    """Focal loss of classes, over a softmax, and smooth L1 of offsets.

    Both parts are divided by the number of matched anchors of the whole batch.

    Source: Lin et al., Focal Loss for Dense Object Detection, 2017, section 3.
    """

    name: Literal["newpart"] = "newpart"
    normalizer: ClassVar[Normalizer | None] = Normalizer.MATCHES

    gamma: Annotated[float, Field(ge=1)] = 2
    """How much anchors count less that are classified well already."""
    box_weight: PositiveFloat = 1
    """Weight of the box part against the class part."""

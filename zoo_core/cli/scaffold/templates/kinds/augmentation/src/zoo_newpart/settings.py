"""The light half: what can be set. Pure Python, for every command imports it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from zoo_core.plugin_api import AugmentationSettings

__all__ = ["NewpartSettings"]


class NewpartSettings(AugmentationSettings):
    """A rectangle of noise hides a part of the image; boxes stay.

    Source: Zhong et al., Random Erasing Data Augmentation, 2020, algorithm 1.
    """

    name: Literal["newpart"] = "newpart"

    probability: Annotated[float, Field(ge=0, le=1)] = 0.5
    """How often it happens."""
    largest: Annotated[float, Field(gt=0, le=1)] = 0.4
    """The largest area of the rectangle, as a share of the image's."""

"""The light half: what can be set. Pure Python, for every command imports it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator
from zoo_core.plugin_api import HeadSettings

__all__ = ["NewpartSettings"]


class NewpartSettings(HeadSettings):
    """Convolutions of each channel by itself, then 1x1 convolutions that predict: few weights, few multiplications.

    Source: Sandler et al., MobileNetV2: Inverted Residuals and Linear Bottlenecks, 2018, section 6.2 (SSDLite).
    """

    name: Literal["newpart"] = "newpart"

    kernel: Annotated[int, Field(ge=1, le=31)] = 3
    """Side of the window in cells; odd, so that every anchor keeps its cell."""

    @field_validator("kernel")
    @classmethod
    def _odd(cls, kernel: int) -> int:
        if kernel % 2 == 0:
            raise ValueError(f"should be odd, as 1 or 3; given {kernel}")
        return kernel

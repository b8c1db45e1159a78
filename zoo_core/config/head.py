"""The head that detectors have when a configuration names no other: SSD's."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from zoo_core.parts.components import HeadSettings

__all__ = ["SsdHeadSettings"]


class SsdHeadSettings(HeadSettings):
    """Two convolutions on each feature map, of its own: one for the scores and one for the four numbers.

    Source: Liu et al., SSD: Single Shot MultiBox Detector, 2016, section 2.1.
    """

    name: Literal["ssd"] = "ssd"

    kernel: Annotated[int, Field(ge=1, le=31)] = 3
    """Kernel size in cells; odd, so that every anchor keeps its cell."""

    @field_validator("kernel")
    @classmethod
    def _odd(cls, kernel: int) -> int:
        if kernel % 2 == 0:
            raise ValueError(f"should be odd, as 1 or 3, so that every anchor keeps its cell; given {kernel}")
        return kernel

"""The light half of SSD's loss."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from zoo_core.plugin_api import LossSettings, Normalizer

__all__ = ["SSDMultiBoxLossSettings"]


class SSDMultiBoxLossSettings(LossSettings):
    """SSD's loss: cross-entropy of matched anchors and of the hardest negatives, and smooth L1 of offsets.

    Both parts are divided by the number of matched anchors of the whole batch.

    Source: Liu et al., SSD: Single Shot MultiBox Detector, 2016, sections 2.2 and 2.3; GluonCV
    0.10.5, gluoncv/loss.py, SSDMultiBoxLoss.
    """

    name: Literal["ssd_multibox"] = "ssd_multibox"
    normalizer: ClassVar[Normalizer | None] = Normalizer.MATCHES

    negative_mining_ratio: Annotated[float, Field(ge=0, le=1e6)] = 3
    """Background anchors that count in an image for each matched one: those with the highest cross-entropy."""
    min_hard_negatives: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """At least so many background anchors of an image count, even if no anchor is matched."""
    rho: Annotated[float, Field(ge=1e-6, le=1e6)] = 1
    """Errors of an offset above this count linearly, those below it by their square."""
    lambd: Annotated[float, Field(ge=0, le=1e6)] = 1
    """Weight of the box part against the class part."""

"""The light half of the book's loss."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from zoo_core.plugin_api import LossSettings, Normalizer

__all__ = ["MultiBoxLossSettings"]


class MultiBoxLossSettings(LossSettings):
    """The book's loss: mean cross-entropy of all anchors plus mean absolute error of matched offsets.

    Source: Zhang et al., Dive into Deep Learning, section 14.7; the mining is that of MXNet
    1.9.1, src/operator/contrib/multibox_target.cc.
    """

    name: Literal["multibox"] = "multibox"
    normalizer: ClassVar[Normalizer | None] = Normalizer.IMAGES

    negative_mining_ratio: Annotated[float, Field(gt=0, le=1e6)] | None = None
    """Only so many background anchors for each matched one count in an image, those that the
    network takes for background the least; null for all of them, as the book has it."""
    box_weight: Annotated[float, Field(gt=0, le=1e6)] = 1.0
    """Weight of the box part. It is a mean over all anchors, matched or not, so it is small
    where few are matched; more weight makes boxes tighter."""

"""The light half of CenterNet's loss."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from zoo_core.plugin_api import LossSettings, Normalizer, Scoring

__all__ = ["CenterNetLossSettings"]

_Weight = Annotated[float, Field(ge=0, le=1e6)]
_Power = Annotated[float, Field(ge=0, le=100)]


class CenterNetLossSettings(LossSettings):
    """CenterNet's loss: focal loss of heatmaps, and the errors of places and sizes at centres.

    The class part is divided by the number of peaks of the whole batch, the box part by that of matched numbers.

    Source: Zhou et al., Objects as Points, 2019, equations 1 to 4; GluonCV 0.10.5, gluoncv/loss.py, HeatmapFocalLoss
    and MaskedL1Loss, weighed as in its scripts/detection/center_net/train_center_net.py.
    """

    name: Literal["center_net"] = "center_net"
    scoring: ClassVar[Scoring] = Scoring.SIGMOID
    codes: ClassVar[str | None] = "center"
    soft: ClassVar[bool] = True
    normalizer: ClassVar[Normalizer | None] = Normalizer.PEAKS
    box_normalizer: ClassVar[Normalizer | None] = Normalizer.MATCHES

    alpha: _Power = 2
    """How strongly what is nearly right counts less; 0 for plain cross-entropy."""
    beta: _Power = 4
    """How strongly a cell near a centre, which need not be background, counts less."""
    size_weight: _Weight = 0.1
    """Weight of the errors of width and height."""
    place_weight: _Weight = 1
    """Weight of the errors of places in their cells."""

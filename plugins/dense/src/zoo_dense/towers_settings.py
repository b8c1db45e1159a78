"""The light half of the head that RetinaNet and FCOS share."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from zoo_core.plugin_api import FeatureMap, HeadSettings, Scoring

__all__ = ["TowersSettings"]


class TowersSettings(HeadSettings):
    """Two towers of convolutions, for classes and for boxes, with the same weights on every feature map.

    For a loss with objectness the tower of boxes says a third thing, the centre-ness of FCOS.

    Source: Lin et al., Focal Loss for Dense Object Detection, 2017, section 4; Tian et al., FCOS: Fully Convolutional
    One-Stage Object Detection, 2019, section 3.
    """

    name: Literal["towers"] = "towers"
    scorings: ClassVar[frozenset[Scoring]] = frozenset({Scoring.SIGMOID, Scoring.OBJECTNESS})

    depth: Annotated[int, Field(ge=0, le=16)] = 4
    """3x3 convolutions of each tower, each with a ReLU, before the one that predicts."""
    channels: Annotated[int, Field(ge=1, le=2048)] = 256
    """Of each of these."""
    norm: Literal["none", "group"] = "none"
    """What comes before each ReLU: nothing (RetinaNet), or a group norm (FCOS), which does not depend on the batch."""
    groups: Annotated[int, Field(ge=1, le=2048)] = 32
    """Into how many groups a group norm parts the channels."""
    prior: Annotated[float, Field(gt=0, lt=1)] = 0.01
    """The probability of each class at every anchor before anything is learned, so that the many anchors of the
    background do not drown the first steps."""
    scales: bool = False
    """Whether the four numbers are multiplied by a learned factor of each feature map, as in FCOS."""

    @model_validator(mode="after")
    def _groups_are_equal(self) -> Self:
        if self.norm == "group" and self.channels % self.groups:
            raise ValueError(
                f"{self.channels} channels cannot be parted into {self.groups} equal groups: "
                "groups should divide channels"
            )
        return self

    def incompatibility(self, maps: tuple[FeatureMap, ...], anchors_per_cell: tuple[int, ...]) -> str | None:
        """Equal weights for every map need equal channels and equal numbers of anchors."""
        if len({map_.channels for map_ in maps}) > 1:
            channels = ", ".join(str(map_.channels) for map_ in maps)
            return f"needs feature maps of equal channels, as neck 'fpn' makes them, not of {channels}"
        if len(set(anchors_per_cell)) > 1:
            return "needs as many anchors in a cell of each map"
        return None

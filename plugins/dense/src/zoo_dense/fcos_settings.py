"""The light halves of the points, the encoder and the loss of FCOS."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from zoo_core.plugin_api import AnchorSettings, BoxFormat, LossSettings, Normalizer, Scoring, TargetEncoderSettings

__all__ = ["FcosAnchorSettings", "FcosEncoderSettings", "FcosLossSettings"]


class FcosAnchorSettings(AnchorSettings):
    """A point in each cell: an anchor as wide and as high as the stride.

    The centre of cell (i, j) is ((j + 1/2) stride, (i + 1/2) stride).

    Source: Tian et al., FCOS: Fully Convolutional One-Stage Object Detection, 2019, section 3.1.
    """

    name: Literal["fcos"] = "fcos"
    gives: ClassVar[BoxFormat] = BoxFormat.CENTER_PIXEL

    maps: Annotated[int, Field(ge=1, le=16)] = 5
    """Number of feature maps."""

    def anchors_per_cell(self) -> tuple[int, ...]:
        """One."""
        return (1,) * self.maps


class FcosEncoderSettings(TargetEncoderSettings):
    """FCOS' rule: a point near the middle of an object answers for it on the map that is made for its size.

    The four numbers are the logarithms of the distances from the point to the left, upper, right and lower side, in
    strides (in widths and heights of the anchor, if it is not a point); so the network says any number, and exp makes
    a distance of it. A point inside of several objects takes the smallest.

    Source: Tian et al., FCOS: Fully Convolutional One-Stage Object Detection, 2019, sections 3.1 and 3.2; sampling of
    centres as in the authors' code and in torchvision 0.28.0, torchvision/models/detection/fcos.py, which says the
    distances themselves in place of their logarithms.
    """

    name: Literal["fcos"] = "fcos"
    takes: ClassVar[BoxFormat] = BoxFormat.CENTER_PIXEL
    codes: ClassVar[str] = "sides"

    radius: Annotated[float, Field(gt=0, le=1e6)] | None = 1.5
    """A point answers only for objects whose centre is nearer than so many strides in both directions; null for all
    objects around it."""
    reach: Annotated[float, Field(gt=0, le=1e6)] = 8
    """On each map a point answers for objects whose farthest side is between half of this and this, in strides; on
    the finest map also for smaller ones, and on the coarsest for larger ones."""

    def threshold(self) -> float:
        """0: a point inside of an object may answer for it, however little its anchor overlaps it."""
        return 0


class FcosLossSettings(LossSettings):
    """FCOS' loss: focal loss of classes, cross-entropy of centre-ness, and generalised IoU of boxes.

    All are divided by the number of matched points of the whole batch. The centre-ness stands where other families
    have an objectness, so that a score is the product of both; the ranking is that of torchvision's square root of it.

    Source: Tian et al., FCOS: Fully Convolutional One-Stage Object Detection, 2019, equations 2 and 3; Rezatofighi et
    al., Generalized Intersection over Union, 2019; torchvision 0.28.0, torchvision/models/detection/fcos.py.
    """

    name: Literal["fcos"] = "fcos"
    scoring: ClassVar[Scoring] = Scoring.OBJECTNESS
    codes: ClassVar[str | None] = "sides"
    normalizer: ClassVar[Normalizer | None] = Normalizer.MATCHES

    alpha: Annotated[float, Field(ge=0, le=1)] = 0.25
    """Weight of what should be 1; what should be 0 has 1 - alpha."""
    gamma: Annotated[float, Field(ge=0, le=100)] = 2
    """How strongly what is nearly right counts less; 0 for plain cross-entropy."""
    center_weight: Annotated[float, Field(ge=0, le=1e6)] = 1
    """Weight of the centre-ness against the classes."""
    box_weight: Annotated[float, Field(ge=0, le=1e6)] = 1
    """Weight of the box part against the class part."""

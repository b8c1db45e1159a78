"""The light halves of RetinaNet's anchors, encoder and loss."""

from collections.abc import Sequence
from math import exp, fsum, log
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from zoo_core.plugin_api import (
    AnchorSettings,
    BoxFormat,
    DeltaEncoderSettings,
    ImageSize,
    LossSettings,
    Normalizer,
    Scoring,
    Shape,
    Stds,
    fitted_ratios,
    rounded,
    sides_of,
    spread,
)

__all__ = ["RetinaNetAnchorSettings", "RetinaNetEncoderSettings", "RetinaNetLossSettings"]

_Pixels = Annotated[float, Field(ge=1e-2, le=1e5)]
_Factor = Annotated[float, Field(ge=1e-3, le=1e3)]
_Weight = Annotated[float, Field(ge=0, le=1e6)]


class RetinaNetAnchorSettings(AnchorSettings):
    """Anchors in pixels: in each cell every scale with every ratio.

    The anchors of a map of size s have the areas (s * scale) squared and are width : height = ratio, scale by scale.
    The default sizes are four strides of maps of the strides 8 to 128. The centre of cell (i, j) is
    ((j + 1/2) stride, (i + 1/2) stride).

    Source: Lin et al., Focal Loss for Dense Object Detection, 2017, section 4, "Anchors".
    """

    name: Literal["retinanet"] = "retinanet"
    gives: ClassVar[BoxFormat] = BoxFormat.CENTER_PIXEL

    sizes: Annotated[tuple[_Pixels, ...], Field(min_length=1)] = (32, 64, 128, 256, 512)
    """Side in pixels of the square of scale 1, one for each feature map."""
    scales: Annotated[tuple[_Factor, ...], Field(min_length=1)] = (1, 2 ** (1 / 3), 2 ** (2 / 3))
    """Factors of the size of a map: thirds of the way to the next, where sizes double."""
    ratios: Annotated[tuple[_Factor, ...], Field(min_length=1)] = (1, 2, 1 / 2)
    """Width : height, the same on all maps."""

    def anchors_per_cell(self) -> tuple[int, ...]:
        """Every scale with every ratio."""
        return (len(self.scales) * len(self.ratios),) * len(self.sizes)

    def shapes(self, size: float) -> list[Shape]:
        """Width and height in pixels of the anchors in a cell of a map of this size, in their order."""
        return [
            (size * scale * ratio**0.5, size * scale / ratio**0.5) for scale in self.scales for ratio in self.ratios
        ]

    def fitted(self, shapes: Sequence[Sequence[Shape]], image: ImageSize) -> tuple[Self, ...]:  # noqa: ARG002
        """With sizes near these shapes, and with sizes and ratios near them; scales stay."""
        middle = exp(fsum(map(log, self.scales)) / len(self.scales))
        sizes = [
            rounded(spread(sides_of(wanted), 1)[0] / middle) if wanted else own
            for wanted, own in zip(shapes, self.sizes, strict=True)
        ]
        everything = [shape for wanted in shapes for shape in wanted]
        ratios = fitted_ratios(everything, len(self.ratios), self.ratios[0]) if everything else self.ratios
        return tuple(
            self.model_validate({**self.model_dump(), "sizes": sizes, **more}) for more in ({}, {"ratios": ratios})
        )


class RetinaNetEncoderSettings(DeltaEncoderSettings):
    """RetinaNet's rule: an anchor joins its best object from one IoU on, and is ignored from a lower one on.

    The anchors that overlap an object most, all of equal IoU, join their own best object however little that is, so
    that hardly an object has no anchor. An object that no anchor overlaps has none.

    Source: Lin et al., Focal Loss for Dense Object Detection, 2017, section 4, "Anchors"; the anchors that overlap an
    object most are those of torchvision 0.28.0, torchvision/models/detection/_utils.py, Matcher.
    """

    name: Literal["retinanet"] = "retinanet"
    takes: ClassVar[BoxFormat] = BoxFormat.CORNER_UNIT

    stds: Stds = (1, 1, 1, 1)
    """Divisors of the offsets of centre x, centre y, width and height."""
    iou: Annotated[float, Field(gt=0, le=1)] = 0.5
    """An anchor joins the object that it overlaps most when their IoU is at least this."""
    ignore_iou: Annotated[float, Field(gt=0, le=1)] = 0.4
    """Other anchors are ignored when their highest IoU is at least this; equal to `iou` for none."""
    low_quality: bool = True
    """Whether the anchors that overlap an object most are matched even if their IoU is below `iou`."""

    @model_validator(mode="after")
    def _band_lies_below(self) -> Self:
        if self.ignore_iou > self.iou:
            raise ValueError(f"ignore_iou should be at most iou, which is {self.iou:g}; given {self.ignore_iou:g}")
        return self

    def threshold(self) -> float:
        """The setting `iou`."""
        return self.iou


class RetinaNetLossSettings(LossSettings):
    """RetinaNet's loss: focal loss of every class at every anchor, and smooth L1 of the four numbers.

    Both parts are divided by the number of matched anchors of the whole batch.

    Source: Lin et al., Focal Loss for Dense Object Detection, 2017, section 3 and equation 5.
    """

    name: Literal["retinanet"] = "retinanet"
    scoring: ClassVar[Scoring] = Scoring.SIGMOID
    normalizer: ClassVar[Normalizer | None] = Normalizer.MATCHES

    alpha: Annotated[float, Field(ge=0, le=1)] = 0.25
    """Weight of what should be 1; what should be 0 has 1 - alpha."""
    gamma: Annotated[float, Field(ge=0, le=100)] = 2
    """How strongly what is nearly right counts less; 0 for plain cross-entropy."""
    beta: Annotated[float, Field(ge=0, le=1e6)] = 0.1
    """Errors of a number above this count linearly, those below it by their square; 0 for the absolute error."""
    box_weight: _Weight = 1
    """Weight of the box part against the class part."""

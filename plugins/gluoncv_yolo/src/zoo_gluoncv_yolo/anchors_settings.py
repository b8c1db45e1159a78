"""The light half of YOLO3's anchors."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field

from zoo_core.plugin_api import AnchorSettings, BoxFormat, ImageSize, Shape, rounded

__all__ = ["YoloAnchorSettings"]

_Pixels = Annotated[float, Field(ge=1e-2, le=1e5)]
_Shapes = Annotated[tuple[tuple[_Pixels, _Pixels], ...], Field(min_length=1, max_length=64)]


class YoloAnchorSettings(AnchorSettings):
    """Anchors of given widths and heights in pixels around the centre of each cell, the coarsest map first.

    The centre of cell (i, j) is ((j + 1/2) stride, (i + 1/2) stride).

    Source: Redmon and Farhadi, YOLOv3: An Incremental Improvement, 2018, section 2.3; GluonCV 0.10.5,
    gluoncv/model_zoo/yolo/yolo3.py.
    """

    name: Literal["yolo3"] = "yolo3"
    gives: ClassVar[BoxFormat] = BoxFormat.CENTER_PIXEL

    shapes: Annotated[tuple[_Shapes, ...], Field(min_length=1, max_length=13)] = (
        ((116, 90), (156, 198), (373, 326)),
        ((30, 61), (62, 45), (59, 119)),
        ((10, 13), (16, 30), (33, 23)),
    )
    """Width and height of the anchors of a cell in pixels of the network's input, for each feature map, in the order
    of the maps: those of `yolo3` (neck) begin with the coarsest."""

    def anchors_per_cell(self) -> tuple[int, ...]:
        """One for each shape."""
        return tuple(len(each) for each in self.shapes)

    def fitted(self, shapes: Sequence[Sequence[Shape]], image: ImageSize) -> tuple[Self, ...]:  # noqa: ARG002
        """With these very shapes; a map without any keeps its own."""
        chosen = [
            [[rounded(side) for side in shape] for shape in wanted] or own
            for wanted, own in zip(shapes, self.shapes, strict=True)
        ]
        return (self.model_validate({**self.model_dump(), "shapes": chosen}),)

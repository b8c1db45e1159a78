"""The light halves, and one detector of each family."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, PositiveInt

from zoo_core.plugin_api import (
    AnchorSettings,
    BackboneSettings,
    BoxFormat,
    Component,
    FeatureMap,
    HeadSettings,
    ImageSize,
    LossSettings,
    NeckSettings,
    Normalizer,
    Scoring,
    Shape,
    TargetEncoderSettings,
    hookimpl,
)

COUNT = Annotated[int, Field(ge=1, le=64)]


class StepsSettings(BackboneSettings):
    """A convolution with stride 2 for each map.

    Source: nobody.
    """

    name: Literal["steps"] = "steps"
    channels: Annotated[tuple[COUNT, ...], Field(min_length=1, max_length=6)] = (6, 8, 8)
    first_stride: Literal[2, 4] = 4

    def feature_maps(self, image: ImageSize) -> tuple[FeatureMap, ...]:
        """Each half as large as the one before, rounded up."""
        maps, stride = [], self.first_stride
        for channels in self.channels:
            maps.append(FeatureMap(channels, -(-image.height // stride), -(-image.width // stride), stride))
            stride *= 2
        return tuple(maps)

    def smallest_input(self) -> ImageSize:
        """Whatever there is."""
        return ImageSize(1, 1)


class TopDownSettings(NeckSettings):
    """Each map with the coarser ones in it, all of the same channels, and further ones.

    Source: Lin et al., Feature Pyramid Networks for Object Detection, 2017, in little.
    """

    name: Literal["top_down"] = "top_down"
    channels: COUNT = 8
    """Of each map that it makes."""
    extra: Annotated[int, Field(ge=0, le=3)] = 1
    """Further maps, each half as large as the one before."""
    coarsest_first: bool = False
    """Whether the map with the largest cells comes first, as in YOLO."""

    def feature_maps(self, maps: tuple[FeatureMap, ...]) -> tuple[FeatureMap, ...]:
        """As many as there are, and the further ones."""
        made = [each._replace(channels=self.channels) for each in maps]
        for _ in range(self.extra):
            last = made[-1]
            made.append(FeatureMap(self.channels, -(-last.height // 2), -(-last.width // 2), 2 * last.stride))
        return tuple(made[::-1] if self.coarsest_first else made)

    def incompatibility(self, maps: tuple[FeatureMap, ...]) -> str | None:
        """A map is at most twice as large as the next."""
        for index, (fine, coarse) in enumerate(pairwise(maps), start=1):
            if fine.height > 2 * coarse.height or fine.width > 2 * coarse.width:
                return f"map {index} of {fine} has more than twice the cells of map {index + 1} of {coarse}"
        return None


class PointSettings(AnchorSettings):
    """A point in the middle of each cell, as an anchor one stride wide.

    Source: Tian et al., FCOS, 2019, in little.
    """

    name: Literal["points"] = "points"
    gives: ClassVar[BoxFormat] = BoxFormat.CENTER_PIXEL
    maps: PositiveInt = 4
    """How many there are."""

    def anchors_per_cell(self) -> tuple[int, ...]:
        """One."""
        return (1,) * self.maps


class ShapesSettings(AnchorSettings):
    """Boxes of some shapes in the middle of each cell.

    Source: Redmon and Farhadi, YOLOv3, 2018, in little.
    """

    name: Literal["box_shapes"] = "box_shapes"
    gives: ClassVar[BoxFormat] = BoxFormat.CENTER_PIXEL
    shapes: tuple[tuple[tuple[float, float], ...], ...] = (
        ((40, 40), (24, 48)),
        ((20, 20), (30, 15)),
        ((8, 8), (12, 12)),
    )
    """Width and height in pixels, of each map."""

    def anchors_per_cell(self) -> tuple[int, ...]:
        """As many as shapes."""
        return tuple(len(each) for each in self.shapes)

    def fitted(self, shapes: Sequence[Sequence[Shape]], image: ImageSize) -> tuple[Self, ...]:  # noqa: ARG002
        """Those shapes, where there are enough for a map."""
        each = [new if len(new) == len(own) else own for new, own in zip(shapes, self.shapes, strict=True)]
        return (self.model_validate({**self.model_dump(), "shapes": each}),)


class SharedHeadSettings(HeadSettings):
    """The same convolutions on every map.

    Source: Lin et al., Focal Loss for Dense Object Detection, 2017, in little.
    """

    name: Literal["shared"] = "shared"
    scorings: ClassVar[frozenset[Scoring]] = frozenset({Scoring.SIGMOID, Scoring.OBJECTNESS})

    def incompatibility(self, maps: tuple[FeatureMap, ...], anchors_per_cell: tuple[int, ...]) -> str | None:
        """All maps are alike."""
        if len({each.channels for each in maps}) > 1:
            return "it needs maps of equal channels"
        return "it needs as many anchors in a cell of every map" if len({*anchors_per_cell}) > 1 else None


class OneConvHeadSettings(HeadSettings):
    """A 1x1 convolution a map for everything.

    Source: Redmon and Farhadi, YOLOv3, 2018, in little.
    """

    name: Literal["one_conv"] = "one_conv"


class SidesSettings(TargetEncoderSettings):
    """A point answers for the smallest object around it; numbers are distances to its sides.

    Source: Tian et al., FCOS, 2019, in little.
    """

    name: Literal["sides"] = "sides"
    takes: ClassVar[BoxFormat] = BoxFormat.CENTER_PIXEL
    codes: ClassVar[str] = "sides"


class CellSettings(TargetEncoderSettings):
    """The cell of an object's middle answers for it, by the anchor of the best shape.

    Source: Redmon and Farhadi, YOLOv3, 2018, in little.
    """

    name: Literal["cell"] = "cell"
    takes: ClassVar[BoxFormat] = BoxFormat.CENTER_PIXEL
    codes: ClassVar[str] = "cell"
    ignore: Annotated[float, Field(gt=0, le=1)] = 0.7
    """An unmatched anchor whose predicted box has more IoU than this with an object is ignored."""


class HeatmapSettings(TargetEncoderSettings):
    """The cell of an object's middle answers for it; its neighbours should say its class a little.

    Source: Zhou et al., Objects as Points, 2019, in little.
    """

    name: Literal["heatmap"] = "heatmap"
    takes: ClassVar[BoxFormat] = BoxFormat.CENTER_PIXEL
    codes: ClassVar[str] = "middle"
    soft: ClassVar[bool] = True


class FocalSettings(LossSettings):
    """Focal loss of each class, and the IoU of sides.

    Source: Tian et al., FCOS, 2019, in little.
    """

    name: Literal["focal_sides"] = "focal_sides"
    scoring: ClassVar[Scoring] = Scoring.SIGMOID
    codes: ClassVar[str | None] = "sides"
    normalizer: ClassVar[Normalizer | None] = Normalizer.MATCHES


class YoloLossSettings(LossSettings):
    """Cross-entropy of objectness, classes and places, and the error of sizes.

    Source: Redmon and Farhadi, YOLOv3, 2018, in little.
    """

    name: Literal["objectness"] = "objectness"
    scoring: ClassVar[Scoring] = Scoring.OBJECTNESS
    codes: ClassVar[str | None] = "cell"
    normalizer: ClassVar[Normalizer | None] = Normalizer.MATCHES


class HeatmapLossSettings(LossSettings):
    """Focal loss of heatmaps, and the error of numbers, whatever they are.

    Source: Zhou et al., Objects as Points, 2019, in little.
    """

    name: Literal["heatmap"] = "heatmap"
    scoring: ClassVar[Scoring] = Scoring.SIGMOID
    soft: ClassVar[bool] = True
    normalizer: ClassVar[Normalizer | None] = Normalizer.MATCHES


@hookimpl
def zoo_components() -> list[Component]:
    """All of them."""
    home = "tests.fake_families"
    return [
        Component(StepsSettings, f"{home}.networks:Steps"),
        Component(TopDownSettings, f"{home}.networks:TopDown"),
        Component(PointSettings, f"{home}.anchors:Points"),
        Component(ShapesSettings, f"{home}.anchors:Shapes"),
        Component(SharedHeadSettings, f"{home}.networks:SharedHead"),
        Component(OneConvHeadSettings, f"{home}.networks:OneConvHead"),
        Component(SidesSettings, f"{home}.encoders:Sides"),
        Component(CellSettings, f"{home}.encoders:Cell"),
        Component(HeatmapSettings, f"{home}.encoders:Heatmap"),
        Component(FocalSettings, f"{home}.losses:FocalSides"),
        Component(YoloLossSettings, f"{home}.losses:Objectness"),
        Component(HeatmapLossSettings, f"{home}.losses:HeatmapLoss"),
    ]


_COMMON = {
    "classes": ["circle", "square", "triangle"],
    "input_size": "48x64",
    "backbone": "steps",
    "data": {"name": "shapes", "train_images": 4, "validation_images": 2},
    "training": {"epochs": 1, "batch_size": 2, "learning_rate": 0.001, "workers": 0},
}


@hookimpl
def zoo_detectors() -> dict[str, dict[str, object]]:
    """One of each family."""
    return {
        "toy_fcos": {
            **_COMMON,
            "neck": "top_down",
            "anchors": "points",
            "head": "shared",
            "targets": "sides",
            "loss": "focal_sides",
        },
        "toy_yolo": {
            **_COMMON,
            "neck": {"name": "top_down", "extra": 0, "coarsest_first": True},
            "anchors": "box_shapes",
            "head": "one_conv",
            "targets": "cell",
            "loss": "objectness",
        },
        "toy_centernet": {
            **_COMMON,
            "backbone": {"name": "steps", "channels": [8]},
            "anchors": {"name": "points", "maps": 1},
            "head": {"kernel": 1},
            "targets": "heatmap",
            "loss": "heatmap",
            "nms": {"peaks": 3, "iou": 1},
        },
    }

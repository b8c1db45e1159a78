"""What a configuration will make, worked out without a tensor."""

from __future__ import annotations

from dataclasses import dataclass

from zoo_core.common.arguments import checked, parsed
from zoo_core.common.notebook import heading, table
from zoo_core.config.features import Features
from zoo_core.config.loading import ConfigSource, load_config
from zoo_core.parts.geometry import FeatureMap, ImageSize, Level
from zoo_core.parts.outputs import Outputs, Scoring
from zoo_core.parts.questions import ask

__all__ = ["Plan", "plan"]

_FLOAT_BYTES = 4


@dataclass(frozen=True)
class Plan:
    """The shapes of a detector.

    Attributes:
        input_size: size of the images that the network sees.
        feature_maps: on which anchors stand, in their order: those of the neck, or of the backbone where there is none.
        anchors_per_cell: anchors per cell of each feature map.
        class_count: number of classes without the background.
        scoring: what the scores of an anchor mean.
        backbone_maps: the outputs of the backbone; `feature_maps` themselves where there is no neck.
    """

    input_size: ImageSize
    feature_maps: tuple[FeatureMap, ...]
    anchors_per_cell: tuple[int, ...]
    class_count: int
    scoring: Scoring
    backbone_maps: tuple[FeatureMap, ...]

    @property
    def outputs(self) -> Outputs:
        """What the head has to predict."""
        return Outputs(self.feature_maps, self.anchors_per_cell, self.class_count, self.scoring)

    @property
    def levels(self) -> tuple[Level, ...]:
        """The cells of each feature map, with their anchors."""
        maps = zip(self.feature_maps, self.anchors_per_cell, strict=True)
        return tuple(Level(map_.height, map_.width, map_.stride, each) for map_, each in maps)

    @property
    def anchors_per_map(self) -> tuple[int, ...]:
        """Number of anchors on each feature map."""
        return tuple(level.anchors for level in self.levels)

    @property
    def anchor_count(self) -> int:
        """N, the number of anchors of an image."""
        return sum(self.anchors_per_map)

    @property
    def score_shape(self) -> tuple[int, int]:
        """(N, S): the scores of one image; see `Scoring`."""
        return self.anchor_count, self.outputs.scores

    @property
    def offset_shape(self) -> tuple[int, int]:
        """(N, 4): the four numbers of each anchor of one image."""
        return self.anchor_count, 4

    @property
    def output_bytes(self) -> int:
        """Memory of the feature maps, scores and offsets of one image in float32, in bytes."""
        made = self.feature_maps if self.backbone_maps == self.feature_maps else self.feature_maps + self.backbone_maps
        maps = sum(map_.channels * map_.cells for map_ in made)
        return _FLOAT_BYTES * (maps + self.anchor_count * (self.outputs.scores + 4))

    @property
    def bytes_per_image(self) -> int:
        """The same with the input of the network, in bytes."""
        return _FLOAT_BYTES * 3 * self.input_size.height * self.input_size.width + self.output_bytes

    def _repr_html_(self) -> str:
        """The feature maps with their anchors, for notebooks."""
        maps = zip(self.feature_maps, self.anchors_per_cell, self.anchors_per_map, strict=True)
        rows = [(map_, map_.channels, map_.stride, each, count) for map_, each, count in maps]
        shapes = f"scores (B, {self.anchor_count}, {self.outputs.scores}), offsets (B, {self.anchor_count}, 4)"
        return heading(f"{self.anchor_count} anchors at {self.input_size}: {shapes}") + table(
            rows, ("map", "channels", "stride", "anchors per cell", "anchors")
        )


@checked(input_size=parsed(ImageSize.parse))
def plan(config: ConfigSource, input_size: ImageSize | str | int | None = None) -> Plan:
    """Feature maps, anchors and output shapes of a detector; imports no mxnet.

    Args:
        config: the detector, or anything that `load_config` takes.
        input_size: of the images that the network sees, as ``300x400``; that of the configuration when None.

    Raises:
        ConfigError: with all problems of the configuration at once.
        UnknownNameError: there is no detector and no file of that name.
        ArgumentError: the size is none.
    """
    settings = load_config(config)
    size = settings.input_size if input_size is None else ImageSize.parse(input_size)
    features = Features(settings.backbone, settings.neck)
    return Plan(
        input_size=size,
        feature_maps=features.at(size),
        anchors_per_cell=ask(settings.anchors, "anchors_per_cell"),
        class_count=len(settings.classes),
        scoring=settings.loss.scoring,
        backbone_maps=features.of_backbone(size),
    )

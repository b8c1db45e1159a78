"""What a configuration will make, worked out without a tensor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zoo_core.parts.geometry import FeatureMap, ImageSize
from zoo_core.parts.questions import ask

if TYPE_CHECKING:
    from zoo_core.config.detector import DetectorConfig

__all__ = ["Plan", "plan"]

_FLOAT_BYTES = 4


@dataclass(frozen=True)
class Plan:
    """The shapes of a detector.

    Attributes:
        input_size: size of the images that the network sees.
        feature_maps: the outputs of the backbone, first map first.
        anchors_per_cell: anchors per cell of each feature map.
        class_count: number of classes without the background.
    """

    input_size: ImageSize
    feature_maps: tuple[FeatureMap, ...]
    anchors_per_cell: tuple[int, ...]
    class_count: int

    @property
    def anchors_per_map(self) -> tuple[int, ...]:
        """Number of anchors on each feature map."""
        return tuple(map_.cells * each for map_, each in zip(self.feature_maps, self.anchors_per_cell, strict=True))

    @property
    def anchor_count(self) -> int:
        """N, the number of anchors of an image."""
        return sum(self.anchors_per_map)

    @property
    def score_shape(self) -> tuple[int, int]:
        """(N, C + 1): the class scores of one image, background first."""
        return self.anchor_count, self.class_count + 1

    @property
    def offset_shape(self) -> tuple[int, int]:
        """(N, 4): the box offsets of one image."""
        return self.anchor_count, 4

    @property
    def output_bytes(self) -> int:
        """Memory of the feature maps, scores and offsets of one image in float32, in bytes."""
        maps = sum(map_.channels * map_.cells for map_ in self.feature_maps)
        return _FLOAT_BYTES * (maps + self.anchor_count * (self.class_count + 1 + 4))

    @property
    def bytes_per_image(self) -> int:
        """The same with the input of the network, in bytes."""
        return _FLOAT_BYTES * 3 * self.input_size.height * self.input_size.width + self.output_bytes


def plan(config: DetectorConfig, input_size: ImageSize | None = None) -> Plan:
    """Feature maps, anchors and output shapes of a detector; imports no mxnet.

    Args:
        config: configuration of the detector.
        input_size: size of the images that the network sees; that of the configuration when None.
    """
    size = config.input_size if input_size is None else input_size
    return Plan(
        input_size=size,
        feature_maps=ask(config.backbone, "feature_maps", size),
        anchors_per_cell=ask(config.anchors, "anchors_per_cell"),
        class_count=len(config.classes),
    )

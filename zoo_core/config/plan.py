"""What a configuration will make, worked out without a tensor; and why parts do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zoo_core.common.errors import Problem, counted, did_you_mean, listed
from zoo_core.parts.components import AnchorSettings, BackboneSettings, DatasetSettings
from zoo_core.parts.geometry import FeatureMap, ImageSize
from zoo_core.parts.questions import ask

if TYPE_CHECKING:
    from zoo_core.config.detector import DetectorConfig
    from zoo_core.config.resize import ResizeSettings

__all__ = ["Plan", "misfits", "plan", "resize_misfits", "strange_classes"]

_FLOAT_BYTES = 4
_SHOWN = 30
"""Classes that a message names; there may be thousands."""


@dataclass(frozen=True)
class Plan:
    """The shapes of a detector.

    Attributes:
        input_size: of the images that the network sees.
        feature_maps: the outputs of the backbone, first map first.
        anchors_per_cell: of each feature map.
        class_count: without the background.
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
        config: of the detector.
        input_size: of the images that the network sees; that of the configuration when None.
    """
    size = config.input_size if input_size is None else input_size
    return Plan(
        input_size=size,
        feature_maps=ask(config.backbone, "feature_maps", size),
        anchors_per_cell=ask(config.anchors, "anchors_per_cell"),
        class_count=len(config.classes),
    )


def misfits(input_size: ImageSize, backbone: BackboneSettings, anchors: AnchorSettings) -> Iterator[Problem]:
    """Why these parts cannot work together at this input size; nothing when they can.

    Raises:
        PluginError: the light half of a part fails to answer.
    """
    smallest: ImageSize = ask(backbone, "smallest_input")
    if input_size.height < smallest.height or input_size.width < smallest.width:
        yield Problem("input_size", f"{input_size} is too small: backbone {backbone.name!r} needs at least {smallest}")
    runnable = ImageSize(max(input_size.height, smallest.height), max(input_size.width, smallest.width))
    maps: tuple[FeatureMap, ...] = ask(backbone, "feature_maps", runnable)
    lists: tuple[int, ...] = ask(anchors, "anchors_per_cell")
    if len(maps) != len(lists):
        yield Problem(
            "anchors",
            f"{anchors.name!r} is set for {counted(len(lists), 'feature map')}, "
            f"but backbone {backbone.name!r} gives {len(maps)} at {runnable} ({listed(map(str, maps))})",
        )


def resize_misfits(
    input_size: ImageSize, backbone: BackboneSettings, anchors: AnchorSettings, resize: ResizeSettings
) -> Iterator[Problem]:
    """Why these parts cannot work at all sizes that resizing gives the network's input, where pictures decide about it.

    Raises:
        PluginError: the light half of a part fails to answer.
    """
    sizes = resize.extremes(input_size)
    smallest: ImageSize = ask(backbone, "smallest_input")
    if too_small := [size for size in sizes if size.height < smallest.height or size.width < smallest.width]:
        yield Problem(
            "resize",
            f"{resize.name!r} makes inputs of {too_small[0]}, which is too small: "
            f"backbone {backbone.name!r} needs at least {smallest}",
        )
        return
    usual = len(ask(backbone, "feature_maps", ImageSize(*map(max, input_size, smallest))))
    if usual != len(ask(anchors, "anchors_per_cell")):
        return  # that is told of `input_size`
    for size in sizes:
        if (count := len(ask(backbone, "feature_maps", size))) != usual:
            yield Problem(
                "resize",
                f"{resize.name!r} makes inputs of {size}, at which backbone {backbone.name!r} gives "
                f"{counted(count, 'feature map')}, but {usual} at {input_size}",
            )
            return


def strange_classes(classes: Sequence[str], data: DatasetSettings) -> Iterator[Problem]:
    """The classes that a data set never shows, where its settings alone say which it has.

    Raises:
        PluginError: the light half of the data set fails to answer.
    """
    known: Sequence[str] | None = ask(data, "class_names")
    there = frozenset(known or ())
    if known is not None and (strange := [name for name in classes if name not in there]):
        guess = did_you_mean(strange[0], known, otherwise=";")
        missing = listed(map(repr, strange), most=_SHOWN)
        yield Problem("classes", f"data set {data.name!r} has no {missing}{guess} it has {listed(known, most=_SHOWN)}")

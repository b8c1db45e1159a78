"""Why parts are incompatible, as their light halves tell it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zoo_core.common.errors import Problem
from zoo_core.common.messages import counted, did_you_mean, listed
from zoo_core.parts.components import AnchorSettings, BackboneSettings, DatasetSettings
from zoo_core.parts.geometry import FeatureMap, ImageSize
from zoo_core.parts.questions import ask
from zoo_core.parts.resizing import ResizeSettings

__all__ = ["incompatibilities", "resize_incompatibilities", "strange_classes"]

_SHOWN = 30
"""Classes that a message names; there may be thousands."""


def incompatibilities(input_size: ImageSize, backbone: BackboneSettings, anchors: AnchorSettings) -> Iterator[Problem]:
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


def resize_incompatibilities(
    input_size: ImageSize, backbone: BackboneSettings, anchors: AnchorSettings, resize: ResizeSettings
) -> Iterator[Problem]:
    """Why these parts cannot work at every input size that resizing makes, where that depends on the picture.

    Raises:
        PluginError: the light half of a part fails to answer.
    """
    sizes: tuple[ImageSize, ...] = ask(resize, "extremes", input_size)
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
        return  # that is reported for `input_size`
    for size in sizes:
        if (count := len(ask(backbone, "feature_maps", size))) != usual:
            yield Problem(
                "resize",
                f"{resize.name!r} makes inputs of {size}, at which backbone {backbone.name!r} gives "
                f"{counted(count, 'feature map')}, but {usual} at {input_size}",
            )
            return


def strange_classes(classes: Sequence[str], data: DatasetSettings) -> Iterator[Problem]:
    """The classes that are not in a data set, where its settings alone say which classes it has.

    Raises:
        PluginError: the light half of the data set fails to answer.
    """
    known: Sequence[str] | None = ask(data, "class_names")
    there = frozenset(known or ())
    if known is not None and (strange := [name for name in classes if name not in there]):
        guess = did_you_mean(strange[0], known, otherwise=";")
        missing = listed(map(repr, strange), most=_SHOWN)
        yield Problem("classes", f"data set {data.name!r} has no {missing}{guess} it has {listed(known, most=_SHOWN)}")

"""Holds the networks of strangers' parts to what their settings promised, where they run for the first time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zoo_core.common.errors import PluginError, ZooError
from zoo_core.common.messages import counted, listed
from zoo_core.engines.gluon import mx
from zoo_core.parts.components import BackboneSettings, LossSettings
from zoo_core.parts.geometry import FeatureMap, ImageSize
from zoo_core.parts.guarding import Guarded, reason_of
from zoo_core.parts.promises import broken_promise

__all__ = ["check_loss", "run_first"]

_IMAGES = 2


def run_first(network: Any, images: Any, settings: BackboneSettings, maps: Sequence[FeatureMap]) -> None:
    """Run a network for the first time, and look at the feature maps that its backbone gives.

    Args:
        network: with a child `backbone`.
        images: (1, 3, H, W).
        settings: of the backbone.
        maps: that they promise for this size.

    Raises:
        PluginError: the backbone fails, or gives other feature maps.
    """
    backbone, running, size = network.backbone, [False], ImageSize(*images.shape[2:])

    def begin(*_: Any) -> None:
        running[0] = True

    def end(_block: Any, _inputs: Any, given: object) -> None:
        running[0] = False
        _check_maps(settings, maps, given, size)

    hooks = [backbone.register_forward_pre_hook(begin), backbone.register_forward_hook(end)]
    try:
        with Guarded(seconds=None, passing=(MemoryError,)):
            network(images)
    except PluginError as error:
        if error.__cause__ is None:  # what `end` says, or a part itself
            raise
        if not running[0]:
            raise error.__cause__ from None
        raise PluginError(f"backbone {settings.name!r} fails at {size}: {reason_of(error)}") from error
    finally:
        for hook in hooks:
            hook.detach()


def _check_maps(settings: BackboneSettings, maps: Sequence[FeatureMap], given: object, size: ImageSize) -> None:
    if not isinstance(given, list | tuple) or not all(isinstance(each, mx.nd.NDArray) for each in given):
        raise broken_promise(settings, "a list of feature maps", f"a {type(given).__name__}")
    if len(given) != len(maps):
        sides = listed("x".join(map(str, each.shape[2:])) for each in given)
        promised = f"{counted(len(maps), 'feature map')} at {size} ({listed(map(str, maps))})"
        raise broken_promise(settings, promised, f"{len(given)} ({sides})")
    for place, (map_, array) in enumerate(zip(maps, given, strict=True)):
        where = f"as feature map {place} at {size}"
        if array.ndim != 4 or array.shape[0] != 1:
            raise broken_promise(
                settings, f"(1, {map_.channels}, {map_.height}, {map_.width}) {where}", f"{array.shape}"
            )
        if array.shape[2:] != (map_.height, map_.width):
            raise broken_promise(settings, f"{map_} {where}", "x".join(map(str, array.shape[2:])))
        if array.shape[1] != map_.channels:
            raise broken_promise(settings, f"{map_.channels} channels {where}", f"{array.shape[1]}")


def check_loss(loss: Any, settings: LossSettings, anchors: int, scores: int, device: Any) -> None:
    """Ask a loss about two images in which the network sees nothing, and look at what it gives.

    Args:
        loss: is initialised and not compiled.
        settings: its own.
        anchors: of an image.
        scores: of an anchor.
        device: on which its parameters are.

    Raises:
        PluginError: the loss fails, or gives something else than two numbers for each image.
    """
    classes = mx.nd.zeros((_IMAGES, anchors), ctx=device)
    classes[0, 0] = 1
    boxes = mx.nd.zeros((_IMAGES, anchors, 4), ctx=device)
    try:
        with Guarded(seconds=None, passing=(MemoryError,)):
            parts: object = loss(mx.nd.zeros((_IMAGES, anchors, scores), ctx=device), boxes, classes, boxes, boxes)
    except ZooError as error:
        raise PluginError(f"loss {settings.name!r} fails: {reason_of(error)}") from error
    promised = f"two parts of shape ({_IMAGES},) for {_IMAGES} images"
    if not isinstance(parts, list | tuple):
        raise broken_promise(settings, promised, f"one {type(parts).__name__}")
    shapes = [getattr(part, "shape", type(part).__name__) for part in parts]
    if shapes != [(_IMAGES,)] * 2:
        raise broken_promise(settings, promised, listed(map(str, shapes), none="none"))

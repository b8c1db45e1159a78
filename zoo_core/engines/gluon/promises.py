"""Holds the networks of strangers' parts to what their settings promised, where they run for the first time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from zoo_core.common.errors import PluginError, ZooError
from zoo_core.common.messages import counted, listed
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.plan import Plan, plan
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.class_rows import check_class_rows
from zoo_core.parts.components import ComponentSettings
from zoo_core.parts.geometry import FeatureMap, ImageSize
from zoo_core.parts.guarding import Guarded, reason_of
from zoo_core.parts.promises import broken_promise

__all__ = ["check_loss", "run_first"]

_IMAGES = 2


class _Promise(NamedTuple):
    """A part of a network, its settings, and what looks at that which it gives."""

    block: Any
    settings: ComponentSettings
    check: Callable[[object], None]


def run_first(network: Any, images: Any, config: DetectorConfig, plan: Plan) -> None:
    """Run a network for the first time, and look at what its parts give.

    Args:
        network: with children `backbone`, `neck` and `head`.
        images: (1, 3, H, W).
        config: of the network.
        plan: what its settings promise for this size.

    Raises:
        PluginError: a part fails, or gives something else than it promised.
    """
    size, running = ImageSize(*images.shape[2:]), list[ComponentSettings]()
    promises = [
        _Promise(network.backbone, config.backbone, partial(_check_maps, config.backbone, plan.backbone_maps, size)),
        _Promise(network.head, config.head, partial(_check_said, config.head, plan, size)),
    ]
    if config.neck is not None:
        promises.append(_Promise(network.neck, config.neck, partial(_check_maps, config.neck, plan.feature_maps, size)))
    hooks = [hook for promise in promises for hook in _hooks(promise, running)]
    try:
        with Guarded(seconds=None, passing=(MemoryError,)):
            network(images)
    except PluginError as error:
        if error.__cause__ is None:  # what a check says, or a part itself
            raise
        if not running:
            raise error.__cause__ from None
        part = running[-1]
        raise PluginError(f"{part.kind} {part.name!r} fails at {size}: {reason_of(error)}") from error
    finally:
        for hook in hooks:
            hook.detach()
    check_class_rows(network.head, config.head, plan.class_count)


def _hooks(promise: _Promise, running: list[ComponentSettings]) -> list[Any]:
    """Have a part say when it begins to run, and what it gives looked at when it has run."""

    def begin(*_: Any) -> None:
        running.append(promise.settings)

    def end(_block: Any, _inputs: Any, given: object) -> None:
        running.pop()
        promise.check(given)

    return [promise.block.register_forward_pre_hook(begin), promise.block.register_forward_hook(end)]


def _check_maps(settings: ComponentSettings, maps: Sequence[FeatureMap], size: ImageSize, given: object) -> None:
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


def _check_said(settings: ComponentSettings, plan: Plan, size: ImageSize, given: object) -> None:
    promised = [(1, *plan.score_shape), (1, *plan.offset_shape)]
    if not isinstance(given, list | tuple):
        raise broken_promise(settings, "scores and numbers", f"one {type(given).__name__}")
    shapes = [getattr(each, "shape", type(each).__name__) for each in given]
    if shapes != promised:
        words = f"scores {promised[0]} and numbers {promised[1]} at {size}"
        raise broken_promise(settings, words, listed(map(str, shapes), none="nothing"))


def check_loss(loss: Any, config: DetectorConfig, device: Any) -> None:
    """Ask a loss about two images in which the network sees nothing, and look at what it gives.

    Args:
        loss: is initialised and not compiled.
        config: of the network.
        device: on which its parameters are.

    Raises:
        PluginError: the loss fails, or gives something else than two numbers for each image.
    """
    settings, planned = config.loss, plan(config)
    anchors, scores = planned.score_shape
    classes = mx.nd.zeros((_IMAGES, anchors), ctx=device)
    classes[0, 0] = 1
    boxes = mx.nd.zeros((_IMAGES, anchors, 4), ctx=device)
    soft = [mx.nd.zeros((_IMAGES, anchors, planned.class_count), ctx=device)] if settings.soft else []
    weights = [mx.nd.ones_like(classes)] if config.training.mixup else []
    said = mx.nd.zeros((_IMAGES, anchors, scores), ctx=device), boxes
    try:
        with Guarded(seconds=None, passing=(MemoryError,)):
            parts: object = loss(*said, classes, boxes, boxes, *soft, *weights)
    except ZooError as error:
        raise PluginError(f"loss {settings.name!r} fails: {reason_of(error)}") from error
    promised = f"two parts of shape ({_IMAGES},) for {_IMAGES} images"
    if not isinstance(parts, list | tuple):
        raise broken_promise(settings, promised, f"one {type(parts).__name__}")
    shapes = [getattr(part, "shape", type(part).__name__) for part in parts]
    if shapes != [(_IMAGES,)] * 2:
        raise broken_promise(settings, promised, listed(map(str, shapes), none="none"))

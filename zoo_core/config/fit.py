"""Why parts are incompatible, as their light halves tell it.

Everything here raises PluginError where the light half of a part fails to answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zoo_core.common.errors import Problem
from zoo_core.common.messages import counted, did_you_mean, listed
from zoo_core.config.features import Features
from zoo_core.parts.components import (
    AnchorSettings,
    BackboneSettings,
    DatasetSettings,
    HeadSettings,
    LossSettings,
    TargetEncoderSettings,
)
from zoo_core.parts.geometry import FeatureMap, ImageSize
from zoo_core.parts.outputs import Scoring
from zoo_core.parts.questions import ask
from zoo_core.parts.resizing import ResizeSettings

__all__ = [
    "code_incompatibilities",
    "exchange_incompatibility",
    "head_incompatibilities",
    "incompatibilities",
    "input_incompatibilities",
    "mixup_incompatibilities",
    "part_incompatibilities",
    "resize_incompatibilities",
    "score_incompatibilities",
    "size_incompatibilities",
    "strange_classes",
]

_SHOWN = 30
"""Classes that a message names; there may be thousands."""


def input_incompatibilities(input_size: ImageSize, backbone: BackboneSettings) -> Iterator[Problem]:
    """Why a backbone cannot run at this size."""
    smallest = Features(backbone).smallest_input
    if _is_below(input_size, smallest):
        yield Problem("input_size", f"{input_size} is too small: {_needs(backbone, smallest)}")


def incompatibilities(input_size: ImageSize, features: Features, anchors: AnchorSettings) -> Iterator[Problem]:
    """Why these parts cannot work together, at this input size or at the smallest where it is too small."""
    runnable = ImageSize(*map(max, input_size, features.smallest_input))
    if reason := features.incompatibility(runnable):
        yield Problem("neck", _neck_fails(features, runnable, reason))
        return
    maps, lists = features.at(runnable), ask(anchors, "anchors_per_cell")
    if len(maps) != len(lists):
        yield Problem(
            "anchors",
            f"{anchors.name!r} is set for {counted(len(lists), 'feature map')}, "
            f"but {features} gives {len(maps)} at {runnable} ({_shown(maps)})",
        )


def head_incompatibilities(
    input_size: ImageSize, features: Features, anchors: AnchorSettings, head: HeadSettings
) -> Iterator[Problem]:
    """Why a head cannot predict for these anchors from these feature maps."""
    runnable = ImageSize(*map(max, input_size, features.smallest_input))
    if reason := _head_fails(runnable, features, anchors, head):
        yield Problem("head", reason)


def resize_incompatibilities(
    input_size: ImageSize, features: Features, anchors: AnchorSettings, head: HeadSettings, resize: ResizeSettings
) -> Iterator[Problem]:
    """Why these parts cannot work at every input size that resizing makes, where that depends on the picture.

    What is wrong at `input_size` itself is reported for other settings.
    """
    sizes: tuple[ImageSize, ...] = ask(resize, "extremes", input_size)
    for fault in _faults_at(sizes, input_size, features, anchors, head):
        yield Problem("resize", f"{resize.name!r} makes inputs of {fault}")


def _faults_at(
    sizes: Sequence[ImageSize], input_size: ImageSize, features: Features, anchors: AnchorSettings, head: HeadSettings
) -> Iterator[str]:
    """The first of these input sizes at which parts cannot work that do at `input_size`, and why not."""
    smallest = features.smallest_input
    if too_small := next((size for size in sizes if _is_below(size, smallest)), None):
        yield f"{too_small}, which is too small: {_needs(features.backbone, smallest)}"
        return
    runnable = ImageSize(*map(max, input_size, smallest))
    if features.incompatibility(runnable) or _head_fails(runnable, features, anchors, head):
        return
    usual = len(features.at(runnable))
    if usual != len(ask(anchors, "anchors_per_cell")):
        return
    for size in sizes:
        if fault := _fails_at(size, input_size, usual, features, anchors, head):
            yield f"{size}, at which {fault}"
            return


def _fails_at(
    size: ImageSize,
    input_size: ImageSize,
    usual: int,
    features: Features,
    anchors: AnchorSettings,
    head: HeadSettings,
) -> str | None:
    if reason := features.incompatibility(size):
        return f"neck {_neck_fails(features, size, reason)}"
    if (count := len(features.at(size))) != usual:
        return f"{features} gives {counted(count, 'feature map')}, but {usual} at {input_size}"
    reason = _head_fails(size, features, anchors, head)
    return f"head {reason}" if reason else None


def size_incompatibilities(
    sizes: Sequence[ImageSize], input_size: ImageSize, features: Features, anchors: AnchorSettings, head: HeadSettings
) -> Iterator[Problem]:
    """Why these parts cannot work at every input size that is drawn in training; told as those of resizing."""
    for fault in _faults_at(sizes, input_size, features, anchors, head):
        yield Problem("training", f"multi_scale draws inputs of {fault}")


def mixup_incompatibilities(loss: LossSettings) -> Iterator[Problem]:
    """Why a loss cannot learn from blended images."""
    if not loss.weighted:
        yield Problem("training", f"mixup needs a loss that can weigh objects, and {loss.name!r} cannot")


def part_incompatibilities(loss: LossSettings, parts: int, device: str) -> Iterator[Problem]:
    """Why batches cannot be computed in parts, with this loss or on these devices."""
    if parts == 1:
        return
    if loss.normalizer is None:
        yield Problem(
            "training",
            f"parts is {parts}, but loss {loss.name!r} does not say by what it divides its sums over a batch "
            "(normalizer), so that those of parts cannot be added; set parts to 1",
        )
    if (devices := device.count(",") + 1) > parts:
        yield Problem("device", f"{devices} devices cannot share {parts} parts of a batch; set training.parts")


def exchange_incompatibility(exchange: str, engine: str) -> Problem | None:
    """Why workers cannot exchange so with this engine."""
    if exchange != "fast" or engine != "mxnet":
        return None
    message = "'fast' is the all-reduce of PyTorch, and the engine is mxnet; set engine to torch, or exchange to exact"
    return Problem("training.exchange", message)


def score_incompatibilities(head: HeadSettings, loss: LossSettings) -> Iterator[Problem]:
    """Why the scores of a head are none that a loss can judge."""
    if loss.scoring not in head.scorings:
        yield Problem(
            "loss",
            f"{loss.name!r} needs scores for {_scoring_in_words(loss.scoring)}, "
            f"and head {head.name!r} gives them for {' or '.join(map(_scoring_in_words, sorted(head.scorings)))}",
        )


def code_incompatibilities(targets: TargetEncoderSettings, loss: LossSettings) -> Iterator[Problem]:
    """Why the targets of an encoder are none that a loss can use."""
    if loss.codes not in (None, targets.codes):
        yield Problem(
            "loss",
            f"{loss.name!r} needs boxes that are coded as {loss.codes!r}, "
            f"and target encoder {targets.name!r} codes them as {targets.codes!r}",
        )
    if loss.soft and not targets.soft:
        yield Problem("loss", f"{loss.name!r} needs soft targets, which target encoder {targets.name!r} does not write")


def strange_classes(classes: Sequence[str], data: DatasetSettings) -> Iterator[Problem]:
    """The classes that are not in a data set, where its settings alone say which classes it has."""
    known: Sequence[str] | None = ask(data, "class_names")
    there = frozenset(known or ())
    if known is not None and (strange := [name for name in classes if name not in there]):
        guess = did_you_mean(strange[0], known, otherwise=";")
        missing = listed(map(repr, strange), most=_SHOWN)
        yield Problem("classes", f"data set {data.name!r} has no {missing}{guess} it has {listed(known, most=_SHOWN)}")


def _head_fails(size: ImageSize, features: Features, anchors: AnchorSettings, head: HeadSettings) -> str | None:
    """Why a head cannot predict at this size; None too where something before it is at fault."""
    if features.incompatibility(size):
        return None
    maps, each = features.at(size), ask(anchors, "anchors_per_cell")
    if len(maps) != len(each) or not (reason := ask(head, "incompatibility", maps, each)):
        return None
    return (
        f"{head.name!r} cannot predict from the feature maps of {features} at {size} ({_shown(maps)}) "
        f"with {listed(map(str, each))} anchors in a cell: {reason}"
    )


def _neck_fails(features: Features, size: ImageSize, reason: str) -> str:
    name = features.neck.name if features.neck else ""
    backbone = f"backbone {features.backbone.name!r}"
    maps = _shown(features.of_backbone(size))
    return f"{name!r} cannot work on the feature maps of {backbone} at {size} ({maps}): {reason}"


def _scoring_in_words(scoring: Scoring) -> str:
    return {
        Scoring.SOFTMAX: "a softmax with a background",
        Scoring.SIGMOID: "a sigmoid of each class",
        Scoring.OBJECTNESS: "objectness and classes",
    }[scoring]


def _needs(backbone: BackboneSettings, smallest: ImageSize) -> str:
    return f"backbone {backbone.name!r} needs at least {smallest}"


def _is_below(size: ImageSize, smallest: ImageSize) -> bool:
    return size.height < smallest.height or size.width < smallest.width


def _shown(maps: Sequence[FeatureMap]) -> str:
    return listed(map(str, maps))

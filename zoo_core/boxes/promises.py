"""Holds what strangers' parts give to their promises, before anything is built on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

from zoo_core.boxes.boxes import Anchors
from zoo_core.boxes.protocols import DynamicEncoder, Sample, SoftEncoder, TargetEncoder, Targets
from zoo_core.common.errors import PluginError, ZooError
from zoo_core.parts.components import TargetEncoderSettings
from zoo_core.parts.guarding import Guarded, reason_of
from zoo_core.parts.promises import broken_promise

__all__ = ["Wrong", "check_encoder", "outside", "wrong_arrays"]

Wrong = tuple[str, str, str]
"""The name of an array, what it should be, and what it is."""

_OBJECT = np.array([[0.2, 0.3, 0.7, 0.8]], np.float32)
_Expected = tuple[str, object, tuple[int, ...], DTypeLike]
"""The name of an array, what was given as it, and the shape and the type that were promised."""


def check_encoder(encoder: TargetEncoder, settings: TargetEncoderSettings, anchors: Anchors, scores: int) -> None:
    """Have an object encoded and offsets decoded, and refuse arrays that nothing can be built on.

    Args:
        encoder: made from the settings.
        settings: its own.
        anchors: of the detector.
        scores: of an anchor.

    Raises:
        PluginError: it fails, or gives arrays of other shapes or types than every encoder promises.
    """
    try:
        with Guarded(seconds=None, passing=(MemoryError,)):
            wrong = next(_differing(_made_by(encoder, settings, anchors, scores)), None)
    except ZooError as error:
        if isinstance(error, PluginError) and error.__cause__ is None:  # which names the part itself
            raise
        raise PluginError(f"target encoder {settings.name!r} fails: {reason_of(error)}") from error
    if wrong:
        name, should, found = wrong
        raise broken_promise(settings, f"{name} as {should}", found)


def _made_by(
    encoder: TargetEncoder, settings: TargetEncoderSettings, anchors: Anchors, scores: int
) -> Iterator[_Expected]:
    """What an encoder makes of an image with one object and of one without any."""
    count, label = len(anchors), np.zeros(1, np.int64)
    boxes, labels = [_OBJECT, _OBJECT[:0]], [label, label[:0]]
    targets = encoder.encode_batch(anchors, boxes, labels)
    yield from _arrays_of(targets, count)
    _require_usable(targets, settings)
    yield "decoded boxes", encoder.decode(np.zeros((count, 4), np.float32), anchors), (count, 4), np.float32
    if settings.soft:
        soft = cast("SoftEncoder", encoder).soft_classes(anchors, _OBJECT, label, 2)
        yield "soft targets of two classes", soft, (count, 2), np.float32
    if hasattr(encoder, "reconsider"):
        said = np.zeros((2, count, scores), np.float32), np.zeros((2, count, 4), np.float32)
        look_again = cast("DynamicEncoder", encoder).reconsider
        again = look_again(targets, *said, anchors=anchors, boxes=boxes, labels=labels)
        yield from _arrays_of(again, count, "reconsidered ")


def _require_usable(targets: Targets, settings: TargetEncoderSettings) -> None:
    """Refuse numbers from which nothing can be learned, which training would tell as an error of the network."""
    if not np.isfinite(targets.offsets).all():
        raise broken_promise(settings, "offsets that are finite numbers", "NaN or infinite ones")
    if (targets.mask < 0).any() or targets.mask[targets.classes <= 0].any():
        raise broken_promise(settings, "a mask of 0 without an object and above it with one", "another mask")


def _arrays_of(targets: object, count: int, kind: str = "") -> Iterator[_Expected]:
    yield f"{kind}classes of two images", getattr(targets, "classes", None), (2, count), np.int32
    yield f"{kind}offsets of two images", getattr(targets, "offsets", None), (2, count, 4), np.float32
    yield f"the {kind}mask of two images", getattr(targets, "mask", None), (2, count, 4), np.float32


def wrong_arrays(sample: Sample) -> Iterator[Wrong]:
    """The arrays of a sample that are of other shapes or types than `Sample` says."""
    count = len(sample.boxes)
    image = sample.image
    if not isinstance(image, np.ndarray) or image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        yield "image", "(H, W, 3) of uint8, RGB", _told(image)
    yield from _differing(
        [
            ("boxes", sample.boxes, (count, 4), np.float32),
            ("labels", sample.labels, (count,), np.int64),
            ("difficult", sample.difficult, (count,), np.bool_),
            ("crowd", sample.crowd, (count,), np.bool_),
            *([] if sample.areas is None else [("areas", sample.areas, (count,), np.float64)]),
            *([] if sample.coco_boxes is None else [("coco_boxes", sample.coco_boxes, (count, 4), np.float64)]),
        ]
    )


def outside(sample: Sample) -> NDArray[np.bool_]:
    """(M,) which boxes of a sample do not lie in its image, or have no width or height."""
    height, width = sample.image.shape[:2]
    x1, y1, x2, y2 = sample.boxes.T
    inside: NDArray[np.bool_] = (x1 >= 0) & (y1 >= 0) & (x1 < x2) & (y1 < y2) & (x2 <= width) & (y2 <= height)
    return ~inside


def _differing(expected: Iterable[_Expected]) -> Iterator[Wrong]:
    for name, found, shape, dtype in expected:
        if not isinstance(found, np.ndarray) or found.shape != shape or found.dtype != dtype:
            yield name, f"{shape} of {np.dtype(dtype)}", _told(found)


def _told(found: object) -> str:
    return f"{found.shape} of {found.dtype}" if isinstance(found, np.ndarray) else f"a {type(found).__name__}"

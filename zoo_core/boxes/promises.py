"""Holds what strangers' parts give to their promises, before anything is built on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

from zoo_core.boxes.boxes import Anchors
from zoo_core.boxes.protocols import Sample, SoftEncoder, TargetEncoder
from zoo_core.common.errors import PluginError, ZooError
from zoo_core.parts.components import TargetEncoderSettings
from zoo_core.parts.guarding import Guarded, reason_of
from zoo_core.parts.promises import broken_promise

__all__ = ["Wrong", "check_encoder", "outside", "wrong_arrays"]

Wrong = tuple[str, str, str]
"""The name of an array, what it should be, and what it is."""

_OBJECT = np.array([[0.2, 0.3, 0.7, 0.8]], np.float32)


def check_encoder(encoder: TargetEncoder, settings: TargetEncoderSettings, anchors: Anchors) -> None:
    """Have an object encoded and offsets decoded, and refuse arrays that nothing can be built on.

    Args:
        encoder: made from the settings.
        settings: its own.
        anchors: of the detector.

    Raises:
        PluginError: it fails, or gives arrays of other shapes or types than every encoder promises.
    """
    count, nothing = len(anchors), np.empty((0, 4), np.float32)
    labels = np.zeros(1, np.int64)
    try:
        with Guarded(seconds=None, passing=(MemoryError,)):
            targets = encoder.encode_batch(anchors, [_OBJECT, nothing], [labels, labels[:0]])
            decoded = encoder.decode(np.zeros((count, 4), np.float32), anchors)
            soft = cast("SoftEncoder", encoder).soft_classes(anchors, _OBJECT, labels, 2) if settings.soft else None
    except ZooError as error:
        raise PluginError(f"target encoder {settings.name!r} fails: {reason_of(error)}") from error
    expected: list[tuple[str, object, tuple[int, ...], DTypeLike]] = [
        ("classes of two images", getattr(targets, "classes", None), (2, count), np.int32),
        ("offsets of two images", getattr(targets, "offsets", None), (2, count, 4), np.float32),
        ("the mask of two images", getattr(targets, "mask", None), (2, count, 4), np.float32),
        ("decoded boxes", decoded, (count, 4), np.float32),
        *([] if soft is None else [("soft targets of two classes", soft, (count, 2), np.float32)]),
    ]
    for name, should, found in _differing(expected):
        raise broken_promise(settings, f"{name} as {should}", found)


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


def _differing(expected: list[tuple[str, Any, tuple[int, ...], DTypeLike]]) -> Iterator[Wrong]:
    for name, found, shape, dtype in expected:
        if not isinstance(found, np.ndarray) or found.shape != shape or found.dtype != dtype:
            yield name, f"{shape} of {np.dtype(dtype)}", _told(found)


def _told(found: object) -> str:
    return f"{found.shape} of {found.dtype}" if isinstance(found, np.ndarray) else f"a {type(found).__name__}"

"""Which objects the anchors of a detector reach, by the rule of its own encoder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.boxes import Anchors, pairwise_iou
from zoo_core.boxes.protocols import TargetEncoder
from zoo_core.evaluation.anchors.objects import ImageObjects
from zoo_core.parts.geometry import BoxFormat

__all__ = ["Coverage", "cover"]

_ROUNDING = 1e-6
"""By how much two ways to work out an IoU differ in float32."""


@dataclass(frozen=True, eq=False)
class Coverage:
    """How anchors meet the M objects of all images, in the order of the images.

    Attributes:
        threshold: the IoU from which an anchor is near to an object.
        best: (M,) float32, the highest IoU of an object with any anchor.
        given: (M,) int64, how many anchors the encoder gives to an object.
        nearest: (M,) float32, the highest IoU of an object with an anchor that is given to it; 0 without any.
        anchor: (M,) int64, the anchor of `best`.
        positives: (K,) int64, how many anchors of each feature map are assigned to objects.
    """

    threshold: float
    best: NDArray[np.float32]
    given: NDArray[np.int64]
    nearest: NDArray[np.float32]
    anchor: NDArray[np.int64]
    positives: NDArray[np.int64]

    @property
    def reached(self) -> NDArray[np.bool_]:
        """(M,): some anchor given to the object overlaps it by the threshold."""
        enough: NDArray[np.bool_] = self.nearest >= self.threshold - _ROUNDING
        return enough

    @property
    def forced(self) -> NDArray[np.bool_]:
        """(M,): all anchors given to the object overlap it less; it has them because every object gets its best."""
        below: NDArray[np.bool_] = (self.given > 0) & ~self.reached
        return below

    @property
    def missed(self) -> NDArray[np.bool_]:
        """(M,): no anchor is given to the object, so that nothing is learned of it."""
        none: NDArray[np.bool_] = self.given == 0
        return none

    @property
    def recall(self) -> float:
        """The share of the objects that are reached."""
        return float(self.reached.mean())

    @property
    def mean_iou(self) -> float:
        """The mean over the objects of the highest IoU with any anchor."""
        return float(self.best.mean(dtype=np.float64))


def cover(
    objects: Iterable[ImageObjects],
    anchors: Anchors,
    encoder: TargetEncoder,
    threshold: float,
    anchors_per_map: Sequence[int],
) -> Coverage:
    """Encode every image, and see which anchors were given to which object.

    Args:
        objects: objects of each image.
        anchors: N of them, of all feature maps.
        encoder: anyone's; what it gives is read from its targets alone.
        threshold: see `Coverage`.
        anchors_per_map: how many of the N belong to each map.
    """
    corners = anchors.to(BoxFormat.CORNER_UNIT).boxes
    ends = np.cumsum(anchors_per_map)
    positives = np.zeros(len(ends), dtype=np.int64)
    parts = []
    for image in objects:
        count = len(image.boxes)
        overlaps = pairwise_iou(image.boxes, corners)
        # The index of an object serves as its class, so that the targets tell to which object an anchor is assigned.
        classes = encoder.encode(anchors, image.boxes, np.arange(count)).classes
        given = np.flatnonzero(classes > 0)
        owners = classes[given] - 1
        nearest = np.zeros(count, dtype=np.float32)
        np.maximum.at(nearest, owners, overlaps[owners, given])
        anchor = overlaps.argmax(axis=1)
        parts.append((overlaps[np.arange(count), anchor], np.bincount(owners, minlength=count), nearest, anchor))
        positives += np.bincount(np.searchsorted(ends, given, side="right"), minlength=len(ends))
    best, numbers, nearests, places = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Coverage(threshold, best, numbers, nearests, places, positives)

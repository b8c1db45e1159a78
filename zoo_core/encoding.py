"""Boxes as offsets from anchors, and back: one object for both directions.

The offsets of a box from its anchor are ((cx - cx_a) / w_a, (cy - cy_a) / h_a,
log(w / w_a), log(h / h_a)), each divided by its standard deviation.
Source: Girshick et al., Rich feature hierarchies, 2014, appendix C; the divisors are SSD's.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoo_core.boxes import Anchors
from zoo_core.components import EncoderSettings
from zoo_core.errors import BoxFormatError
from zoo_core.geometry import BoxFormat
from zoo_core.interfaces import Targets
from zoo_core.matching import UNMATCHED

__all__ = ["MatchingEncoder"]


class MatchingEncoder(ABC):
    """A target encoder that matches anchors to objects and writes centre offsets.

    A subclass says which anchor answers for which object. Keeps the promise of
    `zoo_core.interfaces.TargetEncoder`.
    """

    def __init__(self, settings: EncoderSettings) -> None:
        self.settings = settings
        self._stds = np.array(settings.stds, dtype=np.float32)

    @abstractmethod
    def match(self, anchors: Anchors, boxes: NDArray[np.float32]) -> NDArray[np.int64]:
        """For each anchor the index of its object, or `zoo_core.matching.UNMATCHED`.

        Args:
            anchors: in the format that the settings take.
            boxes: (M, 4) corner/unit, M at least 1.
        """

    def encode(self, anchors: Anchors, boxes: ArrayLike, labels: ArrayLike) -> Targets:
        """Targets of one image; see `zoo_core.interfaces.TargetEncoder.encode`.

        Raises:
            BoxFormatError: the anchors are a bare array, or the boxes are not corner/unit.
        """
        anchors = Anchors.require(anchors)
        truth, ids = _checked_truth(boxes, labels)
        classes = np.zeros(len(anchors), dtype=np.int32)
        offsets = np.zeros((len(anchors), 4), dtype=np.float32)
        mask = np.zeros((len(anchors), 4), dtype=np.float32)
        if len(truth):
            match = self.match(anchors.to(self.settings.takes), truth)
            positive = np.flatnonzero(match != UNMATCHED)
            matched = match[positive]
            classes[positive] = ids[matched] + 1
            offsets[positive] = self._offsets(anchors.to(BoxFormat.CENTER_UNIT).boxes[positive], truth[matched])
            mask[positive] = 1
        return Targets(classes, offsets, mask)

    def encode_batch(self, anchors: Anchors, boxes: Sequence[ArrayLike], labels: Sequence[ArrayLike]) -> Targets:
        """Targets of a batch: every array has a leading B."""
        each = [self.encode(anchors, *truth) for truth in zip(boxes, labels, strict=True)]
        if not each:
            raise ValueError("a batch has at least one image")
        return Targets(
            np.stack([targets.classes for targets in each]),
            np.stack([targets.offsets for targets in each]),
            np.stack([targets.mask for targets in each]),
        )

    def decode(self, offsets: ArrayLike, anchors: Anchors) -> NDArray[np.float32]:
        """Boxes (..., N, 4) corner/unit of offsets (..., N, 4); not clipped to the image.

        Raises:
            BoxFormatError: the anchors are a bare array, or there are not as many as offsets.
        """
        center = Anchors.require(anchors).to(BoxFormat.CENTER_UNIT).boxes
        values = np.asarray(offsets, dtype=np.float32)
        if values.shape[-2:] != center.shape:
            raise BoxFormatError(f"offsets for {len(center)} anchors are (..., {len(center)}, 4), not {values.shape}")
        values = values * self._stds
        middle = values[..., :2] * center[:, 2:] + center[:, :2]
        half = np.exp(values[..., 2:]) * center[:, 2:] / 2
        decoded: NDArray[np.float32] = np.concatenate([middle - half, middle + half], axis=-1)
        return decoded

    def _offsets(self, anchors: NDArray[np.float32], boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        size = boxes[:, 2:] - boxes[:, :2]
        middle = (boxes[:, :2] + boxes[:, 2:]) / 2
        moved = (middle - anchors[:, :2]) / anchors[:, 2:]
        scaled: NDArray[np.float32] = np.concatenate([moved, np.log(size / anchors[:, 2:])], axis=-1) / self._stds
        return scaled


def _checked_truth(boxes: ArrayLike, labels: ArrayLike) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Boxes and labels as arrays, refused when they cannot be corner/unit boxes of one image."""
    if isinstance(boxes, Anchors):
        raise BoxFormatError("the boxes of objects are an array (M, 4) corner/unit, not Anchors")
    truth: NDArray[np.float32] = np.asarray(boxes, dtype=np.float32).reshape(-1, 4) if np.size(boxes) == 0 else np.asarray(boxes, dtype=np.float32)
    ids: NDArray[np.int64] = np.asarray(labels, dtype=np.int64)
    if truth.ndim != 2 or truth.shape[1] != 4:
        raise BoxFormatError(f"the boxes of objects are of shape (M, 4), not {truth.shape}")
    if ids.shape != truth.shape[:1]:
        raise BoxFormatError(f"{len(truth)} boxes need {len(truth)} labels, not an array of shape {ids.shape}")
    if not np.all(truth[:, 2:] > truth[:, :2]):
        raise BoxFormatError("the boxes of objects are corner/unit (x1 < x2, y1 < y2), and some are empty or inverted")
    if len(truth) and np.abs(truth).max() > _FARTHEST:
        raise BoxFormatError(
            f"the boxes of objects are corner/unit, fractions of the image, and one reaches {np.abs(truth).max():g}: "
            "are they pixels?"
        )
    if len(ids) and ids.min() < 0:
        raise BoxFormatError(f"labels are indices of classes from 0, and one is {ids.min()}")
    return truth, ids


_FARTHEST = 2.0
"""No annotated object reaches farther than this many images from the corner."""



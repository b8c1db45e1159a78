"""What four numbers are by the words of the zoo: worked out from boxes, as those who ask for a word may take them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.boxes import Anchors
from zoo_core.parts.geometry import BoxFormat

__all__ = ["CODES", "Code"]

_Floats = NDArray[np.float64]


class Code(NamedTuple):
    """What a word says; see `zoo_core.parts.components.TargetEncoderSettings.codes`.

    Attributes:
        words: the same in words.
        of: the numbers (N, 4) of boxes (N, 4) corner/unit from their anchors.
        divided: whether each of the four may be divided by a number of its own.
    """

    words: str
    of: Callable[[NDArray[np.float32], Anchors], _Floats]
    divided: bool = False


def _middle_and_size(boxes: NDArray[np.float32]) -> tuple[_Floats, _Floats]:
    low, high = boxes[:, :2].astype(np.float64), boxes[:, 2:].astype(np.float64)
    return (low + high) / 2, high - low


def _deltas(boxes: NDArray[np.float32], anchors: Anchors) -> _Floats:
    (middle, size), own = _middle_and_size(boxes), anchors.to(BoxFormat.CENTER_UNIT).boxes
    return np.concatenate([(middle - own[:, :2]) / own[:, 2:], np.log(size / own[:, 2:])], axis=1)


def _cell(boxes: NDArray[np.float32], anchors: Anchors) -> _Floats:
    (middle, size), own = _middle_and_size(boxes), anchors.to(BoxFormat.CENTER_UNIT).boxes
    corner = np.stack([anchors.cells.column, anchors.cells.row], axis=1)
    share = middle * anchors.image[::-1] / anchors.strides[:, None] - corner
    return np.concatenate([np.log(share / (1 - share)), np.log(size / own[:, 2:])], axis=1)


def _sides(boxes: NDArray[np.float32], anchors: Anchors) -> _Floats:
    own = anchors.to(BoxFormat.CENTER_UNIT).boxes
    apart = np.concatenate([own[:, :2] - boxes[:, :2], boxes[:, 2:] - own[:, :2]], axis=1, dtype=np.float64)
    sides: _Floats = np.log(apart / np.tile(own[:, 2:], 2))
    return sides


CODES: Mapping[str, Code] = {
    "deltas": Code("offsets of the centre and the logarithm of the size, against the anchor", _deltas, divided=True),
    "cell": Code("the logit of the place in the cell, and the logarithm of the size against the anchor", _cell),
    "sides": Code("logarithms of the distances to the four sides, in sides of the anchor", _sides),
}
"""The words of the zoo."""

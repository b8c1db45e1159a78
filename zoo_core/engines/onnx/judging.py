"""Whether the boxes that a file gives follow from what its network said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.boxes import Anchors, convert, pairwise_iou
from zoo_core.boxes.protocols import TargetEncoder
from zoo_core.common.errors import ExportError
from zoo_core.common.messages import counted
from zoo_core.config.detector import NmsSettings
from zoo_core.parts.geometry import BoxFormat, ImageSize
from zoo_core.parts.outputs import Scoring
from zoo_core.prediction.postprocessing import Found, candidates

__all__ = ["Answer", "PostProcessing", "judge"]

_ROUNDING = 1e-6
"""How far programs may be apart in a corner that is 1 from the corner of the picture, and the farther the more."""


@dataclass(frozen=True)
class PostProcessing:
    """What makes boxes of the outputs of a network, in the zoo: a file is held to it.

    Attributes:
        anchors: anchors of the network's input.
        encoder: that reads boxes from offsets.
        nms: which boxes are kept.
        class_names: the classes, in the order of their labels.
        scoring: what the scores of an anchor mean.
    """

    anchors: Anchors
    encoder: TargetEncoder
    nms: NmsSettings
    class_names: tuple[str, ...]
    scoring: Scoring = Scoring.SOFTMAX

    @property
    def score_count(self) -> int:
        """S, the scores of an anchor."""
        return self.scoring.scores(len(self.class_names))


class Answer(NamedTuple):
    """The outputs of a file for one picture, by their names, with what is left over at their end."""

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    labels: NDArray[np.int64]
    count: Any


def judge(
    zoo: PostProcessing,
    probabilities: NDArray[np.float32],
    offsets: NDArray[np.float32],
    image: ImageSize,
    answer: Answer,
) -> Found:
    """What should be found in an image, held to the answer of a file whose network said the same.

    Threshold, `top_k`, `keep` and the order of equal scores decide on the very numbers that the file has, and allow
    of one answer. The suppression decides on boxes that each program rounds in its own way: where their overlap is
    the limit but for rounding, either decision is right, and what follows is held to that of the file.

    Args:
        zoo: what should be done.
        probabilities: (N, S), softmax or sigmoid of the scores.
        offsets: (N, 4).
        image: the size of the image that the file was given.
        answer: answer of the file.

    Returns:
        The objects that both have; boxes corner/pixel.

    Raises:
        ExportError: the answer is another; says how.
    """
    nms = zoo.nms
    found = candidates(probabilities, offsets, zoo.anchors, zoo.encoder, nms, zoo.scoring)
    with np.errstate(over="ignore", invalid="ignore"):  # boxes beyond every number suppress nothing
        surely, perhaps = _suppression(found, nms.iou, per_class=nms.per_class)
        blur = _blur(found.boxes) * max(image)
    inside = np.clip(found.boxes, 0, 1)
    wanted = found._replace(boxes=convert(inside, BoxFormat.CORNER_UNIT, BoxFormat.CORNER_PIXEL, image))
    stays: list[int] = []
    suppressed = doubtful = np.zeros(len(wanted.scores), bool)
    for index in range(len(wanted.scores)):
        if len(stays) == nms.keep:
            break
        if suppressed[index]:
            continue
        if _is_same(answer, len(stays), wanted, index, blur[index]):
            stays.append(index)
            suppressed, doubtful = suppressed | surely[index], doubtful | perhaps[index]
        elif not doubtful[index]:
            raise ExportError(_difference(answer, len(stays), wanted, index, zoo.class_names))
    _check_end(answer, len(stays))
    return Found(wanted.boxes[stays], wanted.scores[stays], wanted.labels[stays])


def _suppression(found: Found, iou: float, *, per_class: bool) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which box (K,) suppresses which other (K,), surely, and perhaps."""
    overlaps = pairwise_iou(found.boxes, found.boxes)
    if iou >= 1:  # no overlap is more
        return np.zeros(overlaps.shape, np.bool_), np.zeros(overlaps.shape, np.bool_)
    sides = np.min(found.boxes[:, 2:] - found.boxes[:, :2], axis=1)
    own = 4 * _blur(found.boxes) / np.maximum(sides, np.finfo(np.float32).tiny)
    doubt = own[:, None] + own
    if per_class:
        overlaps[found.labels[:, None] != found.labels] = -np.inf
    return overlaps > iou + doubt, overlaps > iou - doubt


def _blur(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """By how much rounding can move the corners of each box, in the unit of the boxes."""
    farthest: NDArray[np.float32] = np.abs(boxes).max(axis=1, initial=1)
    return _ROUNDING * farthest


def _is_same(answer: Answer, rank: int, wanted: Found, index: int, blur: float) -> bool:
    if rank >= answer.count or answer.labels[rank] != wanted.labels[index]:
        return False
    apart = np.abs(answer.boxes[rank] - wanted.boxes[index])
    return bool(answer.scores[rank] == wanted.scores[index] and (apart <= blur).all())


def _check_end(answer: Answer, count: int) -> None:
    if answer.count != count:
        raise ExportError(f"{counted(count, 'detection')} should be found, but the file finds {answer.count}")
    if answer.boxes[count:].any() or answer.scores[count:].any() or (answer.labels[count:] != -1).any():
        raise ExportError(f"the outputs are not empty after the {counted(count, 'detection')}")


def _difference(answer: Answer, rank: int, wanted: Found, index: int, names: tuple[str, ...]) -> str:
    should = _in_words(wanted, index, names)
    if rank >= answer.count:
        return f"the file finds {answer.count} and misses {should}"
    return f"detection {rank + 1} should be {should}, but is {_in_words(answer, rank, names)}"


def _in_words(found: Found | Answer, index: int, names: tuple[str, ...]) -> str:
    label = int(found.labels[index])
    name = repr(names[label]) if 0 <= label < len(names) else f"class {label}"
    box = ", ".join(f"{value:.2f}" for value in found.boxes[index])
    return f"{name} {found.scores[index]:.5f} at ({box})"

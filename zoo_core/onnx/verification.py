"""Proof that an exported file finds what the detector finds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes import pairwise_iou
from zoo_core.config import NmsSettings
from zoo_core.detections import Detections
from zoo_core.detector import Detector
from zoo_core.errors import ExportError
from zoo_core.geometry import ImageSize
from zoo_core.onnx.report import Parity
from zoo_core.onnx.runtime import open_session
from zoo_core.postprocessing import Found
from zoo_core.predicting import ImagePredictor

__all__ = ["BOX_TOLERANCE", "SCORE_TOLERANCE", "RawFile", "compare", "random_pictures"]

SCORE_TOLERANCE = 1e-4
"""By how much two scores may differ."""
BOX_TOLERANCE = 0.05
"""By how much two coordinates may differ, in pixels of the picture."""
_IOU_TOLERANCE = 1e-3
"""How near an overlap must lie to the limit of suppression for either decision to be right."""

Image = NDArray[np.uint8]
_SIZES = ((375, 500), (97, 61), (640, 480), (7, 11), (720, 1280))


class RawFile(ImagePredictor):
    """A file that was exported without decoding, which the detector of which it was made does for it."""

    def __init__(self, path: Path, detector: Detector) -> None:
        self._session, self._detector = open_session(path), detector

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes, in the order of their labels."""
        return self._detector.class_names

    def find(self, images: Sequence[Image]) -> Iterator[Found]:
        """The objects in each of some images; see `ImagePredictor.find`."""
        for image in images:
            probabilities, offsets = self._session.run(["probabilities", "offsets"], {"images": image[None]})
            yield self._detector.read(probabilities[0], offsets[0], ImageSize(*image.shape[:2]))


def random_pictures(size: ImageSize | None = None, seed: int = 0) -> list[Image]:
    """Pictures of blots of every colour and coarseness, all of one size or of several."""
    rng = np.random.default_rng(seed)
    pictures = []
    for number, (height, width) in enumerate([size] * 3 if size else _SIZES):
        cell = 4 ** (number % 4)
        coarse = rng.integers(0, 256, (-(-height // cell), -(-width // cell), 3), dtype=np.uint8)
        pictures.append(np.ascontiguousarray(coarse.repeat(cell, 0).repeat(cell, 1)[:height, :width]))
    return pictures


def compare(detector: ImagePredictor, exported: ImagePredictor, pictures: Iterable[Image], nms: NmsSettings) -> Parity:
    """Let both look at the same pictures, and hold what they find together.

    Every detection must have one of the same class on the other side, its score within 1e-4 and its box within
    .05 pixel. As either side has them in descending order, the order is then the same but for scores that tie
    within twice that. One side may have a detection alone only where rounding decides; see `_undecided`.

    Raises:
        ExportError: they differ by more; says in which picture and how.
    """
    count, score, box, number = 0, 0.0, 0.0, 0
    for number, picture in enumerate(pictures, 1):
        ours, theirs = detector.predict(picture), exported.predict(picture)
        pairs = _paired(ours, theirs)
        _check_rest(ours, theirs, pairs, nms, number)
        if len(pairs):
            count += len(pairs)
            score = max(score, float(np.abs(ours.scores[pairs[:, 0]] - theirs.scores[pairs[:, 1]]).max()))
            box = max(box, float(np.abs(ours.boxes[pairs[:, 0]] - theirs.boxes[pairs[:, 1]]).max()))
    return Parity(number, count, score, box)


def _paired(ours: Detections, theirs: Detections) -> NDArray[np.intp]:
    """Pairs (P, 2) of indices that are the same detection."""
    pairs: list[tuple[int, int]] = []
    free = np.ones(len(theirs), dtype=bool)
    for index in range(len(ours)):
        apart = np.abs(theirs.boxes - ours.boxes[index]).max(axis=1, initial=0)
        same = free & (theirs.labels == ours.labels[index]) & (apart <= BOX_TOLERANCE)
        same &= np.abs(theirs.scores - ours.scores[index]) <= SCORE_TOLERANCE
        if same.any():
            partner = int(np.argmin(np.where(same, apart, np.inf)))
            free[partner] = False
            pairs.append((index, partner))
    return np.array(pairs, dtype=np.intp).reshape(-1, 2)


def _check_rest(ours: Detections, theirs: Detections, pairs: NDArray[np.intp], nms: NmsSettings, number: int) -> None:
    """Refuse detections that one side has alone, unless rounding decided; the surest first."""
    sides = (ours, theirs)
    alone = [sorted(set(range(len(each))) - set(pairs[:, place].tolist())) for place, each in enumerate(sides)]
    rest = [(float(each.scores[index]), place, index) for place, each in enumerate(sides) for index in alone[place]]
    for _, place, index in sorted(rest, reverse=True):
        others = sides[1 - place]
        if not _undecided(sides[place], index, others, alone[1 - place], nms):
            raise ExportError(_difference(ours, theirs, sides[place], index, number))


def _undecided(side: Detections, index: int, others: Detections, others_alone: list[int], nms: NmsSettings) -> bool:
    """Whether the other side may lack a detection since rounding decides about it.

    So it is where its score is at the limit; where the other side's list is full and ends there; or where a box
    of the other side suppresses it that does not do so on this side: since both have the same score but
    for rounding, their overlap is the limit but for rounding, or that box is not there on this side.
    """
    score = side.scores[index]
    if score <= nms.score + SCORE_TOLERANCE:
        return True
    if len(others) == nms.keep and score <= others.scores[-1] + SCORE_TOLERANCE:
        return True
    overlaps = pairwise_iou(side.boxes[index : index + 1], others.boxes)[0]
    rival = (overlaps >= nms.iou - _IOU_TOLERANCE) & (others.scores >= score - SCORE_TOLERANCE)
    if nms.per_class:
        rival &= others.labels == side.labels[index]
    tied = np.abs(others.scores - score) <= 2 * SCORE_TOLERANCE
    at_limit = np.abs(overlaps - nms.iou) <= _IOU_TOLERANCE
    return bool((rival & (tied | at_limit | np.isin(np.arange(len(others)), others_alone))).any())


def _difference(ours: Detections, theirs: Detections, side: Detections, index: int, number: int) -> str:
    here, there = ("MXNet", "the file") if side is ours else ("the file", "MXNet")
    others = theirs if side is ours else ours
    message = (
        f"the exported file differs from the detector, and was not kept. Picture {number}: {here} finds "
        f"{_in_words(side, index)}, and {there} does not"
    )
    if not len(others):
        return f"{message}: it finds nothing"
    same = others.labels == side.labels[index]
    apart = np.abs(others.boxes - side.boxes[index]).max(axis=1) + np.where(same, 0, 1e6)
    return f"{message}: the nearest there is {_in_words(others, int(np.argmin(apart)))}"


def _in_words(found: Detections, index: int) -> str:
    box = ", ".join(f"{value:.2f}" for value in found.boxes[index])
    return f"{found.names[index]!r} {found.scores[index]:.5f} at ({box})"

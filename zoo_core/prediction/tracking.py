"""Which objects in the frames of a video are the same: ByteTrack.

Source: Zhang et al., ByteTrack: Multi-Object Tracking by Associating Every Detection Box, 2022, algorithm 1, with the
thresholds of the authors' code.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.boxes import pairwise_iou
from zoo_core.common.arguments import SHARE, checked, instance
from zoo_core.common.optional_packages import needing
from zoo_core.prediction.detections import Detections
from zoo_core.prediction.motion import Motion, boxes_of, moved, observed, standing

__all__ = ["ByteTrack"]

_LOW = 0.1
"""Boxes of lower scores are nothing."""
_KNOWN, _UNSURE, _NEW = 0.2, 0.5, 0.3
"""The least similarity of a box to a known track, of a low-scoring one to it, and of one to a track of one frame."""
_SAME = 0.85
"""IoU above which a track that is seen and one that is lost are one."""
_PATIENCE = 30.0
"""Ticks after which a lost track is given up."""
_RATE = 30.0
"""Ticks of a second; where there is no clock a picture is a tick."""
_TRAIL = 30
"""Points of a trail, at most."""


@dataclass(eq=False)
class _Track:
    """An object through the frames; `number` is 0 until it has been seen twice."""

    label: int
    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    began: float
    seen: float
    number: int = 0
    lost: bool = False
    trail: deque[NDArray[np.float32]] = field(default_factory=lambda: deque(maxlen=_TRAIL))


class ByteTrack:
    """Gives the objects of a video, or of pictures that follow each other, numbers that stay.

    Frames of a video are a sequence, and so are neighbouring pictures of one folder, or without a name. With
    another one all tracks end; their numbers are not given again.

    Args:
        score: from which on a box begins a track. What goes on is recognised by lower-scoring boxes, too, down to .1.

    Raises:
        ArgumentError: the score is not a number from 0 to 1.
        MissingPackageError: SciPy is not installed.
    """

    @checked(score=SHARE)
    def __init__(self, score: float = 0.5) -> None:
        with needing():
            import scipy.optimize  # noqa: F401 -- told here, and not in the middle of a video
        self._score = score
        self._numbers = 0
        self._sequence: object = None
        self._tracks: list[_Track] = []
        self._frame = 0
        self._now = 0.0
        self._begins = True

    def follow(self, stream: Iterable[Detections]) -> Iterator[Detections]:
        """What was found in one frame after the other, as `Detector.stream` gives it, with numbers; see `update`."""
        return map(self.update, stream)

    @checked(found=instance(Detections, "what was found in a picture, as a detector gives it"))
    def update(self, found: Detections) -> Detections:
        """The objects of the next frame that belong to a track, with their `tracks` and `trails`.

        One that appears is among them from its second frame on, unless it was there from the beginning.
        """
        steps = self._go_on(found)
        known = [track for track in self._tracks if track.number]
        fresh = [track for track in self._tracks if not track.number]
        self._move(known, steps)
        high = np.flatnonzero(found.scores >= self._score)
        low = np.flatnonzero((found.scores > _LOW) & (found.scores < self._score))
        pairs: dict[int, _Track] = {}
        missed, high = self._match(known, high, found, _KNOWN, pairs, weighted=True)
        unseen, _ = self._match([track for track in missed if not track.lost], low, found, _UNSURE, pairs)
        for track in unseen:
            track.lost = True
        vanished, high = self._match(fresh, high, found, _NEW, pairs, weighted=True)
        self._tracks = [track for track in self._tracks if track not in vanished]
        self._see(pairs, found)
        self._start(high, found, pairs)
        self._forget()
        return _numbered(found, {index: track for index, track in pairs.items() if track in self._tracks})

    def _go_on(self, found: Detections) -> int:
        """How many frames have passed; where another sequence begins, all that was known is forgotten."""
        is_frame = found.frame is not None
        sequence = (is_frame, found.source if is_frame else str(PurePath(found.source).parent))
        frame = found.frame if found.frame is not None else self._frame + 1
        self._begins = sequence != self._sequence or frame <= self._frame
        if self._begins:
            self._tracks, self._sequence, self._frame = [], sequence, frame - 1
        steps = frame - self._frame
        self._frame = frame
        self._now = float(frame) if found.time is None else found.time * _RATE
        return steps

    @staticmethod
    def _move(tracks: Sequence[_Track], steps: int) -> None:
        for track in tracks:
            if track.lost:
                track.mean[7] = 0  # of what is not seen nobody knows how it grows
        if tracks:
            _set(tracks, moved(_motion(tracks), steps))

    @staticmethod
    def _match(
        tracks: Sequence[_Track],
        indices: NDArray[np.intp],
        found: Detections,
        least: float,
        pairs: dict[int, _Track],
        *,
        weighted: bool = False,
    ) -> tuple[list[_Track], NDArray[np.intp]]:
        """Put the most similar pairs of tracks and boxes into `pairs`; gives those that are left over."""
        from scipy.optimize import linear_sum_assignment

        if not tracks or not len(indices):
            return [*tracks], indices
        similar = pairwise_iou(boxes_of(_motion(tracks)), found.boxes[indices].astype(np.float64))
        similar *= np.array([track.label for track in tracks])[:, None] == found.labels[indices]
        if weighted:
            similar *= found.scores[indices]
        rows, columns = linear_sum_assignment(np.maximum(similar, least), maximize=True)
        chosen = similar[rows, columns] >= least
        rows, columns = rows[chosen], columns[chosen]
        pairs.update({int(indices[column]): tracks[row] for row, column in zip(rows, columns, strict=True)})
        return [track for row, track in enumerate(tracks) if row not in rows], np.delete(indices, columns)

    def _see(self, pairs: dict[int, _Track], found: Detections) -> None:
        tracks = [*pairs.values()]
        if tracks:
            _set(tracks, observed(_motion(tracks), found.boxes[[*pairs]]))
        for index, track in pairs.items():
            track.number = track.number or self._next_number()
            track.lost, track.seen = False, self._now
            track.trail.append(_centre(found.boxes[index]))

    def _start(self, indices: NDArray[np.intp], found: Detections, pairs: dict[int, _Track]) -> None:
        motion = standing(found.boxes[indices])
        for index, mean, covariance in zip(indices.tolist(), *motion, strict=True):
            track = _Track(int(found.labels[index]), mean, covariance, self._now, self._now)
            track.trail.append(_centre(found.boxes[index]))
            self._tracks.append(track)
            if self._begins:
                track.number = self._next_number()
                pairs[index] = track

    def _forget(self) -> None:
        """Give up tracks that were lost for long, and of two that came to be one the younger."""
        lost = [track for track in self._tracks if track.lost]
        seen = [track for track in self._tracks if not track.lost]
        gone = {id(track) for track in lost if self._now - track.seen > _PATIENCE + 1e-6}
        if lost and seen:
            labels = np.array([track.label for track in seen])[:, None] == [track.label for track in lost]
            overlaps = pairwise_iou(boxes_of(_motion(seen)), boxes_of(_motion(lost)))
            for row, column in np.argwhere((overlaps > _SAME) & labels):
                one, other = seen[row], lost[column]
                gone.add(id(other if one.seen - one.began > other.seen - other.began else one))
        self._tracks = [track for track in self._tracks if id(track) not in gone]

    def _next_number(self) -> int:
        self._numbers += 1
        return self._numbers


def _motion(tracks: Sequence[_Track]) -> Motion:
    return Motion(np.stack([track.mean for track in tracks]), np.stack([track.covariance for track in tracks]))


def _set(tracks: Sequence[_Track], motion: Motion) -> None:
    for track, mean, covariance in zip(tracks, *motion, strict=True):
        track.mean, track.covariance = mean, covariance


def _centre(box: NDArray[np.float32]) -> NDArray[np.float32]:
    return (box[:2] + box[2:]) / 2


def _numbered(found: Detections, pairs: dict[int, _Track]) -> Detections:
    indices = sorted(pairs)
    chosen = found[indices]
    numbers = np.array([pairs[index].number for index in indices], np.int64)
    return replace(chosen, tracks=numbers, trails=tuple(np.stack(pairs[index].trail) for index in indices))

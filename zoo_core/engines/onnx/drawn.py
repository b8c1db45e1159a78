"""Drawn pictures, and random network outputs, so that a file shows what it does whatever its network learned."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.boxes import pairwise_iou
from zoo_core.engines.onnx.judging import PostProcessing
from zoo_core.parts.geometry import ImageSize
from zoo_core.parts.outputs import Scoring

__all__ = ["DrawnOutputs", "drawn_pictures"]

Outputs = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Probabilities (N, S) and offsets (N, 4) of one image."""

_SIZES = ((375, 500), (97, 61), (7, 11), (720, 1280))
_DENSE, _SINGLE, _CROWDED, _NEAR, _LEAST_ROUNDS = 4, 2, 4, 16, 24
"""How often each kind is drawn."""
_FAR, _FARTHEST = 0.1, 40
"""The share of offsets that are far from 0, and how far: a file may clip them, and trained networks say 10."""
_PIVOTS, _CROWDED_CLASSES = 300, 4
"""How many anchors are tried as those that suppress many others, and in how many classes."""
_MOST_NUMBERS = 10**9
"""So many probabilities are drawn, at most, that every anchor be decoded: few networks have more."""


def drawn_pictures(size: ImageSize | None = None) -> list[NDArray[np.uint8]]:
    """Batches (B, H, W, 3) of pictures of blots of every colour and coarseness, all of one size or of several.

    The first batch has two pictures, since a file may be wrong for batches alone.
    """
    rng = np.random.default_rng(0)
    batches = []
    for number, (height, width) in enumerate([size] * 3 if size else _SIZES):
        cell = 4 ** (number % 4)
        shape = (1 if number else 2, -(-height // cell), -(-width // cell), 3)
        coarse = rng.integers(0, 256, shape, dtype=np.uint8)
        batches.append(np.ascontiguousarray(coarse.repeat(cell, 1).repeat(cell, 2)[:, :height, :width]))
    return batches


class DrawnOutputs:
    """What a network could say, such that each setting of a detector decides about some of its detections.

    Scores go beyond the threshold whatever it is, if need be above 1.

    Args:
        zoo: the detector for which they are drawn.
    """

    def __init__(self, zoo: PostProcessing) -> None:
        self._zoo, self._nms = zoo, zoo.nms
        self._anchors, self._classes = len(zoo.anchors), len(zoo.class_names)
        self._first = zoo.scoring.before_classes
        self._listed = min(self._nms.keep, self._nms.top_k, self._anchors)
        self._rng = np.random.default_rng(0)

    def __iter__(self) -> Iterator[Outputs]:
        for number in range(_DENSE):
            yield self._dense(ties=number % 2 == 1)
        for _ in range(_SINGLE):
            yield self._single()
        for _ in range(_CROWDED):
            yield self._crowded()
        for _ in range(_NEAR):
            yield self._near()
        yield from self._every_anchor()

    def _said(self, scores: NDArray[np.float32], offsets: NDArray[np.float32]) -> Outputs:
        """What the network says of scores (N, C): as they are, or as products of which one factor is a power of 2."""
        probabilities = np.zeros((self._anchors, self._zoo.score_count), np.float32)
        probabilities[:, self._first :] = scores
        if self._zoo.scoring is Scoring.OBJECTNESS:
            of_objects = 2.0 ** self._rng.integers(-2, 2, (self._anchors, 1))
            probabilities[:, 1:] /= of_objects
            probabilities[:, :1] = of_objects
        return probabilities, offsets

    def _dense(self, *, ties: bool) -> Outputs:
        """Every class of every anchor; some have one class alone, with the highest scores. Or many are equal."""
        found, offsets = self._nothing()
        far = self._rng.random(offsets.shape) < _FAR
        offsets[far] = self._rng.uniform(-_FARTHEST, _FARTHEST, far.sum())
        scores = self._rng.random((self._anchors, self._classes), np.float32)
        single = self._rng.permutation(self._anchors)[: (self._listed + 1) // 2]
        labels = self._rng.integers(self._classes, size=len(single))
        highest = 1 + scores[single, labels] / 2
        scores[single] = -self._nms.score
        scores[single, labels] = highest
        found[:] = self._nms.score + (np.round(scores * 64) / 64 if ties else scores)
        return self._said(found, offsets)

    def _single(self) -> Outputs:
        """One class has every anchor, and so all of the list."""
        found, offsets = self._nothing()
        label = self._rng.integers(self._classes)
        found[:, label] = self._nms.score + self._rng.uniform(0.01, 1, self._anchors)
        return self._said(found, offsets)

    def _crowded(self) -> Outputs:
        """Highest scores that suppress one another, so that the list has room for those at rank `top_k`."""
        found, offsets = self._nothing(spread=0.1)
        labels = self._rng.permutation(self._classes)[:_CROWDED_CLASSES]
        room = self._nms.top_k - (self._listed + 9) // 10
        groups = self._groups(offsets, max(1, self._listed * 8 // 10 // len(labels)))
        crowd = list(islice(((anchor, label) for group in groups for label in labels for anchor in group), room))
        rest = self._rng.permutation(np.setdiff1d(np.arange(self._anchors), [anchor for anchor, _ in crowd]))
        anchors, columns = np.array([*crowd, *((anchor, labels[0]) for anchor in rest)]).T
        found[anchors, columns] = self._nms.score + np.linspace(1, 0.01, len(anchors))
        return self._said(found, offsets)

    def _groups(self, offsets: NDArray[np.float32], most: int) -> Iterator[NDArray[np.intp]]:
        """Anchors of which the first would suppress the others, and not those of another group: large groups first."""
        boxes = self._zoo.encoder.decode(offsets, self._zoo.anchors)
        some = self._rng.permutation(self._anchors)[:_PIVOTS]
        near = pairwise_iou(boxes[some], boxes) > self._nms.iou
        for _ in range(most):
            row = near.sum(axis=1).argmax()
            if not near[row].any():
                break
            near[row, some[row]] = False
            group = np.array([some[row], *np.flatnonzero(near[row])])
            near[:, group] = near[np.isin(some, group)] = False
            yield group

    def _near(self) -> Outputs:
        """A few scores just above the threshold, at it, and just below."""
        found, offsets = self._nothing()
        count = int(self._rng.integers(1, self._listed + 1))
        apart = self._rng.choice([-1, 0, 1], count) * 10 ** self._rng.uniform(-5, -1, count)
        anchors = self._rng.permutation(self._anchors)[:count]
        labels = self._rng.integers(0, self._classes, count)
        found[anchors, labels] = np.maximum(self._nms.score + (self._nms.score or 1) * apart, 0)
        return self._said(found, offsets)

    def _every_anchor(self) -> Iterator[Outputs]:
        """All anchors in turn, as many as can be listed at a time, each with one of the classes in turn."""
        rounds = -(-max(self._anchors, self._classes, _LEAST_ROUNDS * self._listed) // self._listed)
        rounds = min(rounds, _MOST_NUMBERS // (self._anchors * self._classes))
        order = np.resize(self._rng.permutation(self._anchors), (rounds, self._listed))
        for number, anchors in enumerate(order):
            found, offsets = self._nothing()
            labels = (number * self._listed + np.arange(self._listed)) % self._classes
            found[anchors, labels] = self._nms.score + self._rng.uniform(0.01, 1, self._listed)
            yield self._said(found, offsets)

    def _nothing(self, spread: float = 1.0) -> Outputs:
        """Scores of 0 for all anchors, and offsets of this standard deviation."""
        offsets = self._rng.normal(0, spread, (self._anchors, 4)).astype(np.float32)
        return np.zeros((self._anchors, self._classes), np.float32), offsets

"""What became of every object and every detection at one score threshold: found, taken for another, missed, made up."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.matching import UNMATCHED
from zoo_core.evaluation.gathering import Gathered, Ints
from zoo_core.evaluation.ignored import counted_objects, on_ignored_objects

__all__ = ["Outcome", "outcomes_of"]


@dataclass(frozen=True, eq=False)
class Outcome:
    """Objects (K,) and detections (M,) of an image in pairs.

    Attributes:
        detection_of: (K,) the detection of each object, or `UNMATCHED`.
        object_of: (M,) the object of each detection, or `UNMATCHED`.
        objects: (K,) whether an object is to be found: neither difficult nor a crowd.
        detections: (M,) whether a detection counts: its score reaches the threshold, and it lies on
            no object that is not to be found.
        right: (M,) whether it counts and has an object of its class.
        missed: (K,) whether an object is to be found, and no detection of its class has it.
    """

    detection_of: NDArray[np.int64]
    object_of: NDArray[np.int64]
    objects: NDArray[np.bool_]
    detections: NDArray[np.bool_]
    right: NDArray[np.bool_]
    missed: NDArray[np.bool_]

    @property
    def wrong(self) -> NDArray[np.bool_]:
        """(M,) whether a detection counts and is not right."""
        return self.detections & ~self.right


def outcomes_of(gathered: Gathered, score: float, iou: float) -> tuple[Outcome, ...]:
    """Pair the objects of each image with what was found at a threshold.

    A pair overlaps by at least `iou`. Pairs of one class are made first, so that what was found right
    is never given away, and then those of two classes; each time the largest overlap first. Nothing is in
    two pairs.

    Args:
        gathered: detections and ground truth.
        score: the least score of a detection that counts.
        iou: the least overlap of a pair.
    """
    found, truth = gathered.found, gathered.objects
    # As float32, in which detectors say their scores: .9 reaches a threshold of .9.
    objects, detections = counted_objects(truth), found.scores.astype(np.float32) >= np.float32(score)
    pairs = gathered.pairs_of_any_class
    pairs = pairs[(pairs.iou >= iou) & detections[pairs.found] & objects[pairs.objects]]
    other_class = found.labels[pairs.found] != truth.labels[pairs.objects]
    pairs = pairs.exclusive(np.lexsort((-pairs.iou, other_class)))  # stable: then the detection that is listed first
    same = pairs[found.labels[pairs.found] == truth.labels[pairs.objects]]
    right, missed = np.zeros_like(detections), objects.copy()
    right[same.found], missed[same.objects] = True, False
    # Places are counted in the image.
    found_at, objects_at = (_ends(each.images, gathered.image_count) for each in (found, truth))
    images = found.images[pairs.found]
    detection_of, object_of = np.full(len(objects), UNMATCHED), np.full(len(detections), UNMATCHED)
    detection_of[pairs.objects] = pairs.found - found_at[images]
    object_of[pairs.found] = pairs.objects - objects_at[images]
    counted = detections & ((object_of != UNMATCHED) | ~on_ignored_objects(gathered, iou))
    return tuple(
        Outcome(detection_of[theirs], object_of[mine], objects[theirs], counted[mine], right[mine], missed[theirs])
        for mine, theirs in zip(_slices(found_at), _slices(objects_at), strict=True)
    )


def _ends(images: Ints, count: int) -> Ints:
    """Where the boxes of each image begin, and last where all end, (count + 1,)."""
    return np.searchsorted(images, np.arange(count + 1))


def _slices(ends: Ints) -> Iterator[slice]:
    return itertools.starmap(slice, itertools.pairwise(ends.tolist()))

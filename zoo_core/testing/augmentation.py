"""What augmentation steps promise: complete samples, and reproducible randomness."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from zoo_core.boxes.boxes import pairwise_iou
from zoo_core.boxes.protocols import Sample
from zoo_core.parts.components import AugmentationSettings
from zoo_core.parts.geometry import ImageSize
from zoo_core.testing.comparing import assert_close, try_cases
from zoo_core.testing.contract import ComponentContract

__all__ = ["AugmentationContract"]

_SIZE = ImageSize(48, 64)
_SEEDS = st.integers(0, 2**32 - 1)
_TIGHT = 0.4
"""Least median IoU of boxes with what is seen of their objects."""


class AugmentationContract(ComponentContract):
    """Every check of an augmentation step, on random images with and without objects."""

    rests_on: ClassVar[tuple[str, ...]] = ("test_samples_stay_whole",)
    varied: ClassVar[tuple[str, ...]] = (
        "test_samples_stay_whole",
        "test_boxes_lie_in_the_image",
        "test_boxes_follow_their_objects",
        "test_equal_generators_give_equal_results",
    )
    examples: ClassVar[int] = 60

    def changed(self, settings: AugmentationSettings, sample: Sample, seed: int) -> Sample:
        """The result of a new step on a sample."""
        changed: Sample = self.make(settings)(sample, np.random.default_rng(seed), _SIZE)
        return changed

    def test_samples_stay_whole(self, settings: AugmentationSettings) -> None:
        """The image stays uint8 (H, W, 3), boxes float32 (M, 4), and labels, difficult and crowd as many as boxes."""

        def check(seed: int) -> None:
            found = self.changed(settings, _sample(seed), seed)
            assert isinstance(found, Sample), f"a step should return a Sample, not a {type(found).__name__}"
            image, count = found.image, len(found.boxes)
            is_image = image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3 and image.size
            assert is_image, f"the image should be uint8 (H, W, 3), but is {image.dtype} {image.shape}"
            boxes = found.boxes
            assert boxes.dtype == np.float32 and boxes.shape == (count, 4), (
                f"boxes should be float32 (M, 4), but are {boxes.dtype} {boxes.shape}"
            )
            counts = {len(each) for each in (found.labels, found.difficult, found.crowd)}
            assert counts == {count}, f"{count} boxes have {counts} labels, difficult and crowd: drop from all of them"
            kinds = [each.dtype.kind for each in (found.labels, found.difficult, found.crowd)]
            assert kinds == ["i", "b", "b"], (
                f"labels should be whole numbers, difficult and crowd truth values, but are {found.labels.dtype}, "
                f"{found.difficult.dtype} and {found.crowd.dtype}"
            )

        try_cases(self.examples, check, seed=_SEEDS)

    def test_boxes_lie_in_the_image(self, settings: AugmentationSettings) -> None:
        """Boxes lie within the image, and have an area."""

        def check(seed: int) -> None:
            found = self.changed(settings, _sample(seed), seed)
            height, width = found.image.shape[:2]
            low, high = found.boxes[:, :2], found.boxes[:, 2:]
            assert (low >= 0).all() and (high <= (width, height)).all(), "a box lies outside of the image: clip it"
            assert (low < high).all(), "a box has no area: drop it"

        try_cases(self.examples, check, seed=_SEEDS)

    def test_boxes_follow_their_objects(self, settings: AugmentationSettings) -> None:
        """A box is where its object has come to: there two images differ, of which one alone has the object."""
        overlaps: list[float] = []

        def check(seed: int) -> None:
            with_object, without = _twins(seed)
            found, other = (self.changed(settings, each, seed) for each in (with_object, without))
            apart = np.abs(found.image.astype(int) - other.image).max(axis=2, initial=0)
            if len(found.boxes) != 1 or not apart.any():
                return  # the object was dropped, or hidden
            rows, columns = np.nonzero(apart > apart.max() / 2)  # at its border it may be blurred
            seen = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
            box = found.boxes[0]
            # A pixel of what came in may be as large as some of what comes out.
            beyond = 1 + max(np.divide(found.image.shape[:2], with_object.image.shape[:2]))
            assert (seen[:2] >= box[:2] - beyond).all() and (seen[2:] <= box[2:] + beyond).all(), (
                f"the object is at {seen.tolist()} now, but its box is {box.round(1).tolist()}: move boxes with it"
            )
            overlaps.append(float(pairwise_iou(box[None], seen[None].astype(np.float32))[0, 0]))

        try_cases(self.examples, check, seed=_SEEDS)
        # Parts of some objects may be hidden, but not most of most.
        assert not overlaps or np.median(overlaps) > _TIGHT, (
            f"boxes have a median IoU of {np.median(overlaps):.2f} with what is seen of their objects: "
            "they are far too large"
        )

    def test_equal_generators_give_equal_results(self, settings: AugmentationSettings) -> None:
        """All randomness comes from the generator, and no state is kept between samples: a training can be repeated."""
        used = self.make(settings)

        def check(seed: int) -> None:
            first = used(_sample(seed), np.random.default_rng(seed), _SIZE)
            second = self.changed(settings, _sample(seed), seed)
            message = "with equal generators a used step and a new one give different results"
            assert_close(_arrays(first), _arrays(second), message)

        try_cases(self.examples, check, seed=_SEEDS)

    def test_leaves_its_sample_alone(self, settings: AugmentationSettings) -> None:
        """The sample passed in is not changed, nor are its arrays: a data set may return it again."""

        def check(seed: int) -> None:
            sample = _sample(seed)
            before = deepcopy(sample)
            self.changed(settings, sample, seed)
            message = "the sample passed in was changed: write to copies of its arrays"
            assert_close(_arrays(sample), _arrays(before), message)

        try_cases(self.examples, check, seed=_SEEDS)


def _arrays(sample: Sample) -> list[NDArray[Any]]:
    return [sample.image, sample.boxes, sample.labels, sample.difficult, sample.crowd]


def _sample(seed: int) -> Sample:
    """A random image with up to three objects."""
    rng = np.random.default_rng(seed)
    height, width = rng.integers(16, 80, 2)
    count = int(rng.integers(0, 4))
    low = rng.uniform(0, 0.5, (count, 2))
    corners = np.concatenate([low, low + rng.uniform(0.2, 0.5, (count, 2))], axis=1)
    return Sample(
        image=rng.integers(0, 256, (height, width, 3), dtype=np.uint8),
        boxes=(corners * (width, height, width, height)).astype(np.float32),
        labels=rng.integers(0, 3, count),
        difficult=rng.random(count) < 0.5,
        crowd=rng.random(count) < 0.5,
        image_id="random",
    )


def _twins(seed: int) -> tuple[Sample, Sample]:
    """A dark image with one bright object, and the same with the annotation alone."""
    rng = np.random.default_rng(seed)
    height, width = rng.integers(24, 80, 2)
    x1, y1 = (int(rng.integers(0, side // 2)) for side in (width, height))
    x2, y2 = (int(low + rng.integers(8, side // 2)) for low, side in ((x1, width), (y1, height)))
    without = Sample(
        image=rng.integers(0, 64, (height, width, 3), dtype=np.uint8),
        boxes=np.array([[x1, y1, x2, y2]], np.float32),
        labels=np.array([1]),
        difficult=np.array([False]),
        crowd=np.array([False]),
        image_id="random",
    )
    image = without.image.copy()
    image[y1:y2, x1:x2] += 192
    return replace(without, image=image), without

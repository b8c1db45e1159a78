"""What augmentation steps promise: complete samples, and reproducible randomness."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, ClassVar

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from zoo_core.boxes.protocols import Sample
from zoo_core.parts.components import AugmentationSettings
from zoo_core.parts.geometry import ImageSize
from zoo_core.testing.comparing import assert_close, try_cases
from zoo_core.testing.contract import ComponentContract

__all__ = ["AugmentationContract"]

_SIZE = ImageSize(48, 64)
_SEEDS = st.integers(0, 2**32 - 1)


class AugmentationContract(ComponentContract):
    """Every check of an augmentation step, on random images with and without objects."""

    rests_on: ClassVar[tuple[str, ...]] = ("test_samples_stay_whole",)
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

    def test_equal_generators_give_equal_results(self, settings: AugmentationSettings) -> None:
        """All randomness comes from the generator, and no state is kept between samples: a training can be repeated."""
        used = self.make(settings)

        def check(seed: int) -> None:
            first = used(_sample(seed), np.random.default_rng(seed), _SIZE)
            second = self.changed(settings, _sample(seed), seed)
            message = "with equal generators a used step and a new one give different results"
            assert_close([first.image, first.boxes], [second.image, second.boxes], message)

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

"""Photometric changes are as strong as they say, and change nothing but colours."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.conftest import COLORS, painted
from zoo_core.boxes.protocols import Sample
from zoo_core.config.augmentation import Photometric
from zoo_core.data.pipeline.augmentation import photometric


def repainted(seed: int) -> np.ndarray:
    """What photometric makes of the colours, and of black after them."""
    palette = replace(
        painted(np.random.default_rng(0)), image=np.concatenate([COLORS, [[0, 0, 0]]])[None].astype(np.uint8)
    )
    return photometric(palette, Photometric(), np.random.default_rng(seed)).image[0]


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_photometric_changes_only_colours(seed):
    before = painted(np.random.default_rng(seed))
    after = photometric(before, Photometric(), np.random.default_rng(seed))
    label_of_pixel = (before.image[:, :, None] == COLORS).all(axis=3)
    drawn_anew = np.where(label_of_pixel.any(axis=2), label_of_pixel.argmax(axis=2), len(COLORS))
    assert np.array_equal(after.image, repainted(seed)[drawn_anew])
    assert after.image.dtype == np.uint8
    assert after.boxes is before.boxes
    assert after.labels is before.labels


def colours(image: np.ndarray, **strengths: float) -> np.ndarray:
    """What photometric makes of an image with all changes chosen and as strong as they get."""

    class Strongest:
        def random(self, count):
            return np.zeros(count)

        def uniform(self, _, high, count):
            return np.full(count, high)

    none = {"brightness": 0, "contrast": 0, "saturation": 0, "hue": 0}
    empty = np.empty(0)
    sample = Sample(image, np.empty((0, 4)), empty, empty, empty, "")
    return photometric(sample, Photometric(**none | strengths), Strongest()).image


def test_each_photometric_change_does_what_its_name_says():
    image = np.random.default_rng(0).integers(60, 120, (8, 8, 3), dtype=np.uint8)
    grey = image[:, :, :1].repeat(3, axis=2)
    as_float = image.astype(np.float64)
    assert np.array_equal(colours(image), image)
    assert np.array_equal(colours(image, brightness=20), image + 20)
    assert np.abs(colours(image, contrast=0.5) - as_float * 1.5).max() <= 0.51
    luma = as_float @ [[0.299], [0.587], [0.114]]
    assert np.abs(colours(image, saturation=0.5) - (luma + (as_float - luma) * 1.5)).max() <= 0.6
    assert np.abs(colours(image, hue=180) - (luma * 2 - as_float)).max() <= 0.6  # the opposite hue
    assert np.array_equal(colours(grey, saturation=0.5, hue=90), grey)
    assert colours(np.full((2, 2, 3), 250, np.uint8), brightness=100).tolist() == np.full((2, 2, 3), 255).tolist()


def test_hue_is_turned_as_far_as_by_the_code_of_the_authors():
    """They add up to 18 to OpenCV's hue of 8 bits, which counts half degrees."""
    image = np.random.default_rng(0).integers(60, 190, (40, 40, 3), dtype=np.uint8)
    before, after = (
        cv2.cvtColor(each, cv2.COLOR_RGB2HSV).astype(int) for each in (image, colours(image, hue=Photometric().hue))
    )
    turned = (after - before)[:, :, 0][before[:, :, 1] > 40]
    assert 16 < abs(np.median((turned + 90) % 180 - 90)) < 20

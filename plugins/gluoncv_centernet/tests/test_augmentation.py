"""Training images and boxes are those of GluonCV's transform, when both draw the same random numbers.

GluonCV clips boxes a cell before the border of its map, whose right and lower end it takes for each other's; its map
has a fourth of the cells of the input. So what ends there is left out where boxes are compared.
"""

import random
from dataclasses import replace

import cv2
import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.boxes.protocols import Sample
from zoo_core.config.augmentation import Affine, ColorJitter, Flip
from zoo_core.data.pipeline.augmentation import augment
from zoo_core.plugin_api import import_quietly, mx
from zoo_core.registry.registry import make

SIDE, CELLS = 128, 32
SIZES = [(375, 500), (500, 333), (640, 427), (97, 61), (40, 41), (300, 300), (1000, 20), (2, 7), (1, 1)]
STEPS = zoo.load_config("center_net_resnet18_v1b_custom").training.augmentation


@pytest.fixture
def gluoncvs(monkeypatch):
    """``gluoncvs(sample, seed)``: its image, of values that are not clipped, its boxes in pixels, and labels."""
    preset = import_quietly("gluoncv.data.transforms.presets.center_net")
    transform = preset.CenterNetDefaultTrainTransform(SIDE, SIDE, num_class=4, mean=(0, 0, 0), std=(1, 1, 1))
    kept = []
    nothing = (None,) * 5
    transform._internal_target_generator = lambda boxes, labels: kept.append((boxes.copy(), labels.copy())) or nothing

    def changed(sample, seed):
        rng = transform._data_rng = np.random.default_rng(seed)
        # It decides by two numbers whether to flip: one for up and down, which never happens.
        monkeypatch.setattr(np.random, "choice", lambda _, p: p[1] > 0 and rng.random() < p[1])
        monkeypatch.setattr(np.random, "randint", rng.integers)
        monkeypatch.setattr(np.random, "randn", rng.standard_normal)
        monkeypatch.setattr(random, "shuffle", lambda values: values.__setitem__(slice(None), shuffled(rng, values)))
        label = np.column_stack([sample.boxes, sample.labels])
        # Its grey and its principal components are for images whose blue comes first.
        blue_first = mx.nd.array(sample.image[..., ::-1], dtype="uint8")
        image = transform(blue_first, label)[0]
        boxes, labels = kept.pop()
        return image.asnumpy()[::-1].transpose(1, 2, 0) * 255, boxes * 4, labels[:, 0].astype(int)

    return changed


def shuffled(rng, values):
    return [values[index] for index in rng.permutation(len(values))]


def picture(seed, size):
    """A smooth picture, for what is interpolated is compared, with many objects."""
    rng = np.random.default_rng(seed)
    image = cv2.resize(rng.integers(30, 200, (9, 9, 3), dtype=np.uint8), size[::-1], interpolation=cv2.INTER_CUBIC)
    corners = rng.uniform(0, 0.9, (40, 2))
    boxes = np.concatenate([corners, corners + rng.uniform(0.01, 1, (40, 2)) * (1 - corners)], axis=1) * (
        [*size[::-1]] * 2
    )
    flags = np.zeros(40, bool)
    labels = rng.integers(0, 4, 40)
    return Sample(image, boxes.astype(np.float32), labels, flags, flags, "picture")


@pytest.mark.parametrize("size", SIZES)
def test_images_and_boxes_are_gluoncvs(gluoncvs, size):
    assert (Flip(), Affine(), ColorJitter()) == STEPS
    limit, compared = (CELLS - 1) * 4, 0
    for seed in range(12):
        sample = picture(seed, size)
        expected, boxes, labels = gluoncvs(sample, seed)
        found = augment(sample, STEPS, zoo.ImageSize(SIDE, SIDE), np.random.default_rng(seed))
        levels = np.abs(found.image - np.clip(expected, 0, 255))
        assert np.quantile(levels, 0.999) < 0.8  # a half is rounded, and OpenCV multiplies with few bits
        assert levels.max() < 2  # where the two maps differ in a last bit, another value is rounded

        visible = (boxes[:, :2] < boxes[:, 2:]).all(axis=1)
        np.testing.assert_allclose(
            np.minimum(found.boxes, limit)[in_cells(found.boxes, limit)], boxes[visible], atol=2e-3
        )
        np.testing.assert_array_equal(found.labels[in_cells(found.boxes, limit)], labels[visible])
        compared += visible.sum()
    assert compared > 100


def in_cells(boxes, limit):
    """Which boxes GluonCV keeps of those that are seen at all."""
    return (boxes[:, :2] < limit).all(axis=1)


class OnlyPaler:
    """Draws of GluonCV's transform of which the last alone changes something."""

    def __init__(self):
        self.drawn = iter([0, 0, -0.4])

    def uniform(self, low, high):  # noqa: ARG002  # as NumPy's
        return next(self.drawn)

    def normal(self, scale, size):  # noqa: ARG002  # as NumPy's
        return np.zeros(size)


def test_gluoncv_takes_red_for_blue_where_it_makes_colours_paler(monkeypatch):
    """Its code is CenterNet's, which reads images with blue first; its own have red first."""
    monkeypatch.setattr(random, "shuffle", lambda _: None)  # brightness, contrast, saturation
    red = np.full((8, 8, 3), (200, 0, 0), np.uint8)
    distort = import_quietly("gluoncv.data.transforms.experimental.image").np_random_color_distort
    theirs = distort(red.astype(np.float32), OnlyPaler())[0, 0]
    np.testing.assert_allclose(theirs, (0.6 * 200 + 0.4 * 0.114 * 200, *(0.4 * 0.114 * 200,) * 2), rtol=1e-5)

    jitter = ColorJitter(brightness=0, contrast=0, lighting=0, saturation=0.9)
    sample = replace(picture(0, (8, 8)), image=red)
    for seed in range(8):
        brighter, grey, _ = (
            make(jitter)(sample, np.random.default_rng(seed), zoo.ImageSize(8, 8)).image[0, 0].astype(int)
        )
        if grey > 0:  # else it is not paler, but clipped
            factor = (brighter - grey) / 200
            assert grey == pytest.approx(0.299 * 200 * (1 - factor), abs=1)

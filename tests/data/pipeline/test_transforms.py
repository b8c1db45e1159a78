from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoo_core.boxes.protocols import Sample
from zoo_core.config.detector import DetectorConfig, Normalization
from zoo_core.config.training import TrainingSettings
from zoo_core.data.pipeline.batches import TrainingBatches
from zoo_core.data.pipeline.transforms import network_input, normalize, stretch, warp
from zoo_core.parts.geometry import ImageSize


def noise(height=9, width=14, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@given(
    mean=st.tuples(*[st.floats(0, 1, width=32, allow_subnormal=False)] * 3),
    std=st.tuples(*[st.floats(0.0625, 2, width=32)] * 3),
    seed=st.integers(0, 9),
)
def test_pixels_are_normalised_by_the_formula(mean, std, seed):
    image = noise(seed=seed)
    wanted = ((image / 255 - mean) / std).transpose(2, 0, 1)
    found = normalize(image, Normalization(mean=mean, std=std))
    assert found.dtype == np.float32
    assert np.allclose(found, wanted, rtol=1e-5, atol=1e-5)


def test_a_batch_can_be_written_in_place():
    batch = np.zeros((2, 3, 9, 14), np.float32)
    found = normalize(noise(), Normalization(), out=batch[1])
    assert np.shares_memory(found, batch)
    assert np.array_equal(batch[1], normalize(noise(), Normalization()))
    assert not batch[0].any()


def test_part_of_an_image_is_normalised_as_the_same_pixels_alone():
    part = noise()[2:7, 3:11]
    assert np.array_equal(normalize(part, Normalization()), normalize(part.copy(), Normalization()))


def test_an_image_is_stretched_to_height_and_width():
    assert stretch(noise(), ImageSize(5, 20)).shape == (5, 20, 3)
    image = noise()
    assert stretch(image, ImageSize(9, 14)) is image


def test_stretching_keeps_places_relative_to_the_image():
    image = np.zeros((40, 80, 3), np.uint8)
    image[10:20, 40:60] = 255
    rows, columns = np.nonzero(stretch(image, ImageSize(80, 40))[:, :, 0] > 127)
    assert (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1) == (20, 40, 20, 30)


@pytest.mark.parametrize("size", [ImageSize(9, 14), ImageSize(32, 16)])
def test_the_network_sees_stretched_then_normalised_pixels(size):
    found = network_input(noise(), size, Normalization())
    assert found.shape == (3, *size)
    exact = stretch(noise().astype(np.float32), size)  # not rounded in between
    assert np.array_equal(found, normalize(exact, Normalization()))
    assert np.abs(exact - stretch(noise(), size).astype(np.float32)).max() < 1


@given(
    height=st.integers(3, 40),
    width=st.integers(3, 40),
    size=st.builds(ImageSize, st.integers(3, 40), st.integers(3, 40)),
    mean=st.tuples(*[st.floats(0, 1, width=32, allow_subnormal=False)] * 3),
)
def test_training_without_augmentation_sees_what_prediction_sees(height, width, size, mean):
    """To the last bit: batches of training and the input of scoring, prediction and export have one definition."""
    normalization = Normalization(mean=mean)
    nothing = np.empty(0)
    sample = Sample(noise(height, width), np.empty((0, 4), np.float32), nothing, nothing, nothing, "")
    config = DetectorConfig.model_construct(
        input_size=size, normalization=normalization, training=TrainingSettings(augmentation=(), batch_size=1)
    )
    batch = TrainingBatches([sample], config, lambda *_: None)[0]
    assert np.array_equal(batch.images[0], network_input(sample.image, size, normalization))


@pytest.mark.parametrize("axis", [0, 1])
def test_a_picture_longer_than_opencv_can_warp_is_warped(axis):
    image = np.zeros((40000, 20, 3), np.uint8)
    image[30000:] = 255
    matrix, size = np.array([[1.0, 0, 0], [0, 64 / 40000, 0]]), np.array([64, 20])
    if axis:
        image, matrix, size = image.transpose(1, 0, 2).copy(), matrix[::-1, [1, 0, 2]], size[::-1]
    found = warp(image, matrix, ImageSize(*size.tolist()), (0, 0, 0))
    edges = np.diff(found.astype(int), axis=axis).nonzero()[axis]
    assert found.shape[:2] == tuple(size)
    assert set(edges) <= {46, 47, 48}
    assert found.max() == 255

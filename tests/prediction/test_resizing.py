"""Every way to resize leads back to pixels of the picture, and training sees what prediction sees."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import zoo_core as zoo
from zoo_core.boxes.boxes import into_input, out_of_input
from zoo_core.boxes.protocols import Sample
from zoo_core.config.resize import LetterboxResize
from zoo_core.data.pipeline.batches import TrainingBatches
from zoo_core.data.pipeline.transforms import normalize, resized
from zoo_core.parts.geometry import ImageSize

RESIZES = [
    "stretch",
    {"name": "stretch", "interpolation": "auto", "rounded": True},
    "letterbox",
    {"name": "letterbox", "enlarge": False, "fill": [9, 8, 7], "rounded": True},
    {"name": "short_side", "longest": 150, "multiple": 8},
]


@pytest.fixture(scope="module", params=RESIZES, ids=str)
def detector(request, tiny_table, sure_detector):
    return sure_detector({**tiny_table, "resize": request.param})


@pytest.fixture
def pictures():
    rng = np.random.default_rng(3)
    sizes = [(40, 30), (200, 90), (40, 30), (7, 260), (64, 96), (300, 20)]
    return [rng.integers(0, 256, (*size, 3), dtype=np.uint8) for size in sizes]


def test_pictures_of_all_sizes_together_are_found_as_alone(detector, pictures):
    for picture, found in zip(pictures, detector.predict(pictures, 4), strict=True):
        alone = detector.predict(picture)
        assert len(found) > 5
        assert found.size == picture.shape[:2]
        np.testing.assert_array_equal(found.labels, alone.labels)
        np.testing.assert_allclose(found.boxes, alone.boxes, atol=1e-3)
        assert (found.boxes >= 0).all()
        assert (found.boxes <= np.tile(picture.shape[1::-1], 2)).all()


def test_boxes_lie_where_their_pixels_are(detector, pictures):
    """What the network says of one anchor is that anchor's place, scaled and moved as the picture was."""
    for picture in pictures:
        size = ImageSize(*picture.shape[:2])
        placed = detector.placement(size)
        anchors = detector.anchors_at(placed.input)
        unit = anchors.to(zoo.BoxFormat.CORNER_UNIT).boxes
        index = int(np.argmin(np.abs(unit - [0.4, 0.4, 0.6, 0.6]).sum(axis=1)))
        probabilities = np.zeros((len(anchors), 4), np.float32)
        probabilities[:, 0] = 1
        probabilities[index] = [0, 0, 1, 0]
        found = detector.read(probabilities, np.zeros((len(anchors), 4), np.float32), size)
        x1, y1, x2, y2 = unit[index] * np.tile(placed.input[::-1], 2) - np.tile([placed.left, placed.top], 2)
        down, right = size.height / placed.picture.height, size.width / placed.picture.width
        wanted = np.clip([x1 * right, y1 * down, x2 * right, y2 * down], 0, np.tile(size[::-1], 2))
        np.testing.assert_allclose(found.boxes, [wanted], atol=1e-3)


def test_training_sees_what_prediction_sees(detector, pictures):
    nothing = np.empty(0)
    boxes = np.array([[2, 1, 6, 5]], np.float32)
    training = detector.config.training.model_copy(update={"augmentation": (), "batch_size": 1})
    config = detector.config.model_copy(update={"training": training})
    for picture in pictures:
        seen = []
        sample = Sample(picture, boxes, nothing, nothing, nothing, "")
        batch = TrainingBatches([sample], config, lambda truth, *_, seen=seen: seen.extend(truth))[0]
        if detector.config.resize.name == "short_side":  # its batches need one shape
            np.testing.assert_allclose(seen[0], boxes / np.tile(picture.shape[1::-1], 2), rtol=1e-5)
            continue
        np.testing.assert_array_equal(batch.images[0], detector.network_input(picture))
        placed = detector.placement(ImageSize(*picture.shape[:2]))
        scale = np.tile(np.array(placed.picture[::-1]) / picture.shape[1::-1], 2)
        wanted = (boxes * scale + np.tile([placed.left, placed.top], 2)) / np.tile(placed.input[::-1], 2)
        np.testing.assert_allclose(seen[0], wanted, rtol=1e-5)


def test_short_sides_train_on_one_shape(tiny_table, pictures):
    config = zoo.load_config(
        {**tiny_table, "resize": "short_side"}, {"training.batch_size": 2, "training.augmentation": []}
    )
    nothing, boxes = np.empty(0), np.array([[2, 1, 6, 5]], np.float32)
    samples = [Sample(each, boxes, nothing, nothing, nothing, "") for each in pictures]
    assert TrainingBatches(samples, config, lambda *_: None)[0].images.shape == (2, 3, 64, 96)


def test_random_stretching_in_training_keeps_a_letterbox(tiny_table):
    """The step `stretch` goes to the size that the picture has in the letterbox, and not to that of the input."""
    stretch = {"training.augmentation": ["stretch"], "training.batch_size": 1}
    config = zoo.load_config({**tiny_table, "resize": {"name": "letterbox", "fill": [0, 0, 0]}}, stretch)
    nothing, white = np.empty(0), np.full((20, 60, 3), 255, np.uint8)
    sample = Sample(white, np.empty((0, 4), np.float32), nothing, nothing, nothing, "")
    (image,) = TrainingBatches([sample], config, lambda *_: None)[0].images
    lit = (image[0] > 0).all(axis=1)
    assert (int(lit.sum()), int(np.argmax(lit))) == (32, 16)


@given(
    st.builds(ImageSize, st.integers(1, 500), st.integers(1, 500)),
    st.builds(ImageSize, st.integers(8, 300), st.integers(8, 300)),
    st.booleans(),
    st.integers(0, 9),
)
def test_boxes_come_back_from_the_letterbox(picture, size, warp, seed):
    placement = LetterboxResize(warp=warp).placement(picture, size)
    boxes = np.random.default_rng(seed).uniform(-0.2, 1.2, (5, 4))
    np.testing.assert_allclose(out_of_input(into_input(boxes, placement), placement), boxes, atol=1e-12)


def test_what_a_letterbox_leaves_over_has_its_colour():
    picture = np.full((10, 30, 3), 200, np.uint8)
    resize, size = LetterboxResize(fill=(1, 2, 3), rounded=True), ImageSize(40, 60)
    found = resized(picture, resize, resize.placement(ImageSize(10, 30), size))
    assert found.dtype == np.uint8
    assert (found[10:30] == 200).all()
    assert (found[:10] == (1, 2, 3)).all()
    assert (found[30:] == (1, 2, 3)).all()
    exact = resized(picture, LetterboxResize(fill=(1, 2, 3)), resize.placement(ImageSize(10, 30), size))
    np.testing.assert_array_equal(normalize(exact, zoo.load_config("tinyssd_shapes").normalization).shape, (3, 40, 60))

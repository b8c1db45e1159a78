"""A detector on pictures of every kind: boxes come back in the pixels of the picture that was given."""

import copy
import pickle
import weakref

import numpy as np
import pytest
from PIL import Image

import zoo_core as zoo
from zoo_core.common.errors import DatasetError
from zoo_core.config.loading import load_config
from zoo_core.data.pipeline.transforms import network_input
from zoo_core.prediction.detector import Detector


class Oracle:
    """An engine that is sure of class 1 at one anchor, with no offset."""

    def __init__(self, config, anchor):
        self.plan, self.anchor, self.seen = zoo.plan(config), anchor, []

    def __call__(self, images):
        self.seen.append(images)
        batch = len(images)
        probabilities = np.zeros((batch, *self.plan.score_shape), dtype=np.float32)
        probabilities[..., 0] = 1
        probabilities[:, self.anchor] = [0, 0, 1, 0]
        return probabilities, np.zeros((batch, *self.plan.offset_shape), dtype=np.float32)


@pytest.fixture
def detector():
    config = load_config("tinyssd_shapes", {"input_size": "128x96"})
    anchors = zoo.make(config.anchors)(zoo.plan(config).feature_maps, config.input_size)
    inside = (anchors.boxes.min(1) > 0) & (anchors.boxes.max(1) < 1)
    return Detector(config, Oracle(config, int(np.flatnonzero(inside)[0])))


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(0, 256, (50, 200, 3), dtype=np.uint8)


def test_boxes_are_in_pixels_of_the_original(detector, picture):
    found = detector.predict(picture)
    unit = detector.anchors.boxes[detector.engine.anchor]
    np.testing.assert_allclose(found.boxes[0], unit * [200, 50, 200, 50], rtol=1e-5)
    assert found.names == ["square"]


def test_paths_arrays_and_pil_images_are_the_same_picture(detector, picture, tmp_path):
    path = tmp_path / "picture.png"
    Image.fromarray(picture).save(path)
    found = detector.predict([picture, Image.fromarray(picture), path, str(path)])
    assert all((each.boxes == found[0].boxes).all() for each in found)
    (batch,) = detector.engine.seen
    assert batch.shape == (4, 3, 128, 96)
    assert (batch == batch[:1]).all()
    assert [each.source for each in found] == ["", "", str(path), str(path)]
    assert found[2].plot().shape == picture.shape


def test_pixels_are_stretched_and_normalised_as_configured(detector):
    plain = np.full((10, 10, 3), (255, 0, 51), dtype=np.uint8)
    detector.predict(plain)
    mean, std = detector.config.normalization.mean, detector.config.normalization.std
    expected = (np.array([1, 0, 0.2]) - mean) / std
    np.testing.assert_allclose(detector.engine.seen[0][0, :, 5, 5], expected, rtol=1e-5)


def test_the_network_sees_what_training_without_augmentation_would_show_it(detector, picture):
    """`network_input` is the one definition: tests/data/pipeline/test_transforms.py holds training to it."""
    detector.predict(picture)
    config = detector.config
    assert np.array_equal(detector.engine.seen[0][0], network_input(picture, config.input_size, config.normalization))


def test_a_list_goes_in_batches_and_an_empty_one_is_empty(detector, picture):
    assert len(detector.predict([picture] * 5, batch_size=2)) == 5
    assert [len(batch) for batch in detector.engine.seen] == [2, 2, 1]
    assert detector.predict([]) == []


def test_a_stream_reads_no_further_than_its_batch(detector, picture):
    taken = []

    def pictures():
        for number in range(10):
            taken.append(number)
            yield picture

    next(detector.stream(pictures(), batch_size=2))
    assert taken == [0, 1]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (np.zeros((4, 4, 3)), r"\(H, W, 3\) uint8 RGB, not \(4, 4, 3\) float64"),
        (np.zeros((4, 4), dtype=np.uint8), r"not \(4, 4\) uint8"),
        (np.zeros((0, 4, 3), dtype=np.uint8), r"not \(0, 4, 3\)"),
        (7, "a path, an array or a PIL image, not int"),
        (None, r"not an image: None \(did cv2\.imread fail\?\)"),
        ([None], r"not an image: None"),
    ],
)
def test_what_is_no_image_is_told(detector, wrong, message):
    with pytest.raises(TypeError, match=message):
        detector.predict(wrong)


def test_an_image_of_pillow_is_the_picture_of_its_file(detector, tmp_path):
    """Of 16 bits and lying on its side, it was white and not turned."""
    grey = np.random.default_rng(0).integers(0, 1 << 16, (50, 200), dtype=np.uint16)
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "deep.png"
    Image.fromarray(grey).save(path, exif=exif)
    for batch in ([path, Image.open(path)], [Image.open(path), path]):
        one, other = detector.predict(batch)
        assert one.size == other.size == (200, 50)
        np.testing.assert_array_equal(one.plot(), other.plot())
    assert all((batch == batch[:1]).all() for batch in detector.engine.seen)
    upright = np.rot90(grey >> 8, -1)
    assert (one.plot() == upright[..., None]).all(2).mean() > 0.8  # what is drawn on it is elsewhere


def test_an_image_without_pixels_or_meaning_is_told(detector):
    for image, message in ((Image.new("RGB", (0, 0)), "0x0 pixels"), (Image.new("LAB", (9, 9)), "CIELAB")):
        with pytest.raises(DatasetError, match=message):
            detector.predict(image)
        told = []
        assert list(detector.stream([image], on_error=lambda source, error: told.append((source, error)))) == []  # noqa: B023
        assert told[0][0] is image


def test_a_missing_file_is_named(detector, tmp_path):
    with pytest.raises(DatasetError, match=r"nothing\.jpg"):
        detector.predict(tmp_path / "nothing.jpg")


def test_built_detectors_run_at_batch_sizes_of_all_kinds(picture):
    detector = zoo.build("tinyssd_shapes", {"nms.score": 0.0})
    together = detector.predict([picture, picture[:, ::-1]])
    alone = [detector.predict(picture), detector.predict(np.ascontiguousarray(picture[:, ::-1]))]
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one.scores, other.scores, atol=1e-5)
        np.testing.assert_allclose(one.boxes, other.boxes, atol=1e-2)


def test_a_stream_goes_on_past_what_cannot_be_read(detector, picture, tmp_path):
    (tmp_path / "b.jpg").write_bytes(b"not a picture")
    sources = [picture, tmp_path / "b.jpg", picture, tmp_path / "none.jpg", tmp_path / "none.jpg", picture]
    told = []
    found = list(detector.stream(sources, 2, lambda source, error: told.append((source, str(error)))))
    assert len(found) == 3
    assert [source for source, _ in told] == [sources[1], sources[3], sources[4]]
    assert all(str(source) in message for source, message in told)
    stream = detector.stream(sources, 2)
    next(stream)
    with pytest.raises(DatasetError, match=r"b\.jpg"):
        next(stream)


def test_a_stream_holds_no_images(detector, picture):
    alive = []

    def pictures():
        for _ in range(6):
            fresh = picture.copy()
            alive.append(weakref.ref(fresh))
            yield fresh
            del fresh

    kept = []
    for found in detector.stream(pictures(), batch_size=2):
        kept.append(found)
        assert found.plot().shape == picture.shape
        # The engine of this test keeps what it has seen, which are no images of ours.
        assert sum(each() is not None for each in alive) <= 2
    with pytest.raises(ValueError, match=r"no longer holds the image of these detections; call plot\(image\)"):
        kept[0].plot()
    assert kept[0].plot(picture).shape == picture.shape


def test_detections_know_the_size_of_their_image(detector, picture):
    assert detector.predict(picture).size == (50, 200)
    assert detector.predict(picture)[:0].to_dict() == {"source": "", "width": 200, "height": 50, "objects": []}


@pytest.mark.parametrize("size", [0, -1, -8, True, False, 2.0, 0.5, "8", None, [8], float("nan")])
def test_a_batch_size_that_is_none_is_refused(detector, picture, size):
    for call in (
        lambda: detector.predict([picture, picture], batch_size=size),
        lambda: detector.predict(picture, batch_size=size),
        lambda: detector.stream([picture], size),
        lambda: zoo.evaluate(detector, zoo.dataset(detector.config), batch_size=size),
    ):
        with pytest.raises(zoo.ArgumentError, match="batch_size should be an integer of at least 1; given ") as told:
            call()
        assert isinstance(told.value, ValueError)


def test_a_batch_size_beyond_every_count_is_refused(detector, picture):
    for call in (detector.predict, detector.stream):
        with pytest.raises(zoo.ArgumentError, match=r"batch_size should be at most \d+; given 10{18}"):
            call([picture], batch_size=10**30)


@pytest.mark.parametrize("iou", [-0.1, 1.5, float("nan"), "0.5", True, 10**400])
def test_an_overlap_that_is_none_is_refused(detector, iou):
    with pytest.raises(zoo.ArgumentError, match="iou should be a number from 0 to 1"):
        zoo.evaluate(detector, zoo.dataset(detector.config, "validation"), iou=iou)


def test_numbers_of_numpy_are_batch_sizes(detector, picture):
    assert len(detector.predict([picture] * 3, batch_size=np.int64(2))) == 3
    assert [len(batch) for batch in detector.engine.seen] == [2, 1]


@pytest.mark.parametrize("batch_size", [1, 4])
def test_every_kind_of_bad_source_is_handed_to_on_error(detector, picture, tmp_path, batch_size):
    closed = Image.fromarray(picture)
    closed.close()
    bad = [
        *("none.jpg", "a\0b.jpg", "x" * 5000, "~nobody_is_called_so/x", "", "\ud800", tmp_path, tmp_path / "x" / "y"),
        *(7, {}, b"bytes", [picture], object(), picture.astype(float), picture[..., 0], picture[:0], np.array("x")),
        closed,
    ]
    seen = []
    found = list(
        detector.stream(
            [each for source in bad for each in (source, picture)],
            batch_size,
            lambda source, error: seen.append((source, error)),
        )
    )
    assert len(found) == len(bad)
    assert all(given is source for (given, _), source in zip(seen, bad, strict=True))
    assert all(isinstance(error, DatasetError) and str(error) for _, error in seen)
    for source in bad:
        with pytest.raises(DatasetError):
            detector.predict([picture, source])


def test_a_detector_says_how_another_process_gets_it(detector):
    for copied in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match=r"Load it from its run in each process: zoo_core\.load\(folder\)"):
            copied(detector)

"""Windows and mirror images: what is looked at, and how what is found in it becomes one."""

from itertools import islice

import numpy as np
import pytest
import supervision as sv

import zoo_core as zoo
from zoo_core.config.detector import NmsSettings
from zoo_core.parts.geometry import ImageSize
from zoo_core.prediction.postprocessing import Found
from zoo_core.prediction.predictor import ImagePredictor
from zoo_core.prediction.views import Views

CLASSES = ("left", "right", "any")


class Spots(ImagePredictor):
    """Finds what is not black, as blobs would be found: a box around each bright spot, in classes by its colour.

    Like a network with an input of a fixed size it sees nothing that is too small for the picture.
    """

    def __init__(self, least=0.0, nms=None):
        self.least, self.batches, self._nms = least, [], nms or NmsSettings()

    @property
    def class_names(self):
        return CLASSES

    @property
    def nms(self):
        return self._nms

    def find(self, images):
        self.batches.append([image.shape[:2] for image in images])
        for image in images:
            rows = []
            for colour in range(3):
                for value in np.unique(image[..., colour]):
                    ys, xs = np.nonzero(image[..., colour] == value)
                    if value and (np.ptp(xs) + 1) * (np.ptp(ys) + 1) >= self.least * image.shape[0] * image.shape[1]:
                        rows.append((xs.min(), ys.min(), xs.max() + 1, ys.max() + 1, value / 255, colour))
            rows.sort(key=lambda row: -row[4])
            table = np.array(rows, np.float32).reshape(-1, 6)
            yield Found(table[:, :4], table[:, 4], table[:, 5].astype(np.int64))


@pytest.fixture
def picture():
    """Twenty spots, of which some lie on the edges of windows."""
    rng = np.random.default_rng(3)
    image = np.zeros((150, 230, 3), np.uint8)
    for value in range(60, 80):
        y, x = rng.integers(0, 138), rng.integers(0, 218)
        image[y : y + rng.integers(4, 12), x : x + rng.integers(4, 12), rng.integers(3)] = value
    return image


def table(found):
    """Boxes, scores and labels as rows in an order of their own."""
    rows = np.column_stack([found.labels, found.scores, found.boxes]).astype(np.float32)
    return rows[np.lexsort(rows.T[::-1])]


class Random(Spots):
    """Finds what chance says, of which much overlaps: the same in the same picture."""

    def find(self, images):
        for image in images:
            rng = np.random.default_rng(int(image.sum()))
            low = rng.uniform(0, 0.7, (40, 2)).astype(np.float32)
            corners = np.hstack([low, low + rng.uniform(0.1, 0.3, (40, 2)).astype(np.float32)])
            boxes = corners * np.array(image.shape[1::-1] * 2, np.float32)
            yield Found(boxes, np.sort(rng.random(40, np.float32))[::-1], rng.integers(0, 3, 40))


def test_windows_are_counted_without_being_made():
    views = Views(ImageSize(1, 1))
    assert views.count(ImageSize(3, 10**12)) == 3 * 10**12
    assert [view.left for view in islice(views.each(ImageSize(3, 10**12)), 3)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("size", "window", "overlap"),
    [
        *(((150, 230), (64, 64), 12), ((150, 230), (64, 100), 40), ((64, 230), (64, 64), 1)),
        *(((65, 64), (64, 64), 20), ((150, 230), (200, 50), 10), ((150, 230), (150, 230), 7), ((1, 9), (1, 4), 0)),
    ],
)
def test_windows_and_what_is_merged_are_those_of_supervision(size, window, overlap):
    image = np.random.default_rng(1).integers(0, 256, (*size, 3), np.uint8)
    views = Views(ImageSize(*window), overlap)
    ours = [
        (view.left, view.top, view.left + view.width, view.top + view.height) for view in views.each(ImageSize(*size))
    ]
    assert views.count(ImageSize(*size)) == len(ours)
    if overlap:  # without any, supervision's last windows are narrower
        theirs = sv.InferenceSlicer._generate_offset(size[::-1], window[::-1], (overlap, overlap))
        np.testing.assert_array_equal(ours, theirs)
    covered = np.zeros(size, bool)
    for x1, y1, x2, y2 in ours:
        covered[y1:y2, x1:x2] = True
        assert (y2 - y1, x2 - x1) == tuple(np.minimum(window, size))
    assert covered.all()
    if not overlap:
        return
    for detector in (Random(), Random(nms=NmsSettings(iou=0.2))):
        slicer = sv.InferenceSlicer(
            lambda part: detector.predict(part).to_supervision(),  # noqa: B023
            slice_wh=window[::-1],
            overlap_wh=overlap,
            iou_threshold=detector.nms.iou,
        )
        expected = slicer(image)
        found = detector.predict(image, batch_size=3, slice=window, overlap=overlap)
        rows = np.column_stack([expected.class_id, expected.confidence, expected.xyxy]).astype(np.float32)
        if len(ours) == 1:  # the picture itself, whose own suppression is the detector's business
            rows = table(detector.predict(image))
        np.testing.assert_allclose(table(found), rows[np.lexsort(rows.T[::-1])], rtol=0, atol=1e-4)
        assert (np.diff(found.scores) <= 0).all()


def test_what_is_too_small_for_the_picture_is_found_in_its_windows(picture):
    detector = Spots(least=0.004)
    assert len(detector.predict(picture)) == 0
    found = detector.predict(picture, slice=64, overlap=16)
    for box, score, name in Spots().predict(picture):  # of equal scores a part may stand for the whole
        assert any(overlap(box, other) > 0.4 for other, *rest in found if rest == [score, name])
    assert found.size == (150, 230)


def test_windows_of_several_pictures_go_together_in_batches(picture):
    detector = Spots()
    detector.predict([picture, picture[:64, :64], picture], batch_size=4, slice=128, overlap=0)
    assert [len(batch) for batch in detector.batches] == [4, 4, 1]
    assert {shape for batch in detector.batches for shape in batch} == {(128, 128), (64, 64)}


def test_a_window_as_large_as_the_picture_is_the_picture():
    detector, image = Random(), np.random.default_rng(1).integers(0, 256, (90, 120, 3), np.uint8)
    plain = detector.predict(image)
    for window in (120, (90, 120), "500x120"):
        found = detector.predict(image, slice=window)
        for name in ("boxes", "scores", "labels"):
            np.testing.assert_array_equal(getattr(found, name), getattr(plain, name))


def test_a_mirror_image_is_looked_at_too(picture):
    """Held to two predictions, turned back and merged by hand."""
    detector = Random(nms=NmsSettings(iou=0.4, keep=50))
    plain = detector.predict(picture)
    mirrored = detector.predict(np.ascontiguousarray(picture[:, ::-1]))
    rows = [(*box, score, label) for box, score, label in zip(plain.boxes, plain.scores, plain.labels, strict=True)]
    for (x1, y1, x2, y2), score, label in zip(mirrored.boxes, mirrored.scores, mirrored.labels, strict=True):
        rows.append((230 - x2, y1, 230 - x1, y2, score, label))
    kept = []
    for row in sorted(rows, key=lambda row: -row[4]):
        if all(row[5] != other[5] or overlap(row, other) <= 0.4 for other in kept):
            kept.append(row)
    assert 50 < len(kept) < 80
    found = detector.predict(picture, flip=True)
    expected = np.array(kept[:50], np.float32)  # no more than of any picture
    np.testing.assert_allclose(np.column_stack([found.boxes, found.scores, found.labels]), expected, atol=1e-4)
    # A detector to which left and right are the same finds nothing else.
    blobs = Spots()
    np.testing.assert_array_equal(table(blobs.predict(picture, flip=True)), table(blobs.predict(picture)))
    np.testing.assert_array_equal(
        table(blobs.predict(picture, flip=True, slice=64)), table(blobs.predict(picture, slice=64))
    )


def overlap(one, two):
    width = min(one[2], two[2]) - max(one[0], two[0])
    height = min(one[3], two[3]) - max(one[1], two[1])
    shared = max(0, width) * max(0, height)
    areas = [(each[2] - each[0]) * (each[3] - each[1]) for each in (one, two)]
    return shared / (sum(areas) - shared)


def test_what_a_detector_of_peaks_finds_twice_is_merged_too(picture):
    """CenterNet suppresses nothing (iou 1)."""
    once = Spots().predict(picture, slice=64, overlap=16)
    found = Spots(nms=NmsSettings(iou=1, peaks=3)).predict(picture, slice=64, overlap=16, flip=True)
    np.testing.assert_array_equal(table(found), table(once))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"slice": 0}, "slice: the sides of an image size are whole numbers of at least 1; given 0"),
        ({"slice": (64, 0)}, "slice: the sides of an image size"),
        ({"slice": "wide"}, "slice: an image size is HEIGHTxWIDTH.*; given 'wide'"),
        ({"slice": True}, "slice: the sides of an image size"),
        ({"slice": 64, "overlap": 64}, "overlap should be less than the sides of slice, 64x64; given 64"),
        ({"slice": (64, 32), "overlap": 40}, "overlap should be less than the sides of slice, 64x32; given 40"),
        ({"slice": 64, "overlap": -1}, "overlap should be an integer of at least 0; given -1"),
        ({"slice": 64, "overlap": 0.2}, "overlap should be an integer"),
        ({"overlap": 8}, "overlap is for windows: give slice, too; given 8"),
        ({"flip": 1}, "flip should be true or false; given 1"),
        (
            {"slise": 64},
            "there is no argument 'slise'; did you mean 'slice'\\? those of views are slice, overlap, flip",
        ),
    ],
)
def test_views_that_cannot_be_meant_are_told(options, message, picture):
    detector = Spots()
    for call in (detector.predict, detector.stream, lambda image, **given: detector.stream([image], **given)):
        with pytest.raises(zoo.ArgumentError, match=message):
            call(picture, **options)
    assert detector.batches == []

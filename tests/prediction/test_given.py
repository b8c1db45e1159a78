"""What a detector is given: one image gives detections, a list a list, and what stands for several an iterator."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image

import zoo_core as zoo
from zoo_core.prediction.detections import Detections
from zoo_core.prediction.postprocessing import Found
from zoo_core.prediction.predictor import ImagePredictor
from zoo_core.prediction.sources.given import stands_for_several


class OneBox(ImagePredictor):
    """Finds one box in every image, whose score says how bright the image is."""

    class_names = ("cat", "dog")

    def __init__(self):
        self.batches = []

    def find(self, images):
        self.batches.append(len(images))
        for image in images:
            box = np.array([[1, 1, 9, 9]], np.float32)
            yield Found(box, np.array([image.mean() / 255], np.float32), np.array([1]))


@pytest.fixture
def detector():
    return OneBox()


def grey(level: int) -> np.ndarray:
    return np.full((20, 30, 3), level, np.uint8)


@pytest.fixture
def photos(tmp_path) -> Path:
    """Three pictures of levels 50, 100 and 150, one of them deeper and one with a name like a pattern."""
    folder = tmp_path / "photos"
    for name, level in (("a.png", 50), ("deep/b.png", 100), ("c[1].png", 150)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / name), grey(level))
    return folder


@pytest.fixture
def film(tmp_path) -> Path:
    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (30, 20))
    for level in (40, 80, 120, 160, 200):
        writer.write(grey(level))
    writer.release()
    return path


def levels(found) -> list[int]:
    return [round(float(each.scores[0]) * 255) for each in found]


def test_one_picture_gives_detections(detector, photos, web):
    web.pages["/a.png"] = (200, {}, (photos / "a.png").read_bytes())
    path = photos / "c[1].png"
    for source in (path, str(path), grey(150), Image.fromarray(grey(150))):
        found = detector(source)
        assert isinstance(found, Detections)
        assert levels([found]) == [150]
    found = detector.predict(f"{web.address}/a.png")
    web.pages.clear()  # what is drawn is what was looked at
    assert levels([found]) == [50]
    assert found.plot().shape == (20, 30, 3)


def test_what_stands_for_several_gives_an_iterator(detector, photos, film):
    for source, expected in (
        (photos, [50, 150, 100]),
        (f"{photos}/*.png", [50, 150]),
        (str(photos / "**" / "*.png"), [50, 150, 100]),
        (film, [40, 80, 120, 160, 200]),
        (iter([photos / "a.png", grey(7)]), [50, 7]),
        (np.stack([grey(1), grey(2)]), [1, 2]),
        (np.array([str(photos / "a.png")]), [50]),
        ({"x": grey(3)}.values(), [3]),
    ):
        found = detector.predict(source)
        assert isinstance(found, Iterator)
        np.testing.assert_allclose(levels(found), expected, atol=3)


def test_a_list_gives_a_list_of_all_that_is_named_in_it(detector, photos, film):
    found = detector.predict([photos, grey(9), f"{photos}/a*", Image.fromarray(grey(8)), film])
    assert isinstance(found, list)
    np.testing.assert_allclose(levels(found), [50, 150, 100, 9, 50, 8, 40, 80, 120, 160, 200], atol=3)
    assert detector.batches == [8, 3]
    assert [each.frame for each in found[-5:]] == [0, 1, 2, 3, 4]
    assert [each.time for each in found[-2:]] == pytest.approx([0.3, 0.4])
    assert found[-1].source == str(film)
    assert found[0].plot().shape == found[3].plot().shape == found[5].plot().shape == (20, 30, 3)
    with pytest.raises(zoo.ArgumentError, match=r"no longer holds the image of these detections \(.*film\.avi\)"):
        found[-1].plot()


def test_a_stream_is_an_iterator_of_whatever_is_given(detector, photos):
    for source in (photos / "a.png", str(photos / "a.png"), grey(50), Image.fromarray(grey(50)), [grey(50)]):
        assert levels(detector.stream(source)) == [50]


@pytest.mark.slow
def test_no_more_than_a_batch_of_pixels_is_held(detector, film):
    held = []

    def noticed(images, find=detector.find):
        held.extend(map(weakref.ref, images))
        return find(images)

    detector.find = noticed
    for found in detector.predict(film, batch_size=2):
        gc.collect()
        assert sum(each() is not None for each in held) <= 2
        assert found.plot().shape == (20, 30, 3)
    assert len(held) == 5


def test_what_means_nothing_is_told_at_once(detector, tmp_path, photos):
    (tmp_path / "empty").mkdir()
    for source, message in (
        (f"{tmp_path}/*.gif", r"\*\.gif: nothing matches this pattern"),
        (tmp_path / "empty", "empty: no images in this folder"),
        (tmp_path / "none.jpg", r"none\.jpg: no such file"),
    ):
        for call in (detector.predict, detector):
            with pytest.raises(zoo.DatasetError, match=message):
                call(source)
        told = []
        assert not list(detector.stream(source, on_error=lambda given, error: told.append((given, str(error)))))  # noqa: B023
        assert [given for given, _ in told] == [source]
    (photos / "b.png").write_bytes(b"no picture")
    told = []
    assert levels(detector.stream(photos, on_error=lambda *given: told.append(given))) == [50, 150, 100]
    assert len(told) == 1


@pytest.mark.parametrize(
    "source",
    [None, 7, b"x.jpg", {}, {"a": 1}, {1}, object(), grey(1)[0], np.float32(1), SimpleNamespace(ndim=3), Detections],
)
def test_what_is_no_source_is_told_at_once(detector, source):
    assert not stands_for_several(source)
    for call in (detector.predict, lambda given: next(detector.stream(given))):
        with pytest.raises(zoo.NotAnImageError):
            call(source)

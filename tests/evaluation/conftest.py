"""Images by hand, and a report on drawn shapes, whose classes and pictures have names that are HTML."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from zoo_core.data.readers.shapes import ShapesReader
from zoo_core.data.settings import SHAPES, ShapesSettings
from zoo_core.evaluation.page.writing import write_report
from zoo_core.evaluation.results import ImageResult
from zoo_core.parts.geometry import ImageSize
from zoo_core.prediction.detections import Detections

HOSTILE = ("<script>document.title='broken'</script>", 'a "quoted" & <b>bold</b> class', "triangle")


def image(found=(), truth=(), difficult=(), crowd=()):
    """An image with (box, label, score) found and (box, label) true; some true ones are marked by their place."""
    places = np.arange(len(truth))
    return ImageResult(
        image_id="",
        size=ImageSize(200, 200),
        true_boxes=np.array([box for box, _ in truth], np.float32).reshape(-1, 4),
        true_labels=np.array([label for _, label in truth], np.int64),
        difficult=np.isin(places, difficult),
        crowd=np.isin(places, crowd),
        boxes=np.array([box for box, _, _ in found], np.float32).reshape(-1, 4),
        scores=np.array([score for _, _, score in found], np.float32),
        labels=np.array([label for _, label, _ in found], np.int64),
    )


class HostileShapes:
    """Drawn shapes; the first object of each picture is difficult, the second a crowd."""

    class_names = HOSTILE
    problems = ()

    def __init__(self, images=16):
        self._shapes = ShapesReader(ShapesSettings(validation_images=images)).validation(SHAPES)

    def __len__(self):
        return len(self._shapes)

    def __getitem__(self, index):
        sample = self._shapes[index]
        places = np.arange(len(sample.labels))
        marked = (places == 0) & (index % 4 == 0), (places == 1) & (index % 4 == 0)
        return replace(sample, difficult=marked[0], crowd=marked[1], image_id=f"<img src=x onerror=alert(1)>{index}")


class Guesser:
    """Knows the pictures, and is wrong in every way now and then."""

    class_names = HOSTILE

    def __init__(self, dataset, seed=0, spread=4.0):
        self._answers = {sample.image.tobytes(): sample for sample in map(dataset.__getitem__, range(len(dataset)))}
        self._rng = np.random.default_rng(seed)
        self._spread = spread

    def predict(self, images):
        return [self._answer(self._answers[image.tobytes()]) for image in images]

    def _answer(self, sample):
        rng, copies = self._rng, np.repeat(np.arange(len(sample.labels)), 2)
        copies = copies[rng.random(len(copies)) < 0.6]
        boxes = sample.boxes[copies] + rng.normal(0, self._spread, (len(copies), 4)).astype(np.float32)
        boxes = np.concatenate([boxes, np.array([[0, 0, 20, 20]], np.float32)])
        labels = np.append(np.where(rng.random(len(copies)) < 0.8, sample.labels[copies], rng.integers(3)), 1)
        scores = np.sort(rng.random(len(labels)).astype(np.float32))[::-1]
        return Detections(boxes, scores, labels.astype(np.int64), self.class_names)


@pytest.fixture(scope="session")
def hostile_data():
    return HostileShapes()


@pytest.fixture(scope="session")
def make_guesser(hostile_data):
    """Makes a detector of those shapes: ``make_guesser(seed, spread)``."""
    return lambda seed=0, spread=4.0: Guesser(hostile_data, seed, spread)


@pytest.fixture(scope="session")
def report_of_one(tmp_path_factory, hostile_data, make_guesser):
    """The folder of a report on one detector."""
    return write_report(tmp_path_factory.mktemp("one"), make_guesser(), hostile_data).parent


@pytest.fixture(scope="session")
def report_of_two(tmp_path_factory, hostile_data, make_guesser):
    """The folder of a report on two detectors."""
    detectors = {"old <b>one</b>": make_guesser(), "new": make_guesser(seed=1, spread=1.5)}
    return write_report(tmp_path_factory.mktemp("two"), detectors, hostile_data, pictures=3).parent

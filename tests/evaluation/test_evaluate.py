from __future__ import annotations

import numpy as np
import pytest

from zoo_core.common.errors import DatasetError
from zoo_core.data.readers.shapes import ShapesReader
from zoo_core.data.settings import SHAPES, ShapesSettings
from zoo_core.evaluation.evaluate import evaluate
from zoo_core.prediction.detections import Detections


class Oracle:
    """Knows the pictures and says what is in them, but for `blind` classes, in its own order of classes."""

    def __init__(self, dataset, class_names=SHAPES, blind=()):
        self.class_names = tuple(class_names)
        self.batches = []
        self._answers = {sample.image.tobytes(): sample for sample in dataset}
        self._names = dataset.class_names
        self._blind = blind

    def predict(self, images):
        self.batches.append(len(images))
        return [self._answer(self._answers[image.tobytes()]) for image in images]

    def _answer(self, sample):
        names = [self._names[label] for label in sample.labels]
        seen = [place for place, name in enumerate(names) if name not in self._blind]
        labels = np.array([self.class_names.index(names[place]) for place in seen], np.int64)
        return Detections(sample.boxes[seen], np.full(len(seen), 0.9, np.float32), labels, self.class_names)


@pytest.fixture
def dataset():
    return ShapesReader(ShapesSettings(validation_images=11)).validation(SHAPES)


def test_who_knows_everything_scores_1(dataset):
    report = evaluate(Oracle(dataset), dataset)
    assert report.map_voc07 == pytest.approx(1)
    assert report.map_voc10 == pytest.approx(1)
    assert report.images == 11
    assert sum(each.objects for each in report.classes) == sum(len(sample.labels) for sample in dataset)
    assert report.images_per_second > 0


def test_a_class_that_is_never_found_scores_0(dataset):
    report = evaluate(Oracle(dataset, blind=["square"]), dataset)
    assert [round(each.ap_voc07, 6) for each in report.classes] == [1, 0, 1]
    assert [each.name for each in report.classes] == list(SHAPES)


def test_the_last_batch_is_counted_and_progress_told(dataset):
    told = []
    oracle = Oracle(dataset)
    evaluate(oracle, dataset, lambda done, of: told.append((done, of)), batch_size=4)
    assert oracle.batches == [4, 4, 3]
    assert told == [(4, 11), (8, 11), (11, 11)]


def test_classes_are_matched_by_name(dataset):
    assert evaluate(Oracle(dataset, SHAPES[::-1]), dataset).map_voc07 == pytest.approx(1)


def test_other_classes_are_refused(dataset):
    oracle = Oracle(dataset, ("circle", "square"))
    with pytest.raises(DatasetError, match=r"detector \(circle, square\) and of the data set \(circle, square, tri"):
        evaluate(oracle, dataset)


def test_the_threshold_can_be_chosen(dataset):
    class Sloppy(Oracle):
        def _answer(self, sample):
            found = super()._answer(sample)
            return Detections(found.boxes + np.float32(3), found.scores, found.labels, found.class_names)

    assert evaluate(Sloppy(dataset), dataset).map_voc07 > evaluate(Sloppy(dataset), dataset, iou=0.9).map_voc07

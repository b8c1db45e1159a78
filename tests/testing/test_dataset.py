"""Every check of dataset readers catches a reader of drawn shapes that breaks it."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from zoo_core.data.readers.shapes import ShapesDataset
from zoo_core.data.settings import SHAPES, ShapesSettings
from zoo_core.testing import DatasetContract

FEW = ShapesSettings(image_size=48, train_images=6, validation_images=3)


def reader_of(dataset):
    """A reader whose splits are of this class."""

    class Reader:
        def __init__(self, settings):
            self.settings = settings

        def train(self, class_names):
            return dataset(self.settings, class_names, 0, self.settings.train_images)

        def validation(self, class_names):
            return dataset(self.settings, class_names, 1, self.settings.validation_images)

    return Reader


class Empty(ShapesDataset):
    def __len__(self):
        return 0


class Rewritten(ShapesDataset):
    """Rewrites the samples."""

    def __getitem__(self, index):
        return self.rewrite(super().__getitem__(index))


class GivesTables(Rewritten):
    def rewrite(self, sample):
        return vars(sample)


class ChannelsFirst(Rewritten):
    def rewrite(self, sample):
        return replace(sample, image=sample.image.transpose(2, 0, 1))


class NarrowLabels(Rewritten):
    def rewrite(self, sample):
        return replace(sample, labels=sample.labels.astype(np.int32))


class OneArea(Rewritten):
    def rewrite(self, sample):
        return replace(sample, areas=np.full(1, 25.0))


class NumberedImages(Rewritten):
    def rewrite(self, sample):
        return replace(sample, image_id=7)


class BoxesOfAnotherSize(Rewritten):
    def rewrite(self, sample):
        return replace(sample, boxes=sample.boxes * 4)


class EmptyBoxes(Rewritten):
    def rewrite(self, sample):
        return replace(sample, boxes=sample.boxes[:, [0, 1, 0, 3]])


class WithoutObjects(Rewritten):
    def rewrite(self, sample):
        none = {name: getattr(sample, name)[:0] for name in ("boxes", "labels", "difficult", "crowd")}
        return replace(sample, **none)


class CountsFromOne(Rewritten):
    def rewrite(self, sample):
        return replace(sample, labels=sample.labels + 1)


class OwnOrder(ShapesDataset):
    def __init__(self, settings, class_names, split, length):
        super().__init__(settings, sorted(class_names), split, length)


class OwnLabels(Rewritten):
    """Labels by the alphabet, whatever was asked for."""

    def rewrite(self, sample):
        own = sorted(self.class_names)
        labels = [own.index(self.class_names[label]) for label in sample.labels]
        return replace(sample, labels=np.array(labels, dtype=np.int64))


class TakesAnyClass(ShapesDataset):
    def __init__(self, settings, class_names, split, length):
        super().__init__(settings, [name for name in class_names if name in SHAPES], split, length)


class StumblesOverClasses(ShapesDataset):
    def __init__(self, settings, class_names, split, length):
        self.order = [SHAPES.index(name) for name in class_names]
        super().__init__(settings, class_names, split, length)


class GoesRound(ShapesDataset):
    def __getitem__(self, index):
        return super().__getitem__(index % len(self))


class TellsPaths(ShapesDataset):
    problems = (Path("broken.xml"),)


class Flickers(Rewritten):
    def rewrite(self, sample):
        return replace(sample, image=np.random.default_rng().integers(0, 256, sample.image.shape, dtype=np.uint8))


class Unpicklable(ShapesDataset):
    def __init__(self, settings, class_names, split, length):
        super().__init__(settings, class_names, split, length)
        self.rule = lambda sample: sample


class HasOnePlace(ShapesDataset):
    """As a file that is searched and then read: what another thread does between the two counts."""

    def __getitem__(self, index):
        if index == len(self):
            raise IndexError(index)
        self._place = index
        time.sleep(0.02)
        return super().__getitem__(self._place)


MUTANTS = [
    ("test_splits_have_a_length", "the train split has no images", Empty),
    ("test_samples_are_arrays_as_promised", "should be a zoo_core.Sample, not dict", GivesTables),
    ("test_samples_are_arrays_as_promised", r"RGB, not \(3, 48, 48\) of uint8", ChannelsFirst),
    ("test_samples_are_arrays_as_promised", "labels should be .* of int64, not .* of int32", NarrowLabels),
    ("test_samples_are_arrays_as_promised", r"areas should be \(\d,\) of .*float64.*, not \(1,\) of float64", OneArea),
    ("test_samples_are_arrays_as_promised", "needs an image_id, a string", NumberedImages),
    ("test_boxes_lie_in_their_image", r"image 0 of the train split is 48x48 .* and has the box", BoxesOfAnotherSize),
    ("test_boxes_lie_in_their_image", "x1 < x2 <= width", EmptyBoxes),
    ("test_some_image_has_an_object", "has an object of the classes circle, square, triangle", WithoutObjects),
    ("test_labels_count_the_classes", "3 classes have the labels 0 to 2", CountsFromOne),
    ("test_classes_are_as_asked_for", r"the train split has the class_names \('circle', 'square'", OwnOrder),
    ("test_classes_are_as_asked_for", "image 0 has other objects", OwnLabels),
    ("test_a_class_that_is_not_there_is_refused", "is accepted: raise zoo_core.DatasetError", TakesAnyClass),
    ("test_a_class_that_is_not_there_is_refused", "raises ValueError: raise", StumblesOverClasses),
    ("test_there_is_nothing_beyond_the_end", "has 6 images but returns one more", GoesRound),
    ("test_problems_are_told_in_text", "should be a list or tuple of strings; got .*broken.xml", TellsPaths),
    ("test_equal_settings_make_equal_samples", "differs when it is read again: image", Flickers),
    ("test_datasets_survive_pickling", "the train split cannot be pickled", Unpicklable),
    ("test_threads_read_the_same", "differs when threads read at once", HasOnePlace),
]


@pytest.mark.parametrize(("check", "says", "dataset"), MUTANTS, ids=[check for check, *_ in MUTANTS])
def test_a_broken_reader_is_caught(caught, check, says, dataset):
    caught(DatasetContract, check, FEW, reader_of(dataset), says)


def test_every_check_has_a_mutant(checks_of):
    assert checks_of(DatasetContract) == {check for check, *_ in MUTANTS}

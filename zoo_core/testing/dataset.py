"""What dataset readers promise: samples that training and scoring can use as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import numpy as np

from zoo_core.boxes.promises import outside, wrong_arrays
from zoo_core.boxes.protocols import Sample
from zoo_core.common.errors import DatasetError
from zoo_core.common.messages import listed
from zoo_core.parts.components import DatasetSettings
from zoo_core.testing.comparing import assert_close, pickled
from zoo_core.testing.contract import ComponentContract

__all__ = ["DatasetContract"]

_MOST_READ = 8
"""Most images of a split that are read, spread from its first to its last."""
_THREADS = 4
_ARRAYS = ("image", "boxes", "labels", "difficult", "crowd")


class DatasetContract(ComponentContract):
    """Every check of a dataset reader, on some images of both of its splits.

    The settings refer to data that exists: a small folder kept with the tests, or one
    that a fixture writes.

    Attributes:
        class_names: the classes with which the splits are opened; those of the settings when None.
    """

    class_names: ClassVar[Sequence[str] | None] = None
    light_questions: ClassVar[str] = "settings.class_names()"
    rests_on: ClassVar[tuple[str, ...]] = ("test_splits_have_a_length", "test_samples_are_arrays_as_promised")

    def names(self, settings: DatasetSettings) -> tuple[str, ...]:
        """The classes with which the splits are opened."""
        names = self.class_names or settings.class_names()
        assert names, f'say which classes the data has: class_names = ("cat", "dog") in {type(self).__name__}'
        return tuple(names)

    def splits(self, settings: DatasetSettings, class_names: Sequence[str] | None = None) -> dict[str, Any]:
        """Both splits, opened anew."""
        reader, names = self.make(settings), class_names or self.names(settings)
        return {"train": reader.train(names), "validation": reader.validation(names)}

    def samples(self, settings: DatasetSettings) -> Iterator[tuple[str, Sample]]:
        """Some samples of both splits, each with its index and split for messages."""
        for split, dataset in self.splits(settings).items():
            for index in _some(dataset):
                yield f"image {index} of the {split} split", dataset[index]

    def test_splits_have_a_length(self, settings: DatasetSettings) -> None:
        """`len()` of a split is its number of images, at least one in the data of this test."""
        for split, dataset in self.splits(settings).items():
            assert len(dataset) >= 1, f"the {split} split has no images: use data that has some"

    def test_samples_are_arrays_as_promised(self, settings: DatasetSettings) -> None:
        """A sample has an image (H, W, 3) uint8, boxes (M, 4) float32, labels (M,) int64, two flags (M,) and a name."""
        for where, sample in self.samples(settings):
            assert isinstance(sample, Sample), f"{where} should be a zoo_core.Sample, not {type(sample).__name__}"
            for name, should, found in wrong_arrays(sample):
                raise AssertionError(f"{where}: {name} should be {should}, not {found}")
            assert isinstance(sample.image_id, str) and sample.image_id, f"{where} needs an image_id, a string"

    def test_boxes_lie_in_their_image(self, settings: DatasetSettings) -> None:
        """Boxes are corner/pixel of the image as it was read, inside of it, with a width and a height."""
        for where, sample in self.samples(settings):
            height, width = sample.image.shape[:2]
            wrong = outside(sample)
            assert not wrong.any(), (
                f"{where} is {height}x{width} (HEIGHTxWIDTH) and has the box {sample.boxes[wrong][:1].tolist()}: "
                "0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height, in pixels; leave out what is broken, and report it "
                "in problems"
            )

    def test_some_image_has_an_object(self, settings: DatasetSettings) -> None:
        """The data of this test has objects, so that the other checks are meaningful."""
        assert any(len(sample.boxes) for _, sample in self.samples(settings)), (
            f"none of the images that were read ({_MOST_READ} of each split) has an object of the classes "
            f"{listed(self.names(settings))}: check on data that has some"
        )

    def test_labels_count_the_classes(self, settings: DatasetSettings) -> None:
        """Labels are zero-based indices of the class names."""
        count = len(self.names(settings))
        for where, sample in self.samples(settings):
            assert ((sample.labels >= 0) & (sample.labels < count)).all(), (
                f"{where} has the labels {sample.labels.tolist()}, but {count} classes have the labels 0 to {count - 1}"
            )

    def test_classes_are_as_asked_for(self, settings: DatasetSettings) -> None:
        """`class_names` of a split are those asked for; in another order labels follow their classes."""
        names = self.names(settings)
        ways = [self.splits(settings, order) for order in (names, names[::-1])]
        for split, dataset in ways[0].items():
            other = ways[1][split]
            for asked, opened in ((names, dataset), (names[::-1], other)):
                assert opened.class_names == asked, (
                    f"asked for {asked}, in this order, the {split} split has the class_names {opened.class_names}"
                )
            for index in _some(dataset):
                first, second = dataset[index].labels, len(names) - 1 - other[index].labels
                assert_close([second], [first], f"with the classes in another order image {index} has other objects")

    def test_a_class_that_is_not_there_is_refused(self, settings: DatasetSettings) -> None:
        """Opening with a class that is not in the data raises a DatasetError; images without objects are not enough."""
        reader, strange = self.make(settings), ("no such class",)
        for opened in (reader.train, reader.validation):
            try:
                opened(strange)
            except DatasetError:
                continue
            except Exception as error:
                raise AssertionError(
                    f"a class that is not in the data raises {type(error).__name__}: raise zoo_core.DatasetError"
                ) from error
            raise AssertionError("a class that is not in the data is accepted: raise zoo_core.DatasetError and name it")

    def test_there_is_nothing_beyond_the_end(self, settings: DatasetSettings) -> None:
        """The index `len()` raises an IndexError."""
        for split, dataset in self.splits(settings).items():
            try:
                dataset[len(dataset)]
            except IndexError:
                continue
            raise AssertionError(f"the {split} split has {len(dataset)} images but returns one more: raise IndexError")

    def test_problems_are_told_in_text(self, settings: DatasetSettings) -> None:
        """`problems` is a list or tuple of lines of text, one for each thing left out."""
        for split, dataset in self.splits(settings).items():
            problems = dataset.problems
            assert isinstance(problems, list | tuple) and all(isinstance(each, str) for each in problems), (
                f"problems of the {split} split should be a list or tuple of strings; got {problems!r}"
            )

    def test_equal_settings_make_equal_samples(self, settings: DatasetSettings) -> None:
        """Read twice, and read by another reader of equal settings, an image is the same."""
        again = self.splits(settings)
        for split, dataset in self.splits(settings).items():
            for index in _some(dataset):
                first = dataset[index]
                for other in (dataset[index], again[split][index]):
                    _assert_same(other, first, f"image {index} of the {split} split differs when it is read again")

    def test_datasets_survive_pickling(self, settings: DatasetSettings) -> None:
        """A split can be sent to another process and returns the same samples there."""
        for split, dataset in self.splits(settings).items():
            copy = pickled(dataset, f"the {split} split")
            assert len(copy) == len(dataset), f"after pickling the {split} split has {len(copy)} images"
            for index in _some(dataset):
                _assert_same(copy[index], dataset[index], f"image {index} of the {split} split differs in the copy")

    def test_threads_read_the_same(self, settings: DatasetSettings) -> None:
        """Read by several threads at once, as in training, images are the same as one by one."""
        for split, dataset in self.splits(settings).items():
            indices = _some(dataset)
            singly = [dataset[index] for index in indices]
            with ThreadPoolExecutor(_THREADS) as pool:
                together = list(pool.map(dataset.__getitem__, indices))
            for index, first, other in zip(indices, singly, together, strict=True):
                message = f"image {index} of the {split} split differs when threads read at once: share no file"
                _assert_same(other, first, f"{message}, buffer or random generator between readings")


def _some(dataset: Any) -> list[int]:
    """Indices from the first to the last image, evenly spread."""
    return sorted({int(index) for index in np.linspace(0, len(dataset) - 1, _MOST_READ)}) if len(dataset) else []


def _assert_same(found: Sample, expected: Sample, message: str) -> None:
    assert found.image_id == expected.image_id, f"{message}: image_id"
    for name in _ARRAYS:
        assert_close([getattr(found, name)], [getattr(expected, name)], f"{message}: {name}")

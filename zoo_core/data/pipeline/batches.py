"""Batches for training: which images, how changed, in which order, prepared ahead by workers.

A batch is a pure function of the settings and its number: what is random about an image is
drawn from (seed, epoch, index of the image), never from the state of a worker. So batches
are the same for any number of workers, and training can go on from any of them.

Images are decoded again in every epoch. With OpenCV that takes about 1 ms for 640x480, much
less than the augmentation that follows it, so a cache would cost memory and gain little.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.boxes import convert, into_input
from zoo_core.boxes.protocols import Dataset, Sample, Targets
from zoo_core.common.errors import DatasetError, ZooError
from zoo_core.common.messages import listed
from zoo_core.config.detector import DetectorConfig
from zoo_core.data.pipeline.ahead import done_ahead
from zoo_core.data.pipeline.augmentation import Augmentation
from zoo_core.data.pipeline.batch import Batch, Boxes, Labels, Reconsideration, Weights
from zoo_core.data.pipeline.transforms import network_input
from zoo_core.parts.geometry import BoxFormat, ImageSize
from zoo_core.parts.promises import broken_promise
from zoo_core.parts.questions import ask
from zoo_core.parts.resizing import ResizeSettings, placed

__all__ = ["Batch", "Boxes", "Encode", "Labels", "Reconsideration", "TrainingBatches", "Weights"]

Encode = Callable[[Boxes, Labels, ImageSize, Weights | None], Targets]
"""From boxes, labels, the size of the network's input, and weights where objects have some, to targets of a batch."""

_ORDER, _SAMPLE, _SIZE, _MIXUP = range(4)
"""What random numbers are for; keeps the streams apart."""
_LEAST_SHARE = 1e-3
"""Of an image in a blend, so that its objects count at all."""


class _Truth(NamedTuple):
    """The objects of an image of a batch.

    Attributes:
        boxes: (M, 4) corner/unit of the network's input.
        labels: (M,).
        weights: (M,), by how much each counts.
        image_id: of the image, or of the first where two are blended.
    """

    boxes: NDArray[np.float32]
    labels: NDArray[np.int64]
    weights: NDArray[np.float32]
    image_id: str


class _Prepared(NamedTuple):
    """A batch as far as it can be prepared elsewhere, and the objects of its images."""

    batch: Batch
    boxes: list[NDArray[np.float32]]
    labels: list[NDArray[np.int64]]


class TrainingBatches:
    """All batches of a training, epoch after epoch; in each, every image comes once, shuffled.

    The last batch of an epoch is filled with the first images of the next, since networks are
    compiled for one shape; what does not fill a batch after the last epoch is left out. Only a
    data set smaller than a batch gives a smaller one.

    Args:
        dataset: the images to train on.
        config: batch size, augmentation, sizes, mixup, seed, workers, input size, resizing and normalisation.
        encode: makes the targets of a batch; where it can be pickled, as the data set, processes prepare batches, too.
        reconsider: makes others of them when the network has spoken: called with the targets, what the network says,
            and boxes, labels and size as `encode`; None where targets stay.
        share: the images of each batch that are prepared: which of how many equal parts.

    Raises:
        DatasetError: the data set has no images.
    """

    def __init__(
        self,
        dataset: Dataset,
        config: DetectorConfig,
        encode: Encode,
        reconsider: Callable[..., Targets] | None = None,
        share: tuple[int, int] = (0, 1),
    ) -> None:
        if not len(dataset):
            raise DatasetError("no images to train on: the training split is empty")
        self._dataset = dataset
        self._config = config
        self._encode = encode
        self._reconsider = reconsider
        self._resize: ResizeSettings = ask(config.resize, "in_training")
        sizes = config.training.input_sizes(config.input_size)
        self._augmentations = {size: Augmentation(config.training.augmentation, size, self._resize) for size in sizes}
        self._batch_size = min(config.training.batch_size, len(dataset))
        part, parts = share
        self._own = range(self._batch_size)[part * self._batch_size // parts : (part + 1) * self._batch_size // parts]

    @property
    def batch_size(self) -> int:
        """Images in each batch."""
        return self._batch_size

    @property
    def per_epoch(self) -> float:
        """Batches in an epoch; the last may be shared with the next."""
        return len(self._dataset) / self._batch_size

    def __len__(self) -> int:
        """Batches in all epochs."""
        return self._config.training.epochs * len(self._dataset) // self._batch_size

    def epochs_in(self, count: int) -> int:
        """How many epochs the first so many batches complete."""
        if count == len(self):
            return self._config.training.epochs
        return count * self._batch_size // len(self._dataset)

    def __getitem__(self, number: int) -> Batch:
        """Prepare a batch, counted from 0 over all epochs.

        Raises:
            DatasetError: an image cannot be used; names it.
            IndexError: there are not so many batches.
        """
        if not 0 <= number < len(self):
            raise IndexError(f"batch {number} does not exist: there are {len(self)}")
        return self._complete(self._prepare(number))

    def __getstate__(self) -> dict[str, Any]:
        """What a process needs that prepares batches."""
        return {**self.__dict__, "_reconsider": None}

    def _prepare(self, number: int) -> _Prepared:
        first, size = number * self._batch_size + self._own[0], self.size_of(number)
        images = np.empty((len(self._own), 3, *size), dtype=np.float32)
        truths = [self._prepared(*self._image(place), image) for place, image in enumerate(images, start=first)]
        boxes, labels = [each.boxes for each in truths], [each.labels for each in truths]
        image_ids = tuple(each.image_id for each in truths)
        weights = [each.weights for each in truths] if self._config.training.mixup else None
        try:
            targets = self._encode(boxes, labels, size, weights)
        except ZooError as error:
            raise DatasetError(f"one of the images {listed(image_ids)} cannot be encoded: {error}") from error
        return _Prepared(Batch(images, targets, image_ids, number=number), boxes, labels)

    def _complete(self, prepared: _Prepared) -> Batch:
        batch, boxes, labels = prepared
        if self._reconsider is None:
            return batch
        size = ImageSize(*batch.images.shape[2:])
        return replace(batch, reconsider=Reconsideration(batch.targets, boxes, labels, size, self._reconsider))

    def size_of(self, number: int) -> ImageSize:
        """Of the network's input in a batch, which its number decides."""
        scales, sizes = self._config.training.multi_scale, [*self._augmentations]
        if scales is None:
            return sizes[0]
        rng = np.random.default_rng([_SIZE, self._config.training.seed, number // scales.every, 0])
        return sizes[rng.integers(len(sizes))]

    def _prepared(self, epoch: int, index: int, out: NDArray[np.float32]) -> _Truth:
        """The objects of an image, whose pixels (3, H, W) are written as the network takes them."""
        settings = self._config.training
        truth = self._written(index, np.random.default_rng([_SAMPLE, settings.seed, epoch, index]), out)
        mixup = settings.mixup
        if mixup is None or epoch >= mixup.until * settings.epochs:
            return truth
        rng = np.random.default_rng([_MIXUP, settings.seed, epoch, index])
        share = np.float32(np.clip(rng.beta(mixup.alpha, mixup.alpha), _LEAST_SHARE, 1 - _LEAST_SHARE))
        other = np.empty_like(out)
        partner = self._written(int(rng.integers(len(self._dataset))), rng, other)
        out *= share
        out += (1 - share) * other
        return _Truth(
            np.concatenate([truth.boxes, partner.boxes]),
            np.concatenate([truth.labels, partner.labels]),
            np.concatenate([share * truth.weights, (1 - share) * partner.weights]),
            truth.image_id,
        )

    def _written(self, index: int, rng: np.random.Generator, out: NDArray[np.float32]) -> _Truth:
        """As `_prepared`, of one image alone."""
        input_size = ImageSize(*out.shape[1:])
        sample = self._augmented(index, input_size, rng)
        boxes = self._boxes(sample, input_size)
        network_input(sample.image, input_size, self._config.normalization, out, self._resize)
        return _Truth(boxes, sample.labels, np.ones(len(boxes), np.float32), sample.image_id)

    def _boxes(self, sample: Sample, input_size: ImageSize) -> NDArray[np.float32]:
        """Boxes (M, 4) corner/unit of the network's input."""
        size = ImageSize(*sample.image.shape[:2])
        boxes = convert(sample.boxes, BoxFormat.CORNER_PIXEL, BoxFormat.CORNER_UNIT, size)
        placement = placed(self._resize, size, input_size)
        if placement.input != input_size:  # batches have one shape
            promised = f"an input of {input_size} for every picture in training"
            raise broken_promise(self._resize, promised, f"{placement.input} for one of {size}")
        return into_input(boxes, placement)

    def starting_at(self, number: int) -> Iterator[Batch]:
        """The batches from this one to the last of all epochs; workers prepare them ahead.

        So the position of a training is one number, from which it resumes wherever it was
        stopped, in the middle of an epoch too. Workers end when the iterator is closed or
        forgotten.

        Args:
            number: of the first batch, counted from 0 over all epochs; with as many as there
                are nothing is left.

        Raises:
            DatasetError: while iterating: an image cannot be used; names it.
            TrainingError: likewise: a worker has ended by itself.
            IndexError: there are not so many batches.
        """
        if not 0 <= number <= len(self):
            raise IndexError(f"batch {number} does not exist: there are {len(self)}")
        return self._prepared_ahead(number)

    def _prepared_ahead(self, number: int) -> Iterator[Batch]:
        for prepared in done_ahead(self._prepare, range(number, len(self)), self._config.training.workers):
            yield self._complete(prepared)

    def _image(self, place: int) -> tuple[int, int]:
        """The epoch and the index of an image, counted from 0 over all epochs."""
        epoch, rank = divmod(place, len(self._dataset))
        return epoch, int(_order(self._config.training.seed, epoch, len(self._dataset))[rank])

    def _augmented(self, index: int, size: ImageSize, rng: np.random.Generator) -> Sample:
        sample = self._dataset[index]
        try:
            return self._augmentations[size](sample, rng)
        except Exception as error:
            error.add_note(f"while augmenting image {sample.image_id!r}")
            raise


@lru_cache(maxsize=4)
def _order(seed: int, epoch: int, length: int) -> NDArray[np.int64]:
    """The indices of the images in the order of an epoch."""
    return np.random.default_rng([_ORDER, seed, epoch, 0]).permutation(length)

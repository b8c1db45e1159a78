"""Annotated images: what readers of data sets and steps of augmentation must be able to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.coco_values import CocoId
from zoo_core.parts.geometry import ImageSize

__all__ = [
    "AugmentationStep",
    "CocoIds",
    "Dataset",
    "DatasetReader",
    "Sample",
]


@dataclass(frozen=True, eq=False)
class Sample:
    """An annotated image.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        boxes: (M, 4) float32 corner/pixel of this image.
        labels: (M,) int64, index of the class name.
        difficult: (M,) bool; not counted when VOC scores are made.
        crowd: (M,) bool; a box around a group, by COCO's rule.
        image_id: the name of the image in its data set.
        areas: (M,) float64, of the objects in square pixels, where the annotation says them (that of a mask is smaller
            than that of its box); None for those of the boxes. COCO's scores by size count with them.
        coco_boxes: (M, 4) float64, x, y, width and height to the last digit and not clipped, as a file of COCO has
            them; None in other formats. Scores count with them.
    """

    image: NDArray[np.uint8]
    boxes: NDArray[np.float32]
    labels: NDArray[np.int64]
    difficult: NDArray[np.bool_]
    crowd: NDArray[np.bool_]
    image_id: str
    areas: NDArray[np.float64] | None = None
    coco_boxes: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class CocoIds:
    """The ids by which files of COCO call the images and classes of a data set.

    Attributes:
        images: ids of each image, in the order of the data set.
        classes: ids of each class, in the order of the labels.
        other_images: further ids, each with the index of its image, where a file lists an image several times.
        other_classes: further ids, each with its label, where several categories share a name.
    """

    images: tuple[CocoId, ...]
    classes: tuple[CocoId, ...]
    other_images: tuple[tuple[CocoId, int], ...] = ()
    other_classes: tuple[tuple[CocoId, int], ...] = ()


class Dataset(Protocol):
    """Annotated images of one split, read one by one when asked for.

    A data set whose images and classes have ids of their own in files of COCO says them in an attribute
    `coco_ids`. One that knows the objects of an image and its size without reading it may have a method
    ``without_pixels(index)`` that gives the same sample with a black image. One whose files can change may have a
    method ``digest()``: a string that changes with images or objects, by which a resumed training notices it.
    """

    @property
    def class_names(self) -> tuple[str, ...]:
        """The classes of which `Sample.labels` are indices."""

    @property
    def problems(self) -> Sequence[str]:
        """What was found wrong in the data and left out, one line each that names the file."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Sample: ...


class DatasetReader(Protocol):
    """Opens the splits of a data set.

    Reading is cheap to copy to another process: opening lists the images and reads the
    annotations, the images are read when asked for.
    """

    def train(self, class_names: Sequence[str]) -> Dataset:
        """The images to train on, labelled by index in `class_names`."""

    def validation(self, class_names: Sequence[str]) -> Dataset:
        """The images to score on."""


class AugmentationStep(Protocol):
    """Changes training images and their boxes at random.

    It is made once for a training, and threads share it or processes have copies of it, so it keeps no state between
    samples: equal generators give equal results.
    """

    def __call__(self, sample: Sample, rng: np.random.Generator, size: ImageSize) -> Sample:
        """A changed sample.

        Boxes, labels, difficult and crowd stay as many as each other. Boxes lie within the image, and have an area.

        Args:
            sample: is not changed, and neither are its arrays.
            rng: decides all that is random.
            size: that the image would have in the network's input, were this the last step.
        """

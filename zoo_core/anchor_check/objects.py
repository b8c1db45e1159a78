"""The annotated objects of a data set, without its pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes import areas, convert
from zoo_core.errors import DatasetError
from zoo_core.geometry import BoxFormat, ImageSize
from zoo_core.interfaces import Dataset

__all__ = ["ImageObjects", "objects_of"]


@dataclass(frozen=True, eq=False)
class ImageObjects:
    """The objects of an image.

    Attributes:
        index: of the image in its data set.
        image_id: its name there.
        boxes: (M, 4) float32 corner/unit; M is at least 1.
        labels: (M,) int64.
        areas: (M,) float32, in pixels of the picture as it is.
    """

    index: int
    image_id: str
    boxes: NDArray[np.float32]
    labels: NDArray[np.int64]
    areas: NDArray[np.float32]


def objects_of(dataset: Dataset, progress: Callable[[int, int], None] | None = None) -> list[ImageObjects]:
    """The objects of a data set, image by image; images without objects are left out.

    Raises:
        DatasetError: an image cannot be read, or there is no object at all.
    """
    found = []
    for index in range(len(dataset)):
        sample = dataset[index]
        size = ImageSize(*sample.image.shape[:2])
        if len(sample.boxes):
            unit = convert(sample.boxes, BoxFormat.CORNER_PIXEL, BoxFormat.CORNER_UNIT, size).astype(np.float32)
            found.append(ImageObjects(index, sample.image_id, unit, sample.labels, areas(sample.boxes)))
        if progress:
            progress(index + 1, len(dataset))
    if not found:
        raise DatasetError("there are no objects that anchors could meet: no image of the split has any")
    return found

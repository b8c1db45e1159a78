"""The annotated objects of a data set, without its pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.boxes import areas, convert, into_input
from zoo_core.boxes.protocols import Dataset
from zoo_core.common.errors import DatasetError
from zoo_core.parts.geometry import BoxFormat, ImageSize, Placement

__all__ = ["ImageObjects", "objects_of"]


_WHOLE = Placement.filling(ImageSize(1, 1))


@dataclass(frozen=True, eq=False)
class ImageObjects:
    """The objects of an image.

    Attributes:
        index: index of the image in its data set.
        image_id: its name there.
        boxes: (M, 4) float32 corner/unit of the network's input; M is at least 1.
        labels: (M,) int64.
        areas: (M,) float32, in pixels of the picture as it is.
        placement: where the picture lies in the network's input.
    """

    index: int
    image_id: str
    boxes: NDArray[np.float32]
    labels: NDArray[np.int64]
    areas: NDArray[np.float32]
    placement: Placement = _WHOLE


def objects_of(
    dataset: Dataset,
    progress: Callable[[int, int], None] | None = None,
    placement_of: Callable[[ImageSize], Placement] = Placement.filling,
) -> list[ImageObjects]:
    """The objects of a data set, image by image; images without objects are left out.

    Args:
        dataset: the images.
        progress: called after each with the number done and of all.
        placement_of: where a picture of some size lies in the network's input.

    Raises:
        DatasetError: an image cannot be read, or there is no object at all.
    """
    found = []
    for index in range(len(dataset)):
        sample = dataset[index]
        size = ImageSize(*sample.image.shape[:2])
        if len(sample.boxes):
            unit = convert(sample.boxes, BoxFormat.CORNER_PIXEL, BoxFormat.CORNER_UNIT, size).astype(np.float32)
            placed = placement_of(size)
            boxes = into_input(unit, placed).astype(np.float32)
            found.append(ImageObjects(index, sample.image_id, boxes, sample.labels, areas(sample.boxes), placed))
        if progress:
            progress(index + 1, len(dataset))
    if not found:
        raise DatasetError("no objects to compare anchors with: no image of the split has any")
    return found

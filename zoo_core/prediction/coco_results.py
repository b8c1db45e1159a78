"""Detections as entries of a COCO results file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.common.errors import ArgumentError
from zoo_core.common.numerals import whole_number

__all__ = ["category_ids_of", "coco_entries", "image_id_of"]


def coco_entries(
    boxes: NDArray[np.float32],
    scores: NDArray[np.float32],
    categories: Sequence[int],
    image_id: int | str,
    tracks: Sequence[dict[str, int]],
) -> list[dict[str, Any]]:
    """An entry for each object of an image.

    Args:
        boxes: (M, 4) corner/pixel.
        scores: (M,).
        categories: the id of the class of each.
        image_id: of the image.
        tracks: what else is said of each.
    """
    # As Python's numbers, so that x + width is the right edge, to the last bit.
    objects = zip(boxes.tolist(), scores.tolist(), categories, tracks, strict=True)
    return [
        {"image_id": image_id, "category_id": category, "bbox": [x1, y1, x2 - x1, y2 - y1], "score": score, **track}
        for (x1, y1, x2, y2), score, category, track in objects
    ]


def category_ids_of(given: Sequence[int] | None, classes: int) -> Sequence[int]:
    """The id of each of so many classes: 1, 2, 3 ... unless others are given.

    Raises:
        ArgumentError: not one for each class is given.
    """
    ids = range(1, classes + 1) if given is None else given
    if len(ids) != classes:
        raise ArgumentError(f"category_ids should be {classes} ids, one for each class; given {len(ids)}")
    return ids


def image_id_of(source: str, frame: int | None) -> int | str:
    """The id of an image that the name of its file says, as a number where it is one.

    Raises:
        ArgumentError: it is of a video, or of no file.
    """
    stem = Path(source).stem
    if not stem or frame is not None:
        what = "are of a frame of a video" if source else "come from no file, whose name could say it"
        raise ArgumentError(f"image_id is needed: these detections {what}; call to_coco(image_id=1)")
    number = whole_number(stem)
    return stem if number is None else number

"""What a report is made from: detectors, by name, that looked at the same data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from zoo_core.common.errors import DatasetError
from zoo_core.common.messages import counted, listed
from zoo_core.evaluation.results import ImageResult, Results

__all__ = ["Evaluation", "check_same_data"]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A detector and what it found.

    Attributes:
        name: as the report calls it.
        results: its detections in a data set, with the ground truth.
        config: its configuration as YAML; empty where it has none.
        versions: versions of Python, the core and the packages of its parts.
    """

    name: str
    results: Results
    config: str = ""
    versions: Mapping[str, Any] = field(default_factory=dict)


def check_same_data(evaluations: Sequence[Evaluation]) -> None:
    """Refuse runs whose numbers cannot be compared.

    Raises:
        DatasetError: the classes, the images or the objects of one evaluation are not those of the first.
    """
    first, *others = evaluations
    for other in others:
        difference = _difference(first.results, other.results)
        if difference:
            raise DatasetError(
                f"{other.name}: was not evaluated on the same data as {first.name} ({difference}); name one data "
                "set for all, with --data or --set data..."
            )


def _difference(first: Results, other: Results) -> str:
    if first.class_names != other.class_names:
        return f"classes {listed(other.class_names)}, not {listed(first.class_names)}"
    if len(first.images) != len(other.images):
        return f"{counted(len(other.images), 'image')}, not {len(first.images)}"
    for one, two in zip(first.images, other.images, strict=True):
        if one.image_id != two.image_id:
            return f"image {two.image_id} where {one.image_id} was"
        if not _same_truth(one, two):
            return f"other objects in image {one.image_id}"
    return ""


def _same_truth(one: ImageResult, two: ImageResult) -> bool:
    parts = ("true_boxes", "true_labels", "difficult", "crowd")
    return one.size == two.size and all(np.array_equal(getattr(one, each), getattr(two, each)) for each in parts)

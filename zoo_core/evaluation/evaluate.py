"""Scores a detector on a data set."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from zoo_core.detections import Detections
from zoo_core.errors import DatasetError, listed
from zoo_core.evaluation.report import ClassReport, Report
from zoo_core.evaluation.voc import VocMetric
from zoo_core.interfaces import Dataset

__all__ = ["Predictor", "evaluate"]


class Predictor(Protocol):
    """What can be scored: a detector, or anything else that finds boxes."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """What the labels of its detections count."""

    def predict(self, source: Sequence[NDArray[np.uint8]], /) -> list[Detections]:
        """The objects in each of some images (H, W, 3) uint8 RGB; boxes are corner/pixel of the image."""


def evaluate(
    detector: Predictor,
    dataset: Dataset,
    progress: Callable[[int, int], None] | None = None,
    *,
    iou: float = 0.5,
    batch_size: int = 8,
) -> Report:
    """Look at every image of a data set, and score what is found by both rules of Pascal VOC.

    Args:
        detector: what to score.
        dataset: the images; its classes are those of the detector, in any order.
        progress: called after every batch with the number of images done and of all.
        iou: the least overlap at which a detection is right.
        batch_size: how many images are held and handed over at once; the last batch may be smaller.

    Raises:
        DatasetError: the classes differ, or an image cannot be read.
    """
    label_in_data = _matched_labels(detector.class_names, dataset.class_names)
    metric = VocMetric(len(dataset.class_names), iou)
    began = time.perf_counter()
    for first in range(0, len(dataset), batch_size):
        samples = [dataset[index] for index in range(first, min(first + batch_size, len(dataset)))]
        detections = detector.predict([sample.image for sample in samples])
        for sample, found in zip(samples, detections, strict=True):
            labels = label_in_data[found.labels]
            metric.add(
                found.boxes,
                found.scores,
                labels,
                true_boxes=sample.boxes,
                true_labels=sample.labels,
                difficult=sample.difficult,
            )
        if progress:
            progress(first + len(samples), len(dataset))
    seconds = time.perf_counter() - began
    scores = metric.result()
    columns = (scores.ap_voc07, scores.ap_voc10, scores.objects, scores.difficult, scores.detections)
    values = zip(*(column.tolist() for column in columns), strict=True)
    classes = (ClassReport(name, *of_class) for name, of_class in zip(dataset.class_names, values, strict=True))
    return Report(tuple(classes), iou, len(dataset), seconds)


def _matched_labels(detector: Sequence[str], dataset: Sequence[str]) -> NDArray[np.int64]:
    """The data set's label of each of the detector's classes, (C,).

    Raises:
        DatasetError: the classes are not the same.
    """
    if set(detector) != set(dataset):
        raise DatasetError(
            f"the classes of the detector ({listed(detector)}) and of the data set ({listed(dataset)}) are not the "
            "same; open the data set with the classes of the detector"
        )
    return np.array([dataset.index(name) for name in detector], dtype=np.int64)

"""Scores a detector on a data set."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol, Unpack

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.protocols import Dataset
from zoo_core.common.arguments import CALLBACK, COUNT, DATASET, DETECTOR, SHARE, checked
from zoo_core.common.errors import ArgumentError, DatasetError
from zoo_core.common.messages import listed
from zoo_core.evaluation.coco import coco_numbers
from zoo_core.evaluation.conditions import Conditions
from zoo_core.evaluation.gathering import gather
from zoo_core.evaluation.report import ClassReport, Report
from zoo_core.evaluation.results import RESULTS, ImageResult, Results
from zoo_core.evaluation.voc import voc_scores
from zoo_core.prediction.detections import Detections
from zoo_core.prediction.predictor import ImagePredictor
from zoo_core.prediction.views import ViewOptions, Views

__all__ = ["Collect", "Predictor", "collect", "collect_part", "evaluate", "score"]


class Predictor(Protocol):
    """What can be scored: a detector, or anything else that finds boxes."""

    @property
    def class_names(self) -> tuple[str, ...]:
        """What the labels of its detections count."""

    def predict(self, source: list[NDArray[np.uint8]], /) -> list[Detections]:
        """The objects in each of some images (H, W, 3) uint8 RGB; boxes are corner/pixel of the image."""


Collect = Callable[[Predictor, Dataset, Callable[[int, int], None] | None], Results]
"""Finds the objects in a data set, as `collect` does."""


@checked(detector=DETECTOR, dataset=DATASET, progress=CALLBACK, iou=SHARE, batch_size=COUNT)
def evaluate(
    detector: Predictor,
    dataset: Dataset,
    progress: Callable[[int, int], None] | None = None,
    *,
    iou: float = 0.5,
    batch_size: int = 8,
    **views: Unpack[ViewOptions],
) -> Report:
    """Look at every image of a data set, and score what is found by the rules of Pascal VOC and of COCO.

    Args:
        detector: what to score.
        dataset: the images; its classes are those of the detector, in any order.
        progress: called after every batch with the number of images done and of all.
        iou: the least overlap at which a detection is right by VOC's rules; COCO has its own.
        batch_size: how many images are held and handed over at once; the last batch may be smaller.
        **views: ``slice``, ``overlap`` and ``flip`` as a detector of the zoo takes them; see `Detector.predict`.

    Raises:
        DatasetError: the classes differ, or an image cannot be read.
        PredictionsError: a score or a coordinate is not a number.
        ArgumentError: an argument cannot be meant; says which and what it should be.
    """
    return score(collect(detector, dataset, progress, batch_size=batch_size, **views), iou=iou)


@checked(detector=DETECTOR, dataset=DATASET, progress=CALLBACK, batch_size=COUNT)
def collect(
    detector: Predictor,
    dataset: Dataset,
    progress: Callable[[int, int], None] | None = None,
    *,
    batch_size: int = 8,
    **views: Unpack[ViewOptions],
) -> Results:
    """The detections in every image of a data set, with the ground truth; see `evaluate`."""
    return collect_part(detector, dataset, range(len(dataset)), progress, batch_size=batch_size, **views)


def collect_part(
    detector: Predictor,
    dataset: Dataset,
    part: range,
    progress: Callable[[int, int], None] | None = None,
    *,
    batch_size: int = 8,
    **views: Unpack[ViewOptions],
) -> Results:
    """The same of the images with these indices, which follow each other."""
    predict = _predict(detector, views)
    label_in_data = _matched_labels(detector.class_names, dataset.class_names)
    results: list[ImageResult] = []
    began, reading = time.perf_counter(), 0.0
    for first in range(0, len(part), batch_size):
        before = time.perf_counter()
        samples = [dataset[index] for index in part[first : first + batch_size]]
        reading += time.perf_counter() - before
        detections = predict([sample.image for sample in samples])
        for sample, found in zip(samples, detections, strict=True):
            labels = label_in_data[found.labels]
            results.append(replace(ImageResult.of(sample), boxes=found.boxes, scores=found.scores, labels=labels))
        if progress:
            progress(len(results), len(part))
    seconds = time.perf_counter() - began
    ids, conditions = getattr(dataset, "coco_ids", None), Conditions.of(detector, views)
    return Results(tuple(dataset.class_names), tuple(results), seconds, reading, ids, conditions)


def _predict(detector: Predictor, views: ViewOptions) -> Callable[[list[NDArray[np.uint8]]], list[Detections]]:
    """What finds the objects in some images, of which some views are looked at."""
    if isinstance(detector, ImagePredictor):
        return lambda images: detector.predict(images, **views)
    if Views.of(views) != Views():
        raise ArgumentError(f"{listed(views)}: only a detector of the zoo can look at windows and mirror images")
    return detector.predict


@checked(results=RESULTS, iou=SHARE)
def score(results: Results, *, iou: float = 0.5) -> Report:
    """Score what was found by the rules of Pascal VOC and of COCO.

    Args:
        results: detections and ground truth.
        iou: the least overlap at which a detection is right by VOC's rules; COCO has its own.

    Raises:
        PredictionsError: a score or a coordinate is not a number, or a label is not one of the classes.
        ArgumentError: an argument cannot be meant; says which and what it should be.
    """
    began = time.perf_counter()
    gathered = gather(results)
    voc = voc_scores(gathered, iou)
    columns = (voc.ap_voc07, voc.ap_voc10, voc.objects, voc.difficult, voc.detections)
    rows = zip(results.class_names, *(column.tolist() for column in columns), coco_numbers(gathered), strict=True)
    return Report(
        classes=tuple(ClassReport(*row) for row in rows),
        iou=iou,
        images=len(results.images),
        seconds=results.seconds,
        reading_seconds=results.reading_seconds,
        scoring_seconds=time.perf_counter() - began,
        conditions=results.conditions,
    )


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

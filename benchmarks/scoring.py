"""Scores of 5,000 images with 80 classes, 36,000 objects and 500,000 detections.

COCO's numbers against pycocotools' COCOeval (evaluate, accumulate, summarize) and against
faster-coco-eval's, which is C++; the average precision of VOC against GluonCV's VOCMApMetric
(update with every image, get). All begin with the same boxes in memory, in their own form:
reading files is not counted for anyone. All must give the same scores.
"""

from __future__ import annotations

import contextlib
import io
import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import astuple
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.timing import compare
from zoo_core.engines.gluon.compatibility import import_quietly
from zoo_core.evaluation.coco import coco_numbers, mean_numbers
from zoo_core.evaluation.gathering import gather
from zoo_core.evaluation.predictions import coco_detections, coco_ground_truth
from zoo_core.evaluation.results import ImageResult, Results
from zoo_core.evaluation.voc import voc_scores
from zoo_core.parts.geometry import ImageSize

__all__ = ["main"]

_CLASSES = 80
_FOUND = 100
_SIZE = ImageSize(480, 640)


def main() -> None:
    """Time both rules."""
    results = _results(5000)
    title = (
        f"{len(results.images)} images, {_CLASSES} classes, {sum(len(each.scores) for each in results.images)} boxes"
    )
    ours, pycocotools, faster = _coco(results), _pycocotools(results), _faster_coco_eval(results)
    expected = pycocotools()
    np.testing.assert_allclose(ours(), expected, atol=1e-9)
    np.testing.assert_allclose(faster(), expected, atol=1e-9)
    compare(
        f"COCO: {title}",
        {"zoo": ours, "faster-coco-eval: COCOeval_faster": faster, "pycocotools: COCOeval": pycocotools},
        rounds=3,
        warm=True,
    )
    voc, gluoncv = _voc(results), _gluoncv(results)
    np.testing.assert_allclose(voc(), gluoncv(), atol=1e-9)
    compare(f"VOC: {title}", {"zoo": voc, "GluonCV: VOCMApMetric": gluoncv}, rounds=3, warm=True)


def _results(count: int) -> Results:
    """Objects of all sizes, a few of them crowds or difficult, and detections of most of them, and of nothing."""
    rng = np.random.default_rng(0)
    names = tuple(f"class {number}" for number in range(_CLASSES))
    # No two scores are equal: GluonCV has no rule for those.
    scores = (rng.permutation(count * _FOUND) / (count * _FOUND)).astype(np.float32).reshape(count, -1)
    return Results(names, tuple(_image(rng, str(number), each) for number, each in enumerate(scores)))


def _image(rng: np.random.Generator, name: str, scores: NDArray[np.float32]) -> ImageResult:
    objects, found = rng.integers(0, 15), len(scores)
    classes = rng.choice(_CLASSES, 4)
    truth, labels = _boxes(rng, objects), rng.choice(classes, objects)
    boxes, guesses = _boxes(rng, found), rng.choice([*classes, *rng.choice(_CLASSES, 8)], found)
    near = rng.integers(objects, size=70) if objects else np.empty(0, np.int64)
    boxes[: len(near)] = truth[near] + rng.normal(0, 0.08, (len(near), 4)) * np.tile(np.diff(truth[near][:, ::2]), 4)
    boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2] + 1)
    guesses[: len(near)] = np.where(rng.random(len(near)) < 0.8, labels[near], guesses[: len(near)])
    return ImageResult(
        image_id=name,
        size=_SIZE,
        true_boxes=truth.astype(np.float32),
        true_labels=labels,
        difficult=rng.random(objects) < 0.05,
        crowd=rng.random(objects) < 0.01,
        boxes=boxes.astype(np.float32),
        scores=scores,
        labels=guesses,
    )


def _boxes(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    sides = np.exp(rng.uniform(np.log(8), np.log(300), (count, 2)))
    corners = rng.random((count, 2)) * ([_SIZE.width, _SIZE.height] - sides)
    return np.hstack([corners, corners + sides])


def _coco(results: Results) -> Callable[[], Sequence[float]]:
    return lambda: astuple(mean_numbers(coco_numbers(gather(results))))


def _voc(results: Results) -> Callable[[], Sequence[float]]:
    return lambda: list(voc_scores(gather(results)).ap_voc10)


def _pycocotools(results: Results) -> Callable[[], Sequence[float]]:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = coco_ground_truth(results)
        truth.createIndex()
        found = truth.loadRes(coco_detections(results))
    return lambda: _evaluated(COCOeval(truth, found, "bbox"))


def _faster_coco_eval(results: Results) -> Callable[[], Sequence[float]]:
    from faster_coco_eval import COCO, COCOeval_faster

    truth = COCO(coco_ground_truth(results))
    found = truth.loadRes(coco_detections(results))
    return lambda: _evaluated(COCOeval_faster(truth, found, "bbox"))


def _evaluated(evaluation: Any) -> Sequence[float]:
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [math.nan if number == -1 else number for number in evaluation.stats[:12]]


def _gluoncv(results: Results) -> Callable[[], Sequence[float]]:
    """GluonCV adds 1 to the sides: given corners that are whole pixels, as it reads them, it has the same overlaps."""
    metric = import_quietly("gluoncv.utils.metrics.voc_detection").VOCMApMetric
    one = np.array([0, 0, 1, 1])

    def update_and_get() -> Sequence[float]:
        of_all = metric(iou_thresh=0.5, class_names=results.class_names)
        for each in results.images:
            arrays = (each.boxes.astype(float) - one, each.labels, each.scores)
            truth = (each.true_boxes.astype(float) - one, each.true_labels, each.difficult)
            of_all.update(*(np.asarray(array, float)[None] for array in (*arrays, *truth)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return of_all.get()[1][:-1]

    return update_and_get

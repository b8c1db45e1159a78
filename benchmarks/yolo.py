"""YOLO3 at 416x416 with 80 classes: from raw outputs to detections, and from objects to targets, for one image.

Ours against the part of GluonCV's own network that follows the convolutions (every box for every class, and box_nms),
and against its two target generators, the one before the network and the one after it. Both are given the same, and
must give the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import zoo_core as zoo
from benchmarks.suppression import suppressed
from benchmarks.timing import compare
from zoo_core.boxes.boxes import Anchors
from zoo_core.boxes.placing import place
from zoo_core.config.detector import DetectorConfig
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.compatibility import import_quietly
from zoo_core.engines.gluon.engine import probabilities
from zoo_core.prediction.postprocessing import Found, postprocess

__all__ = ["main"]

Floats = NDArray[np.float32]


def main() -> None:
    """Time what a trained network says, and an untrained one, whose every score is above the threshold; targets."""
    config = zoo.load_config("yolo3_darknet53_coco")
    anchors = place(config.anchors, zoo.plan(config))
    for title, objectness in (("a trained network", -9), ("an untrained network", 0)):
        said = _outputs(len(anchors), len(config.classes), objectness)
        ours, theirs = _ours(config, anchors, *said), _gluoncv(anchors, *said)
        _assert_equal(ours(), theirs(), config)
        compare(
            f"Post-processing of {len(anchors)} anchors and {len(config.classes)} classes: {title}",
            {"zoo: sigmoid and postprocess": ours, "GluonCV: decode, box_nms": theirs},
            rounds=15,
        )
    for count in (3, 10, 40):
        ours_targets, theirs_targets = _targets(config, anchors, count), _gluoncv_targets(config, anchors, count)
        np.testing.assert_array_equal(np.sign(ours_targets()), theirs_targets())
        compare(
            f"Targets of {count} objects on {len(anchors)} anchors, before and after the network",
            {"zoo: encode, reconsider": ours_targets, "GluonCV: prefetch, merge": theirs_targets},
        )


def _outputs(anchors: int, classes: int, objectness: float) -> tuple[Floats, Floats]:
    """Scores (1, N, C + 1) before the sigmoid, some anchors sure of a class, and numbers (1, N, 4)."""
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 0.1, (1, anchors, classes + 1))
    scores[..., 0] += objectness
    sure = rng.choice(anchors, 300, replace=False)
    scores[0, sure, 0] += rng.uniform(7, 14, 300)
    scores[0, sure, rng.integers(1, classes + 1, 300)] += rng.uniform(1, 7, 300)
    return scores.astype(np.float32), rng.normal(0, 0.5, (1, anchors, 4)).astype(np.float32)


def _ours(config: DetectorConfig, anchors: Anchors, scores: Floats, numbers: Floats) -> Callable[[], Found]:
    encoder, raw = zoo.make(config.targets), mx.nd.array(scores)

    def way() -> Found:
        said = probabilities(raw, config.loss.scoring)[0]
        return postprocess(said, numbers[0], anchors, encoder, config.nms, config.loss.scoring)

    return way


def _gluoncv(anchors: Anchors, scores: Floats, numbers: Floats) -> Callable[[], Floats]:
    raw, values = mx.nd.array(scores), mx.nd.array(numbers)
    cells, classes = anchors.cells, scores.shape[2] - 1
    corner = mx.nd.array(np.stack([cells.column, cells.row], axis=1)[None])
    strides, sizes = mx.nd.array(anchors.strides[None, :, None]), mx.nd.array(anchors.boxes[None, :, 2:])

    def way() -> Floats:
        """As in gluoncv/model_zoo/yolo/yolo3.py, YOLOOutputV3 and YOLOV3, on all maps at once."""
        middle = (mx.nd.sigmoid(values.slice_axis(-1, 0, 2)) + corner) * strides
        half = mx.nd.exp(values.slice_axis(-1, 2, 4)) * sizes / 2
        box = mx.nd.concat(middle - half, middle + half, dim=-1)
        said = mx.nd.sigmoid(raw.slice_axis(-1, 1, None)) * mx.nd.sigmoid(raw.slice_axis(-1, 0, 1))
        of_classes = mx.nd.transpose(said, axes=(2, 0, 1)).expand_dims(-1)
        ids = of_classes * 0 + mx.nd.arange(0, classes).reshape((-1, 1, 1, 1))
        rows = mx.nd.concat(ids, of_classes, mx.nd.tile(box, reps=(classes, 1, 1, 1)), dim=-1)
        return suppressed(rows.transpose((1, 2, 0, 3)).reshape((0, -1, 6)))

    return way


def _assert_equal(ours: Found, theirs: Floats, config: DetectorConfig) -> None:
    expected = theirs[theirs[:, 0] >= 0]
    np.testing.assert_array_equal(ours.labels, expected[:, 0])
    np.testing.assert_allclose(ours.scores, expected[:, 1], rtol=1e-5)
    np.testing.assert_allclose(ours.boxes * config.input_size.width, expected[:, 2:], rtol=1e-4, atol=0.01)


def _objects(count: int) -> tuple[Floats, NDArray[np.int64]]:
    rng = np.random.default_rng(count)
    corners = rng.random((count, 2, 2)) * 0.7
    boxes = np.concatenate([corners.min(1), corners.max(1) + rng.uniform(0.05, 0.3, (count, 1))], axis=-1)
    return boxes.astype(np.float32), rng.integers(0, 80, count)


def _numbers(anchors: Anchors) -> Floats:
    return np.random.default_rng(0).normal(0, 0.5, (1, len(anchors), 4)).astype(np.float32)


def _targets(config: DetectorConfig, anchors: Anchors, count: int) -> Callable[[], NDArray[np.int32]]:
    encoder, numbers, (boxes, labels) = zoo.make(config.targets), _numbers(anchors), _objects(count)

    def way() -> NDArray[np.int32]:
        targets = encoder.encode_batch(anchors, [boxes], [labels])
        classes: NDArray[np.int32] = encoder.reconsider(targets, None, numbers, anchors, [boxes], [labels]).classes[0]
        return classes

    return way


def _gluoncv_targets(config: DetectorConfig, anchors: Anchors, count: int) -> Callable[[], Floats]:
    target: Any = import_quietly("gluoncv.model_zoo.yolo.yolo_target")
    classes, (boxes, labels) = len(config.classes), _objects(count)
    fixed, merger = target.YOLOV3PrefetchTargetGenerator(classes), target.YOLOV3TargetMerger(classes, 0.7)
    merger.hybridize()
    levels, side = anchors.levels, config.input_size.width
    starts = np.cumsum([0, *(level.anchors for level in levels)])
    shapes = [anchors.boxes[start : start + level.per_cell, 2:] for start, level in zip(starts, levels, strict=False)]
    given = (
        mx.nd.zeros((1, 3, *anchors.image)),
        [mx.nd.zeros((1, 1, level.height, level.width)) for level in levels],
        [mx.nd.array(each.reshape(1, 1, -1, 2)) for each in shapes],
        [mx.nd.zeros((1, level.height * level.width, 1, 2)) for level in levels],
    )
    truth, ids = mx.nd.array(side * boxes[None]), mx.nd.array(labels[None, :, None])
    predicted = mx.nd.array(side * zoo.make(config.targets).decode(_numbers(anchors), anchors))

    def way() -> Floats:
        """Its network has decoded the boxes that it predicts: that is not counted."""
        objectness: Floats = merger(predicted, truth, *fixed(*given, truth, ids))[0][0, :, 0].asnumpy()
        return objectness

    return way

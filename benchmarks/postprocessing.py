"""From raw outputs to detections for one image: 80 classes and the 24564 anchors of ssd_512_vgg16_atrous_coco.

Ours against the part of GluonCV's own network that follows the predictors: decoding of every box for
every class, and box_nms. Both are given the same scores and offsets, and must give the same detections.
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
from zoo_core.config.detector import DetectorConfig
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.compatibility import import_quietly
from zoo_core.prediction.postprocessing import Found, postprocess

__all__ = ["main"]


def main() -> None:
    """Time what a trained network says, and an untrained one, whose every score is above the threshold."""
    config = zoo.load_config("ssd_512_vgg16_atrous_coco")
    anchors = zoo.make(config.anchors)(zoo.plan(config).feature_maps, config.input_size)
    for title, background in (("a trained network", 9), ("an untrained network", 0)):
        scores, offsets = _outputs(len(anchors), len(config.classes), background)
        ours, theirs = _ours(config, anchors, scores, offsets), _gluoncv(config, anchors, scores, offsets)
        _assert_equal(ours(), theirs(), config)
        compare(
            f"Post-processing of {len(anchors)} anchors and {len(config.classes)} classes: {title}",
            {"zoo: softmax and postprocess": ours, "GluonCV: softmax, decode, box_nms": theirs},
            rounds=15,
        )


def _outputs(anchors: int, classes: int, background: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Scores (1, N, C + 1) before softmax, some anchors sure of a class, and offsets (1, N, 4)."""
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 0.1, (1, anchors, classes + 1))
    scores[..., 0] += background
    sure = rng.choice(anchors, 300, replace=False)
    scores[0, sure, rng.integers(1, classes + 1, 300)] += rng.uniform(7, 14, 300)
    return scores.astype(np.float32), rng.normal(0, 0.5, (1, anchors, 4)).astype(np.float32)


def _ours(config: DetectorConfig, anchors: Anchors, scores: Any, offsets: Any) -> Callable[[], Found]:
    encoder, raw = zoo.make(config.targets), mx.nd.array(scores)

    def way() -> Found:
        return postprocess(mx.nd.softmax(raw, axis=-1).asnumpy()[0], offsets[0], anchors, encoder, config.nms)

    return way


def _gluoncv(config: DetectorConfig, anchors: Anchors, scores: Any, offsets: Any) -> Callable[[], NDArray[np.float32]]:
    coder = import_quietly("gluoncv.nn.coder")
    decode_boxes = coder.NormalizedBoxCenterDecoder((0.1, 0.1, 0.2, 0.2))
    decode_classes = coder.MultiPerClassDecoder(len(config.classes) + 1, thresh=0.01)
    raw, shifts = mx.nd.array(scores), mx.nd.array(offsets)
    placed = mx.nd.array(anchors.to(zoo.BoxFormat.CENTER_PIXEL).boxes[None])

    def way() -> NDArray[np.float32]:
        """As in gluoncv/model_zoo/ssd/ssd.py, SSD.hybrid_forward."""
        boxes = decode_boxes(shifts, placed)
        ids, values = decode_classes(mx.nd.softmax(raw, axis=-1))
        rows = [
            mx.nd.concat(ids.slice_axis(-1, each, each + 1), values.slice_axis(-1, each, each + 1), boxes, dim=-1)
            for each in range(len(config.classes))
        ]
        return suppressed(mx.nd.concat(*rows, dim=1))

    return way


def _assert_equal(ours: Found, theirs: NDArray[np.float32], config: DetectorConfig) -> None:
    expected = theirs[theirs[:, 0] >= 0]
    np.testing.assert_array_equal(ours.labels, expected[:, 0])
    np.testing.assert_allclose(ours.scores, expected[:, 1], rtol=1e-5)
    np.testing.assert_allclose(ours.boxes * config.input_size.width, expected[:, 2:], rtol=1e-4, atol=0.01)

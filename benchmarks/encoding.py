"""Targets for one image with the 24656 anchors of ssd_300_vgg16_atrous at 512x512.

Ours against GluonCV's SSDTargetGenerator and MXNet's MultiBoxTarget, each given its own format. The first two must
give the same targets; that they do so where overlaps are equal, too, is held by the tests of zoo-gluoncv-ssd.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

import zoo_core as zoo
from benchmarks.timing import compare
from zoo_core.boxes.boxes import Anchors
from zoo_core.boxes.protocols import Targets
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.compatibility import import_quietly

__all__ = ["main"]


def main() -> None:
    """Time 3, 10 and 40 objects."""
    config = zoo.load_config("ssd_300_vgg16_atrous_voc", {"input_size": 512})
    anchors = zoo.make(config.anchors)(zoo.plan(config).feature_maps, config.input_size)
    encoder = zoo.make(config.targets)
    for count in (3, 10, 40):
        boxes, labels = _objects(count)
        ours, gluoncv = partial(encoder.encode, anchors, boxes, labels), _gluoncv(anchors, boxes, labels)
        _assert_equal(ours(), gluoncv())
        ways = {
            "zoo: encoder ssd": ours,
            "GluonCV: SSDTargetGenerator": gluoncv,
            "MXNet: MultiBoxTarget": _multibox_target(anchors, boxes, labels),
        }
        compare(f"Targets for {len(anchors)} anchors and {count} objects", ways)


def _objects(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(count)
    corners = rng.random((count, 2, 2)) * 0.7
    boxes = np.concatenate([corners.min(1), corners.max(1) + rng.uniform(0.05, 0.3, (count, 1))], axis=-1)
    return boxes.astype(np.float32), rng.integers(0, 20, count)


def _gluoncv(anchors: Anchors, boxes: np.ndarray, labels: np.ndarray) -> Callable[[], list[np.ndarray]]:
    import_quietly("gluoncv")
    from gluoncv.model_zoo.ssd.target import SSDTargetGenerator

    generator = SSDTargetGenerator(negative_mining_ratio=-1)
    given = mx.nd.array(anchors.to(zoo.BoxFormat.CENTER_PIXEL).boxes[None])
    truth = mx.nd.array(boxes[None] * 512), mx.nd.array(labels[None, :, None], dtype="float32")
    return lambda: [each.asnumpy() for each in generator(given, None, *truth)]


def _assert_equal(ours: Targets, theirs: list[np.ndarray]) -> None:
    classes, offsets, mask = theirs
    np.testing.assert_array_equal(ours.classes, classes[0])
    np.testing.assert_array_equal(ours.mask, mask[0])
    np.testing.assert_allclose(ours.offsets, offsets[0], rtol=1e-3, atol=1e-3)


def _multibox_target(anchors: Anchors, boxes: np.ndarray, labels: np.ndarray) -> Callable[[], object]:
    given = mx.nd.array(anchors.to(zoo.BoxFormat.CORNER_UNIT).boxes[None])
    truth = mx.nd.array(np.column_stack([labels, boxes])[None])
    scores = mx.nd.zeros((1, 21, len(anchors)))
    return lambda: [each.asnumpy() for each in mx.nd.contrib.MultiBoxTarget(given, truth, scores)]

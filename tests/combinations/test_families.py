"""FCOS, YOLO and CenterNet in little, by the contract of docs/decisions/0010-families.md: each learns and predicts."""

import math

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.training.loop import TrainingLoop
from zoo_core.training.session import batches_for

pytestmark = pytest.mark.usefixtures("families")

FAMILIES = ("toy_fcos", "toy_yolo", "toy_centernet")


def trained(name, overrides=None):
    """A detector after a step for each batch, and the steps."""
    detector = zoo.build(name, overrides)
    batches = batches_for(detector, zoo.dataset(detector.config, "train"))
    return detector, list(TrainingLoop(detector.config, detector.engine, batches).steps())


@pytest.mark.parametrize("name", FAMILIES)
def test_it_learns_and_predicts(name):
    fresh = zoo.build(name).engine.network._collect_params_with_prefix()
    detector, steps = trained(name)
    assert all(math.isfinite(step.loss) and min(step.class_loss, step.box_loss) > 0 for step in steps)
    learned = detector.engine.network._collect_params_with_prefix()
    still = {part for part in fresh if (fresh[part].data() == learned[part].data()).asnumpy().all()}
    assert still <= {"neck.extra.0.weight", "neck.extra.0.bias"}  # no object is so large
    found = detector.predict(zoo.dataset(detector.config)[0].image)
    assert len(found.boxes)
    assert np.isfinite(found.boxes).all()


@pytest.mark.parametrize("name", FAMILIES)
def test_its_targets_decode_to_the_objects(name):
    detector = zoo.build(name)
    sample = zoo.dataset(detector.config, "train")[0]
    height, width = sample.image.shape[:2]
    boxes = sample.boxes / np.array([width, height, width, height], np.float32)
    targets = detector.encoder.encode(detector.anchors, boxes, sample.labels)
    matched = np.flatnonzero(targets.classes > 0)
    decoded = detector.encoder.decode(targets.offsets, detector.anchors)[matched]
    same = np.abs(decoded[:, None] - boxes).max(axis=2) < 1e-5
    assert same.any(axis=0).all(), "every object has an anchor"
    np.testing.assert_array_equal(sample.labels[same.argmax(axis=1)] + 1, targets.classes[matched])

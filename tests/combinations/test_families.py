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


@pytest.mark.parametrize("name", FAMILIES)
def test_it_is_exported_and_read_back(name, tmp_path):
    detector, _ = trained(name)
    report = zoo.export(detector, tmp_path / "detector.onnx")
    assert report.parity.detections > 1000
    exported, image = zoo.load(tmp_path / "detector.onnx"), zoo.dataset(detector.config)[0].image
    ours, theirs = detector.predict(image), exported.predict(image)
    np.testing.assert_array_equal(ours.labels, theirs.labels)
    np.testing.assert_allclose(ours.scores, theirs.scores, atol=1e-5)
    np.testing.assert_allclose(ours.boxes, theirs.boxes, atol=0.01)


@pytest.mark.parametrize("name", FAMILIES)
def test_a_run_reads_back_and_begins_detectors_of_other_classes(name, tmp_path):
    run = zoo.train(name, tmp_path / "run")
    image, first = zoo.dataset(run.config)[0].image, zoo.load(run.folder)
    np.testing.assert_array_equal(first.predict(image).boxes, zoo.load(run.folder).predict(image).boxes)
    changed = {"classes": ["square", "star", "circle"], "data": None, "weights.source": str(run.folder)}
    second, rows = zoo.build(name, changed), {0: 1, 2: 0}  # new class, old class
    assert {layer.fate for layer in second.engine.transfer.layers} == {"loaded", "in part"}
    before, after, fresh = (
        each.engine.network.head for each in (first, second, zoo.build(name, {**changed, "weights.source": None}))
    )
    for layer, (anchors, others, _) in before.class_rows.items():
        old, new, drawn = (
            each._collect_params_with_prefix()[f"{layer}.weight"].data().asnumpy().reshape(anchors, others + 3, -1)
            for each in (before, after, fresh)
        )
        np.testing.assert_array_equal(new[:, :others], old[:, :others])
        for label in range(3):
            wanted = old[:, others + rows[label]] if label in rows else drawn[:, others + label]
            np.testing.assert_array_equal(new[:, others + label], wanted)


def test_weights_for_other_scores_are_not_taken_for_classes(tmp_path):
    softmax = {"targets": "ssd", "loss": "ssd_multibox", "head": "one_conv"}
    run = zoo.train("toy_yolo", tmp_path / "run", softmax)
    report = zoo.build("toy_yolo", {"weights.source": str(run.folder)}).engine.transfer
    told = {layer.why for layer in report.layers if layer.name.startswith("outputs.")}
    assert told == {"its scores are for softmax, and here for objectness"}


def test_targets_are_reconsidered_when_the_network_has_spoken():
    """Where every box is near enough to some object, only matched anchors are left to learn from."""

    def loss(ignore):
        _, steps = trained("toy_yolo", {"targets.ignore": ignore, "training.augmentation": []})
        return steps[0].class_loss

    assert loss(1e-6) < loss(0.999)


def test_only_a_loss_that_wants_them_gets_soft_targets():
    detector = zoo.build("toy_centernet")
    batch = batches_for(detector, zoo.dataset(detector.config, "train"))[0]
    assert batch.targets.soft.shape == (2, len(detector.anchors), 3)
    assert batch.targets.soft.max() == 1
    plain = zoo.build("toy_centernet", {"loss": "ssd_multibox"})
    assert batches_for(plain, zoo.dataset(plain.config, "train"))[0].targets.soft is None
    assert all(math.isfinite(step.loss) for step in trained("toy_centernet", {"loss": "ssd_multibox"})[1])

"""The loss is GluonCV's, in value and in gradient."""

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.plugin_api import import_quietly, mx
from zoo_gluoncv_yolo.loss_settings import YoloLossSettings

IMAGES, ANCHORS = 3, 200


def batch(rng, classes):
    """Scores, numbers, classes, targets of numbers, mask."""
    scores, numbers = rng.normal(0, 2, (IMAGES, ANCHORS, 1 + classes)), rng.normal(0, 2, (IMAGES, ANCHORS, 4))
    targets = rng.integers(-1, classes + 1, (IMAGES, ANCHORS)) * (rng.random((IMAGES, ANCHORS)) < 0.4)
    matched = targets[..., None] > 0
    mask = np.repeat(matched * rng.uniform(1, 2, (IMAGES, ANCHORS, 1)), 4, axis=2)
    return scores, numbers, targets, rng.normal(0, 1, (IMAGES, ANCHORS, 4)) * matched, mask


def learned(loss, scores, numbers):
    """The sum of the loss, and its gradients."""
    predicted = [mx.nd.array(each) for each in (scores, numbers)]
    for each in predicted:
        each.attach_grad()
    with mx.autograd.record():
        total = loss(*predicted)
    total.backward()
    return total.asscalar(), *(each.grad.asnumpy() for each in predicted)


def gluoncvs(targets, number_targets, mask, weights, classes, smooth):
    """Its loss, on targets in its form; the sum over the batch, over its images."""
    merger = import_quietly("gluoncv.model_zoo.yolo.yolo_target").YOLOV3TargetMerger(classes, 0.7)
    merger._label_smooth = smooth
    hot = np.where(targets[..., None] > 0, np.arange(classes) == targets[..., None] - 1, -1.0)
    place = np.where(mask[..., :2] > 0, 1 / (1 + np.exp(-number_targets[..., :2])), 0)
    fixed = [weights * (targets > 0)[..., None], place, number_targets[..., 2:], mask[..., :2], hot]
    # Nothing overlaps; what is ignored is put in below.
    nothing = mx.nd.zeros((IMAGES, ANCHORS, 4)), mx.nd.full((IMAGES, 1, 4), -1)
    objectness, *others = merger(*nothing, *map(mx.nd.array, fixed))
    objectness = mx.nd.where(mx.nd.array((targets < 0)[..., None]), -mx.nd.ones_like(objectness), objectness)
    loss = import_quietly("gluoncv.loss").YOLOV3Loss()

    def total(scores, numbers):
        parts = [(scores, 0, 1), (numbers, 0, 2), (numbers, 2, 4), (scores, 1, None)]
        said = [mx.nd.slice_axis(each, axis=2, begin=begin, end=end) for each, begin, end in parts]
        return sum(part.sum() for part in loss(*said, objectness, *others)) / IMAGES

    return total


@pytest.mark.parametrize("mixup", [False, True])
@pytest.mark.parametrize(("classes", "smooth"), [(1, False), (3, True), (60, True)])
def test_loss_and_gradients_are_gluoncvs(classes, smooth, mixup):
    rng = np.random.default_rng(classes)
    scores, numbers, targets, number_targets, mask = batch(rng, classes)
    weights = np.where(targets > 0, rng.uniform(0.1, 0.9, targets.shape), 1)[..., None] if mixup else np.ones(1)
    own = zoo.make(YoloLossSettings(label_smoothing=smooth))
    told = [targets, number_targets, mask * weights, *([weights[..., 0]] if mixup else [])]
    told = [mx.nd.array(each) for each in told]
    mine = learned(lambda *said: sum(part.sum() for part in own(*said, *told)), scores, numbers)
    theirs = learned(gluoncvs(targets, number_targets, mask, weights, classes, smooth), scores, numbers)
    assert mine[0] == pytest.approx(theirs[0], rel=1e-5)
    for one, other in zip(mine[1:], theirs[1:], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)

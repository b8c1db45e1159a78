"""The loss is GluonCV's, in value and in gradient, where its network does not clip what it says."""

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.plugin_api import import_quietly, mx
from zoo_gluoncv_centernet.loss_settings import CenterNetLossSettings

IMAGES, CELLS, CLASSES = 3, 60, 4


def batch(rng, matched):
    """Scores, numbers, classes, targets of numbers, mask, heatmaps."""
    of_cells = rng.random((IMAGES, CELLS)) < matched
    classes = rng.integers(1, CLASSES + 1, (IMAGES, CELLS)) * of_cells
    heatmaps = rng.uniform(0, 1, (IMAGES, CELLS, CLASSES)) * (rng.random((IMAGES, CELLS, CLASSES)) < 0.3)
    heatmaps[np.arange(1, CLASSES + 1) == classes[..., None]] = 1
    mask = np.repeat(of_cells[..., None], 4, axis=2)
    scores, numbers = rng.normal(-1, 3, (IMAGES, CELLS, CLASSES)), rng.normal(0, 3, (IMAGES, CELLS, 4))
    return scores, numbers, classes, rng.normal(0, 3, mask.shape) * mask, mask, heatmaps


def learned(loss, scores, numbers):
    """The sum of the loss, and its gradients."""
    predicted = [mx.nd.array(each) for each in (scores, numbers)]
    for each in predicted:
        each.attach_grad()
    with mx.autograd.record():
        total = loss(*predicted)
    total.backward()
    return total.asscalar(), *(each.grad.asnumpy() for each in predicted)


def gluoncvs(number_targets, mask, heatmaps):
    """As train_center_net.py adds it up, and CenterNet clips what it says in training."""
    losses = import_quietly("gluoncv.loss")
    focal, sizes, places = losses.HeatmapFocalLoss(from_logits=True), losses.MaskedL1Loss(0.1), losses.MaskedL1Loss(1.0)

    def total(scores, numbers):
        wanted, counted, soft = (mx.nd.array(each) for each in (number_targets, mask, heatmaps))
        pairs = [[mx.nd.slice_axis(each, 2, at, at + 2) for each in (numbers, wanted, counted)] for at in (0, 2)]
        said = mx.nd.clip(mx.nd.sigmoid(scores), 1e-4, 1 - 1e-4)
        return focal(said, soft) + places(*pairs[0]) + sizes(*pairs[1])

    return total


def own(classes, number_targets, mask, heatmaps):
    loss = zoo.make(CenterNetLossSettings())
    told = [mx.nd.array(each) for each in (classes, number_targets, mask, heatmaps)]
    return lambda *said: sum(part.sum() for part in loss(*said, *told))


@pytest.mark.parametrize("matched", [0, 0.02, 0.5])
def test_loss_and_gradients_are_gluoncvs(matched):
    scores, numbers, *told = batch(np.random.default_rng(1), matched)
    scores = np.clip(scores, -9, 9)
    mine, theirs = learned(own(*told), scores, numbers), learned(gluoncvs(*told[1:]), scores, numbers)
    assert mine[0] == pytest.approx(theirs[0], rel=1e-5)
    for one, other in zip(mine[1:], theirs[1:], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_what_is_surely_wrong_is_learned_where_gluoncv_is_silent():
    """Beyond a logit of 9.2 its network says no more than .9999, and no gradient goes back."""
    scores, numbers, *told = batch(np.random.default_rng(1), 0.5)
    scores[0, 0], told[-1][0, 0] = 12, 0
    mine, theirs = (learned(each, scores, numbers)[1][0, 0] for each in (own(*told), gluoncvs(*told[1:])))
    assert not theirs.any()
    assert (mine > 0).all()


def test_powers_near_0_have_finite_gradients():
    scores, numbers, *told = batch(np.random.default_rng(1), 0.5)
    loss = zoo.make(CenterNetLossSettings(alpha=0.1, beta=0))
    told = [mx.nd.array(each) for each in told]
    total, *gradients = learned(lambda *said: sum(part.sum() for part in loss(*said, *told)), scores * 100, numbers)
    assert np.isfinite(total)
    assert all(np.isfinite(each).all() for each in gradients)

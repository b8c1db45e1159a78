"""The losses where torchvision has no word: smooth L1, whole batches, and numbers without end."""

import numpy as np
import pytest

from zoo_core.plugin_api import make, mx
from zoo_dense.fcos_settings import FcosLossSettings
from zoo_dense.retinanet_settings import RetinaNetLossSettings

CLASSES = 3


def batch_of(settings, random, scale=1.0):
    """Random arguments of a loss: two images of eight anchors, of which some are matched and some ignored."""
    classes = np.array([[1, 3, 0, 0, -1, 2, 0, -1], [0, 0, 0, -1, 0, 0, 2, 0]], np.float32)
    mask = np.repeat(classes[..., None] > 0, 4, axis=2).astype(np.float32)
    scores = random.normal(size=(2, 8, settings.scoring.scores(CLASSES))) * scale
    numbers, wanted = (random.normal(size=(2, 8, 4)) * each for each in (scale, 1))
    return [mx.nd.array(each) for each in (scores, numbers, classes, wanted * mask, mask)]


@pytest.mark.parametrize("beta", [0.1, 1, 2.5])
def test_smooth_l1_is_that_of_fast_r_cnn(beta):
    """Girshick, Fast R-CNN, 2015, equation 3, where beta is 1."""
    settings = RetinaNetLossSettings(beta=beta, box_weight=2)
    batch = batch_of(settings, np.random.default_rng(0))
    errors = np.abs((batch[1] - batch[3]).asnumpy())
    each = np.where(errors < beta, errors**2 / (2 * beta), errors - beta / 2) * batch[4].asnumpy()
    _, box_part = make(settings)(*batch)
    np.testing.assert_allclose(box_part.asnumpy(), 2 * each.sum(axis=(1, 2)) / 4, 1e-5)


@pytest.mark.parametrize("settings", [RetinaNetLossSettings(), FcosLossSettings()], ids=lambda each: each.name)
def test_both_parts_are_of_the_matches_of_the_whole_batch(settings):
    batch = batch_of(settings, np.random.default_rng(1))
    together = [part.asnumpy() for part in make(settings)(*batch)]
    matches = np.array([3, 1])
    for image in range(2):
        alone = make(settings)(*(each[image : image + 1] for each in batch))
        for part, own in zip(together, alone, strict=True):
            np.testing.assert_allclose(part[image] * matches.sum(), own.asscalar() * matches[image], 1e-5)


@pytest.mark.parametrize("gamma", [0, 0.5, 1, 2])
@pytest.mark.parametrize("kind", [RetinaNetLossSettings, FcosLossSettings])
def test_sure_scores_have_finite_gradients(kind, gamma):
    settings = kind(gamma=gamma)
    scores, numbers, *wanted = batch_of(settings, np.random.default_rng(2), scale=300)
    for each in (scores, numbers):
        each.attach_grad()
    with mx.autograd.record():
        total = sum(part.sum() for part in make(settings)(scores, numbers, *wanted))
    total.backward()
    assert np.isfinite([total.asscalar(), *(np.abs(each.grad.asnumpy()).max() for each in (scores, numbers))]).all()
    assert scores.grad.asnumpy().any()

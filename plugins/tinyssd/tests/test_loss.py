"""The book's loss against its own formula in MXNet, and mining against MultiBoxTarget."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo_core.plugin_api import mx
from zoo_tinyssd.loss import MultiBoxLoss
from zoo_tinyssd.loss_settings import MultiBoxLossSettings


def random_case(seed, batch=3, anchors=12, classes=4):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, (batch, anchors)) * (rng.random((batch, anchors)) < 0.3)
    mask = np.repeat((labels > 0)[..., None], 4, axis=-1)
    arrays = (
        rng.normal(size=(batch, anchors, classes)),
        rng.normal(size=(batch, anchors, 4)),
        labels,
        rng.normal(size=(batch, anchors, 4)) * mask,
        mask,
    )
    return [mx.nd.array(each, dtype="float32") for each in arrays]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_equals_the_books_formula(seed):
    scores, offsets, classes, targets, mask = random_case(seed)
    class_part, box_part = MultiBoxLoss(MultiBoxLossSettings())(scores, offsets, classes, targets, mask)
    book_class = mx.gluon.loss.SoftmaxCrossEntropyLoss()(scores, classes)
    book_box = mx.gluon.loss.L1Loss()(offsets * mask, targets * mask)
    np.testing.assert_allclose(class_part.asnumpy() * 3, book_class.asnumpy(), rtol=1e-5)
    np.testing.assert_allclose(box_part.asnumpy() * 3, book_box.asnumpy(), rtol=1e-5)


def native_counted(anchors, boxes, labels, scores, ratio):
    """Which anchors MultiBoxTarget keeps when it mines."""
    truth = np.column_stack([labels, boxes])[None]
    _, _, classes = mx.nd.contrib.MultiBoxTarget(
        mx.nd.array(anchors[None]),
        mx.nd.array(truth),
        mx.nd.array(scores.T[None]),
        negative_mining_ratio=ratio,
        negative_mining_thresh=0.5,
    )
    return classes[0].asnumpy()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), ratio=st.sampled_from([1.0, 1.5, 3.0]))
def test_mines_the_anchors_that_the_native_operator_mines(seed, ratio):
    rng = np.random.default_rng(seed)
    corners = rng.random((40, 2, 2)).astype("float32")
    anchors = np.concatenate([corners.min(1), corners.max(1) + 0.05], axis=-1)
    boxes, labels = anchors[:2] + 0.01, np.array([0, 2])
    scores = rng.normal(size=(40, 4)).astype("float32")
    mined = native_counted(anchors, boxes, labels, scores, ratio)
    classes = mx.nd.array(np.maximum(mined, 0)[None])
    logits = mx.nd.array(scores[None])
    offsets = mx.nd.zeros((1, 40, 4))
    class_part, _ = MultiBoxLoss(MultiBoxLossSettings(negative_mining_ratio=ratio))(
        logits, offsets, classes, offsets, offsets
    )
    entropy = -mx.nd.pick(mx.nd.log_softmax(logits), classes).asnumpy()[0]
    assert class_part.asscalar() == pytest.approx(entropy[mined >= 0].mean(), rel=1e-4)


def test_ignored_anchors_do_not_count_where_cross_entropy_counts_them_as_background():
    scores, offsets, _, targets, mask = random_case(0, batch=1, anchors=2)
    mask, targets = mask * 0, targets * 0
    ignored = mx.nd.array([[0, -1]])
    naive = mx.gluon.loss.SoftmaxCrossEntropyLoss()(scores, mx.nd.maximum(ignored, 0))
    ours, _ = MultiBoxLoss(MultiBoxLossSettings())(scores, offsets, ignored, targets, mask)
    entropy = -mx.nd.log_softmax(scores)[0, :, 0].asnumpy()
    assert naive.asscalar() == pytest.approx(entropy.mean(), rel=1e-5)
    assert ours.asscalar() == pytest.approx(entropy[0], rel=1e-5)


@pytest.mark.parametrize("ratio", [None, 3.0])
@pytest.mark.parametrize("hybrid", [False, True])
def test_images_without_objects_and_few_negatives_neither_crash_nor_give_nan(ratio, hybrid):
    loss = MultiBoxLoss(MultiBoxLossSettings(negative_mining_ratio=ratio))
    loss.hybridize(active=hybrid)
    scores, offsets, _, targets, mask = random_case(1, batch=2, anchors=3)
    classes = mx.nd.array([[0, 0, 0], [1, 2, 0]])
    scores.attach_grad()
    with mx.autograd.record():
        class_part, box_part = loss(scores, offsets, classes, targets, mask)
        total = class_part.sum() + box_part.sum()
    total.backward()
    assert np.isfinite(total.asscalar())
    assert np.isfinite(scores.grad.asnumpy()).all()
    assert (class_part.asnumpy()[0] == 0) == (ratio is not None)

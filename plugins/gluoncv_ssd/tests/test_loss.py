"""The loss against GluonCV's SSDMultiBoxLoss."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from zoo_core.plugin_api import make, mx
from zoo_gluoncv_ssd.loss_settings import SSDMultiBoxLossSettings

numbers = st.floats(-8, 8, width=16)


@st.composite
def batches(draw, lowest_class=0):
    """Scores, offsets, classes, offset targets and mask of a small batch, as numpy arrays."""
    images, anchors, classes = draw(st.integers(1, 3)), draw(st.integers(1, 20)), draw(st.integers(1, 4))
    labels = draw(hnp.arrays(np.int32, (images, anchors), elements=st.integers(lowest_class, classes)))
    mask = np.repeat((labels > 0)[..., None], 4, axis=-1).astype(np.float32)
    return (
        draw(hnp.arrays(np.float32, (images, anchors, classes + 1), elements=numbers)),
        draw(hnp.arrays(np.float32, (images, anchors, 4), elements=numbers)),
        labels,
        draw(hnp.arrays(np.float32, (images, anchors, 4), elements=numbers)) * mask,
        mask,
    )


def in_mxnet(arrays):
    return [mx.nd.array(each, dtype=each.dtype) for each in arrays]


def for_gluoncv(batch):
    """Without the mask, and with classes as numbers of the same type as the scores."""
    return [mx.nd.array(each) for each in batch[:4]]


def value_of(loss, batch):
    return [each.asnumpy() for each in loss(*in_mxnet(batch))]


def native_value(gluoncv, batch, **kwargs):
    _, class_losses, box_losses = gluoncv.SSDMultiBoxLoss(**kwargs)(*for_gluoncv(batch))
    return class_losses[0].asnumpy(), box_losses[0].asnumpy()


@settings(max_examples=120, deadline=None)
@given(
    batch=batches(),
    chosen=st.fixed_dictionaries(
        {
            "negative_mining_ratio": st.sampled_from([0, 1, 2.5, 3]),
            "min_hard_negatives": st.sampled_from([0, 2]),
            "rho": st.sampled_from([0.5, 1, 2]),
        }
    ),
    lambd=st.sampled_from([0, 1, 2.5]),
)
def test_equal_to_gluoncv(gluoncv, batch, chosen, lambd):
    class_part, box_part = value_of(make(SSDMultiBoxLossSettings(lambd=lambd, **chosen)), batch)
    class_losses, box_losses = native_value(gluoncv, batch, **chosen)
    assert class_part.shape == box_part.shape == (len(batch[0]),)
    # Without any object GluonCV gives one zero for the batch.
    np.testing.assert_allclose(class_part, np.broadcast_to(class_losses, class_part.shape), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(box_part, lambd * np.broadcast_to(box_losses, box_part.shape), rtol=1e-4, atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(batch=batches())
def test_gradients_are_those_of_gluoncv(gluoncv, batch):
    # Where scores tie, the choice among equally hard negatives is free, and with it the gradient.
    scores = batch[0] + np.random.default_rng(0).uniform(-0.01, 0.01, batch[0].shape).astype(np.float32)
    ours, theirs = in_mxnet([scores, *batch[1:]]), for_gluoncv([scores, *batch[1:]])
    for predicted in (*ours[:2], *theirs[:2]):
        predicted.attach_grad()
    with mx.autograd.record():
        total = sum(part.sum() for part in make(SSDMultiBoxLossSettings())(*ours))
        native = gluoncv.SSDMultiBoxLoss()(*theirs)[0][0].sum()
    total.backward()
    native.backward()
    for mine, reference in zip(ours[:2], theirs[:2], strict=True):
        np.testing.assert_allclose(mine.grad.asnumpy(), reference.grad.asnumpy(), rtol=1e-3, atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(batch=batches(lowest_class=-1))
def test_ignored_anchors_are_as_if_they_were_not_there(batch):
    """GluonCV counts them as background."""
    loss = make(SSDMultiBoxLossSettings())
    for place in range(len(batch[0])):
        image = [each[place : place + 1] for each in batch]
        kept = image[2][0] >= 0
        if kept.any():
            for whole, part in zip(
                value_of(loss, image), value_of(loss, [each[:, kept] for each in image]), strict=True
            ):
                np.testing.assert_allclose(whole, part, rtol=1e-4, atol=1e-5)


def test_hybridized_it_is_the_same():
    random = np.random.default_rng(0)
    labels = random.integers(-1, 4, (2, 50)).astype(np.int32)
    mask = np.repeat((labels > 0)[..., None], 4, axis=-1).astype(np.float32)
    scores, offsets, targets = (random.normal(size=(2, 50, last)).astype(np.float32) for last in (4, 4, 4))
    batch = scores, offsets, labels, targets, mask
    loss = make(SSDMultiBoxLossSettings())
    before = value_of(loss, batch)
    loss.hybridize()
    for mine, reference in zip(value_of(loss, batch), before, strict=True):
        np.testing.assert_allclose(mine, reference, rtol=1e-5)


@pytest.mark.parametrize("least", [0, 3])
def test_a_batch_without_objects_has_a_finite_loss(least):
    zeros = [np.zeros((2, 8, last), dtype=np.float32) for last in (21, 4, 4, 4)]
    batch = zeros[0], zeros[1], np.zeros((2, 8), dtype=np.int32), zeros[2], zeros[3]
    class_part, box_part = value_of(make(SSDMultiBoxLossSettings(min_hard_negatives=least)), batch)
    np.testing.assert_allclose(class_part, least * np.log(21), rtol=1e-5)
    np.testing.assert_array_equal(box_part, 0)

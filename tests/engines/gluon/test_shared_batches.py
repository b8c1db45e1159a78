"""Images that several devices share, or that come in several batches, teach what one large batch does.

Batch norm is the exception: it sees the images of its device and of its batch. So its statistics are held still here,
where all else must be equal, and one test says what it changes.
"""

import numpy as np
import pytest

import zoo_core as zoo
from tests.tiny import SMALL_SHAPES
from zoo_core.common.errors import ConfigError
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.weights import parameters_of
from zoo_core.training.loop import TrainingLoop
from zoo_core.training.session import batches_for

SMALL = {
    **SMALL_SHAPES,
    "training.epochs": 2,
    "training.batch_size": 8,
    "training.warmup_steps": 0,
    "training.learning_rate": 0.02,
}


def training_of(still=True, **settings):
    """A training of a tiny network, and the network; `still` keeps the statistics of batch norm."""
    changes = {key.replace("__", "."): value for key, value in settings.items()}
    config = zoo.load_config("tinyssd_shapes", {**SMALL, **changes})
    detector = zoo.build(config)
    network = detector.engine.network
    if still:
        network.apply(hold_still)
    return TrainingLoop(config, detector.engine, batches_for(detector, zoo.dataset(config, "train"))), network


def hold_still(block):
    if isinstance(block, mx.gluon.nn.BatchNorm):
        block._kwargs["use_global_stats"] = True


def test_measuring_a_step_teaches_nothing():
    training, network = training_of(still=False, training__accumulate=2)
    gradients = training._learner._gradients
    before = weights_of(network)
    anchors = zoo.plan(zoo.load_config("tinyssd_shapes", SMALL)).anchor_count
    assert gradients.seconds((2, 3, 64, 64), anchors) > 0
    for name, each in weights_of(network).items():
        np.testing.assert_array_equal(each, before[name], err_msg=name)
    assert all(not each.grad().asnumpy().any() for each in parameters_of(network).values() if each.grad_req == "add")


def losses_and_weights(**settings):
    training, network = training_of(**settings)
    losses = [(step.class_loss, step.box_loss) for step in training.steps()]
    return np.array(losses), weights_of(network)


def weights_of(network, device=0):
    return {name: each.list_data()[device].asnumpy() for name, each in parameters_of(network).items()}


def assert_near(found, expected):
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-4, atol=1e-5, err_msg=name)


@pytest.fixture(scope="module")
def alone():
    """Four steps of eight images on one device."""
    losses, weights = losses_and_weights()
    assert len(losses) == 4
    return losses, weights


@pytest.mark.parametrize(
    "devices", [pytest.param(["cpu:0", "cpu:1"], marks=pytest.mark.slow), ["cpu:0", "cpu:1", "cpu:2"]], ids=len
)
def test_several_devices_learn_what_one_does(alone, devices):
    """Three of them get unequal shares of eight images."""
    losses, weights = losses_and_weights(device=devices)
    np.testing.assert_allclose(losses, alone[0], rtol=1e-4)
    assert_near(weights, alone[1])


@pytest.mark.parametrize("optimizer", [pytest.param("sgd", marks=pytest.mark.slow), "adamw"])
def test_the_loss_that_is_normalised_by_all_matches_is_shared_too(optimizer):
    settings = {"loss": {"name": "ssd_multibox"}, "training__optimizer": optimizer, "training__learning_rate": 0.001}
    losses, weights = losses_and_weights(**settings)
    shared_losses, shared_weights = losses_and_weights(**settings, device="cpu:0,cpu:1")
    np.testing.assert_allclose(shared_losses, losses, rtol=1e-4)
    assert_near(shared_weights, weights)


def test_all_devices_have_equal_weights_and_each_its_own_statistics():
    training, network = training_of(still=False, device=["cpu:0", "cpu:1"])
    for _ in training.steps():
        pass
    first, second = weights_of(network), weights_of(network, device=1)
    differing = {name for name in first if (first[name] != second[name]).any()}
    assert differing == {name for name in first if "running" in name}


def test_too_few_images_for_the_devices_are_told():
    with pytest.raises(ConfigError, match=r"3 devices cannot share a batch of 2; set training.batch_size"):
        training_of(device=["cpu:0", "cpu:1", "cpu:2"], training__batch_size=2)


@pytest.mark.parametrize(
    "settings",
    [pytest.param({}, marks=pytest.mark.slow), {"training__optimizer": "adam", "training__clip_norm": 0.5}],
    ids=len,
)
def test_accumulated_batches_are_one_large_batch(settings):
    losses, weights = losses_and_weights(**settings)
    parts_losses, parts_weights = losses_and_weights(**settings, training__batch_size=2, training__accumulate=4)
    np.testing.assert_allclose(parts_losses, losses, rtol=1e-4)
    assert_near(parts_weights, weights)


def test_both_together_are_one_large_batch_too(alone):
    losses, weights = losses_and_weights(device=["cpu:0", "cpu:1"], training__batch_size=4, training__accumulate=2)
    np.testing.assert_allclose(losses, alone[0], rtol=1e-4)
    assert_near(weights, alone[1])


def test_the_running_mean_is_that_of_the_weights_after_each_step():
    training, network = training_of(still=False, training__ema_decay=0.3)
    mean = {name: values.astype(np.float64) for name, values in weights_of(network).items()}
    for number, _ in enumerate(training.steps(), start=1):
        mx.nd.waitall()
        decay = min(0.3, (1 + number) / (10 + number))  # the smaller decay until the third step
        mean = {name: decay * mean[name] + (1 - decay) * values for name, values in weights_of(network).items()}
    last = weights_of(network)
    with training.averaged():
        assert_near(weights_of(network), mean)
    for name, values in weights_of(network).items():
        np.testing.assert_array_equal(values, last[name], err_msg=name)

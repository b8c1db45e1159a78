"""Schedules against their closed forms, and settings that do not go together."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import zoo_core as zoo
from zoo_core.common.errors import ConfigError
from zoo_core.config.training import TrainingSettings

STEPS, PER_EPOCH = 240, 10


def rates(**settings):
    training = TrainingSettings(learning_rate=0.5, **settings)
    return [training.rate(step, STEPS, PER_EPOCH) for step in range(1, STEPS + 1)]


def test_cosine_is_half_a_cosine_to_its_end():
    assert rates() == pytest.approx([0.25 * (1 + math.cos(math.pi * done / STEPS)) for done in range(STEPS)])
    final = rates(schedule={"name": "cosine", "final": 0.1})
    expected = [0.05 + 0.225 * (1 + math.cos(math.pi * done / STEPS)) for done in range(STEPS)]
    assert final == pytest.approx(expected)


def test_poly_is_a_power_of_what_is_left():
    assert rates(schedule="poly") == pytest.approx([0.5 * (1 - done / STEPS) ** 0.9 for done in range(STEPS)])
    straight = rates(schedule={"name": "poly", "power": 1, "final": 0.2})
    assert straight == pytest.approx([0.5 * (0.2 + 0.8 * (1 - done / STEPS)) for done in range(STEPS)])


def test_step_falls_after_whole_epochs_or_shares_of_all_steps():
    by_epoch = rates(schedule={"name": "step", "at": [16, 20]})
    assert by_epoch == pytest.approx([0.5] * 160 + [0.05] * 40 + [0.005] * 40)
    assert rates(schedule={"name": "step", "at": [16 / 24, 20 / 24]}) == by_epoch
    assert rates(schedule={"name": "step", "at": [99]}) == [0.5] * STEPS


def test_the_steps_of_gluoncv_are_those_of_its_script():
    """scripts/detection/ssd/train_ssd.py: ``while lr_steps and epoch >= lr_steps[0]``, epochs counted from 0."""
    training = zoo.load_config("ssd_512_mobilenet1.0_voc").training
    for per_epoch in (1, 7, 518):
        steps = 240 * per_epoch
        for epoch, factor in ((0, 1), (159, 1), (160, 0.1), (199, 0.1), (200, 0.01), (239, 0.01)):
            assert training.rate(epoch * per_epoch + 1, steps, per_epoch) == pytest.approx(0.001 * factor)


def test_constant_stays():
    assert rates(schedule="constant") == [0.5] * STEPS


@pytest.mark.parametrize("warmup", [{"warmup_steps": 20}, {"warmup_epochs": 2}])
def test_warm_up_is_a_straight_line_after_which_the_schedule_begins(warmup):
    warm = rates(**warmup, warmup_start=0.1)
    assert warm[:20] == pytest.approx([0.5 * (0.1 + 0.9 * step / 20) for step in range(1, 21)])
    assert warm[20:] == pytest.approx([0.25 * (1 + math.cos(math.pi * done / 220)) for done in range(220)])


@given(
    schedule=st.sampled_from(["cosine", "step", "poly", "constant"]),
    steps=st.integers(1, 400),
    warmup=st.integers(0, 500),
    per_epoch=st.floats(0.3, 50),
)
def test_every_step_learns_and_none_more_than_the_learning_rate(schedule, steps, warmup, per_epoch):
    training = TrainingSettings(learning_rate=0.5, schedule=schedule, warmup_steps=warmup)
    found = [training.rate(step, steps, per_epoch) for step in range(1, steps + 1)]
    assert all(0 < rate <= 0.5 for rate in found)
    after = found[min(warmup, steps) :]
    assert after == sorted(after, reverse=True)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"training.patience": 3}, "training.patience: stopping early needs scores during training; set score_every"),
        ({"training.warmup_steps": 5, "training.warmup_epochs": 1}, "training.warmup_epochs: warm-up is given in"),
        ({"training.schedule": {"name": "step", "at": [1.5]}}, "should be a whole number of epochs, or a fraction"),
        ({"training.schedule": {"name": "step", "at": []}}, "should have at least 1 item"),
        ({"training.optimizer": {"beta1": 0.5}}, "unknown setting; settings of 'sgd': momentum"),
        ({"device": "gpu:0,cpu"}, "several devices must be of one kind and all different"),
        ({"device": ["gpu", "gpu:0"]}, "several devices must be of one kind and all different"),
        ({"device": "gpu:0,auto"}, "or several as gpu:0,gpu:1; given 'auto'"),
    ],
)
def test_what_does_not_go_together_is_told(overrides, message):
    with pytest.raises(ConfigError) as told:
        zoo.load_config("tinyssd_shapes", overrides)
    assert message in str(told.value)


def test_devices_in_a_list_are_those_with_commas():
    config = zoo.load_config("tinyssd_shapes", {"device": ["gpu:0", "gpu:1"]})
    assert config.device == "gpu:0,gpu:1"


def test_settings_of_an_optimiser_are_reached_from_its_bare_name():
    training = zoo.load_config("tinyssd_shapes", {"training.optimizer": "nag", "training.optimizer.momentum": 0.5})
    assert training.training.optimizer.model_dump() == {"name": "nag", "momentum": 0.5}

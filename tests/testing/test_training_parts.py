"""Every check of resizing, augmentation steps, optimisers and schedules catches a part that breaks it."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from zoo_core.config.augmentation import Flip
from zoo_core.config.optimizer import Adam, Sgd
from zoo_core.config.resize import LetterboxResize, StretchResize
from zoo_core.config.schedule import Constant
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.optimizers import make_adam
from zoo_core.parts.components import Component
from zoo_core.parts.geometry import ImageSize, Placement
from zoo_core.testing import AugmentationContract, OptimizerContract, ResizeContract, ScheduleContract

COUNTER = itertools.count()


class Rising(Constant):
    def factor(self, done, span):
        return 1 + span.progress(done)


class Forgotten(Constant):
    def factor(self, done, span):  # noqa: ARG002
        return 0.0


class Remembering(Constant):
    def factor(self, done, span):  # noqa: ARG002
        return 1 / (1 + next(COUNTER))


class Outside(LetterboxResize):
    def placement(self, picture, input_size, least=None):  # noqa: ARG002
        return Placement(input_size, picture, 0, 0)


class Varying(StretchResize):
    def placement(self, picture, input_size, least=None):  # noqa: ARG002
        return Placement.filling(picture)


class Colourless(StretchResize):
    def placement(self, picture, input_size, least=None):  # noqa: ARG002
        return Placement(input_size, ImageSize(1, 1), 0, 0)


LIGHT = [
    (ScheduleContract, "test_factors_are_shares", "a fraction of the largest rate, from 0 to 1; got", Rising()),
    (ScheduleContract, "test_factors_are_shares", "have the rate 0", Forgotten()),
    (ScheduleContract, "test_equal_steps_have_equal_factors", "have different factors", Remembering()),
    (ResizeContract, "test_pictures_lie_in_the_input", "does not lie within the input", Outside()),
    (ResizeContract, "test_training_has_one_shape", "in training a picture of", Varying()),
    (
        ResizeContract,
        "test_what_is_left_over_has_a_colour",
        "fill, the colour around pictures, should be three values",
        Colourless(),
    ),
]


@pytest.mark.usefixtures("as_found")
@pytest.mark.parametrize(("contract", "check", "says", "settings"), LIGHT, ids=[str(each[1]) for each in LIGHT])
def test_broken_settings_are_caught(contract, check, says, settings):
    broken = type("TestBroken", (contract,), {"settings": settings, "component": Component(type(settings))})
    with pytest.raises(AssertionError, match=says):
        getattr(broken(), check)(settings)


def step(change):
    """A step that does something else with each sample."""
    return lambda settings: lambda sample, rng, size: change(sample, rng)  # noqa: ARG005


def brightened(sample, rng):  # noqa: ARG001
    sample.image[:] = 255
    return sample


STEPS = [
    (
        "test_samples_stay_whole",
        "drop from all",
        step(lambda s, _: replace(s, boxes=s.boxes[:0])),
    ),
    ("test_samples_stay_whole", "image should be uint8", step(lambda s, _: replace(s, image=s.image / 255.0))),
    ("test_boxes_lie_in_the_image", "outside of the image", step(lambda s, _: replace(s, boxes=s.boxes + 50))),
    ("test_samples_stay_whole", "labels should be whole numbers", step(lambda s, _: replace(s, labels=s.labels / 2))),
    ("test_boxes_follow_their_objects", "move boxes with it", step(lambda s, _: replace(s, image=s.image[:, ::-1]))),
    ("test_boxes_follow_their_objects", "move boxes with it", step(lambda s, _: replace(s, image=s.image[9:]))),
    (
        "test_boxes_follow_their_objects",
        "far too large",
        step(lambda s, _: replace(s, boxes=s.boxes * 0 + [0, 0, *s.image.shape[1::-1]])),
    ),
    ("test_boxes_lie_in_the_image", "has no area", step(lambda s, _: replace(s, boxes=s.boxes[:, [0, 1, 0, 1]]))),
    (
        "test_equal_generators_give_equal_results",
        "give different results",
        step(lambda sample, _: sample if next(COUNTER) % 2 else replace(sample, boxes=sample.boxes / 2)),
    ),
    (
        "test_equal_generators_give_equal_results",
        "give different results",
        step(lambda sample, _: replace(sample, labels=sample.labels + next(COUNTER))),
    ),
    ("test_leaves_its_sample_alone", "write to copies", step(brightened)),
]


@pytest.mark.parametrize(("check", "says", "made"), STEPS, ids=[each[0] for each in STEPS])
def test_a_broken_step_is_caught(caught, check, says, made):
    caught(AugmentationContract, check, Flip(probability=1), made, says)


class Uphill(mx.optimizer.Optimizer):
    def create_state(self, index, weight):  # noqa: ARG002
        return None

    def update(self, index, weight, grad, state):  # noqa: ARG002
        weight += 0.1 * grad


class WithAMind(Uphill):
    """Counts its updates itself, which no checkpoint keeps."""

    calls = 0

    def update(self, index, weight, grad, state):  # noqa: ARG002
        self._update_count(index)
        self.calls += 1
        weight -= self._get_lr(index) / self.calls * grad


class Nameless(Adam):
    state_names = ("mean",)


OPTIMIZERS = [
    ("test_goes_downhill", "does not step against the gradient", Sgd(), lambda _: Uphill()),
    ("test_heeds_the_rate", "though the learning rate is 0", Sgd(), lambda _: Uphill()),
    ("test_names_all_that_it_keeps", "each checkpoint would lose one", Nameless(), make_adam),
    ("test_goes_on_from_a_checkpoint", "continues differently", Sgd(), lambda _: WithAMind()),
]


@pytest.mark.parametrize(("check", "says", "settings", "made"), OPTIMIZERS, ids=[each[0] for each in OPTIMIZERS])
def test_a_broken_optimizer_is_caught(caught, check, says, settings, made):
    caught(OptimizerContract, check, settings, made, says)


def test_every_check_has_a_mutant(checks_of):
    for contract in (ScheduleContract, ResizeContract):
        assert checks_of(contract) == {check for of, check, *_ in LIGHT if of is contract}
    assert checks_of(AugmentationContract) == {check for check, *_ in STEPS}
    assert checks_of(OptimizerContract) == {check for check, *_ in OPTIMIZERS}

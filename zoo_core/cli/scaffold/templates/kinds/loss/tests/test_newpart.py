"""The promises of every loss, and of this one."""

import math

import pytest
from zoo_core import make
from zoo_core.plugin_api import mx
from zoo_core.testing import LossContract

from zoo_newpart.settings import NewpartSettings


class TestNewpart(LossContract):
    settings = NewpartSettings()


class TestNewpartWithOtherWeights(LossContract):
    settings = NewpartSettings(gamma=1.5, box_weight=20)


def test_what_is_known_well_hardly_counts():
    scores = mx.nd.array([[[0, 0], [math.log(9), 0]]])  # probabilities 1/2 and 9/10
    classes, offsets = mx.nd.zeros((1, 2)), mx.nd.zeros((1, 2, 4))
    class_part, _ = make(NewpartSettings(gamma=2))(scores, offsets, classes, offsets, offsets)
    expected = 0.5**2 * math.log(2) + 0.1**2 * math.log(10 / 9)
    assert class_part.asscalar() == pytest.approx(expected, rel=1e-5)

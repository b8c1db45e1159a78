"""The promises of every optimiser, and what this one promises besides."""

import numpy as np
from zoo_core import make
from zoo_core.plugin_api import mx
from zoo_core.testing import OptimizerContract

from zoo_newpart.settings import NewpartSettings


class TestNewpart(OptimizerContract):
    settings = NewpartSettings()


def test_steps_have_one_size_whatever_the_gradient():
    optimizer = make(NewpartSettings())
    optimizer.set_learning_rate(0.5)
    weight = mx.nd.zeros((3,))
    optimizer.update(0, weight, mx.nd.array([0.001, -7, 0]), optimizer.create_state(0, weight))
    np.testing.assert_allclose(weight.asnumpy(), [-0.5, 0.5, 0])

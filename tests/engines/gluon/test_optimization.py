"""Each optimiser against its formula in NumPy, and what weight decay and clipping leave alone."""

import numpy as np
import pytest

from zoo_core.common.errors import RunError
from zoo_core.config.training import TrainingSettings
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.optimization import Optimization

RATES = (0.1, 0.3, 0.2, 0.05)
SHAPES = {"conv.weight": (3, 2), "conv.bias": (3,), "norm.gamma": (2,), "norm.scale": (1, 2, 1, 1)}


def parameters(devices=1):
    rng = np.random.default_rng(0)
    made = {}
    for name, shape in SHAPES.items():
        made[name] = parameter = mx.gluon.Parameter(name.replace(".", "_"), shape=shape)
        parameter.initialize(ctx=[mx.cpu(index) for index in range(devices)])
        parameter.set_data(mx.nd.array(rng.normal(size=shape)))
    return made


def set_gradients(parameters, gradients):
    for name, parameter in parameters.items():
        for array, gradient in zip(parameter.list_grad(), gradients[name], strict=True):
            array[:] = mx.nd.array(gradient)
        for array in parameter.list_data():
            array._fresh_grad = True


def gradients_of(seed, scale=1.0):
    rng = np.random.default_rng(seed)
    return {name: scale * rng.normal(size=shape) for name, shape in SHAPES.items()}


def run(settings, summed=1.0, devices=1, scale=1.0):
    """The weights after some steps; the gradients of the devices add up to those of `gradients_of`."""
    trained = parameters(devices)
    optimization = Optimization(trained, settings)
    for number, rate in enumerate(RATES):
        whole = gradients_of(number, scale)
        parts = {name: [each * summed / devices] * devices for name, each in whole.items()}
        set_gradients(trained, parts)
        optimization.step(rate, summed)
    return {name: [array.asnumpy() for array in each.list_data()] for name, each in trained.items()}


def sgd(weight, gradients, decay, momentum=0.9):
    moved = np.zeros_like(weight)
    for rate, gradient in zip(RATES, gradients, strict=True):
        moved = momentum * moved - rate * (gradient + decay * weight)
        weight = weight + moved
    return weight


def nag(weight, gradients, decay, momentum=0.9):
    moved = np.zeros_like(weight)
    for rate, gradient in zip(RATES, gradients, strict=True):
        change = -rate * (gradient + decay * weight)
        moved = momentum * moved + change
        weight = weight + momentum * moved + change
    return weight


def adam(weight, gradients, decay, decoupled=False, beta1=0.9, beta2=0.999, epsilon=1e-8):
    mean, square = np.zeros_like(weight), np.zeros_like(weight)
    for count, (rate, gradient) in enumerate(zip(RATES, gradients, strict=True), start=1):
        pull = gradient if decoupled else gradient + decay * weight
        mean = beta1 * mean + (1 - beta1) * pull
        square = beta2 * square + (1 - beta2) * pull**2
        step = (mean / (1 - beta1**count)) / (np.sqrt(square / (1 - beta2**count)) + epsilon)
        weight = weight - rate * (step + (decay * weight if decoupled else 0))
    return weight


def adamw(weight, gradients, decay):
    return adam(weight, gradients, decay, decoupled=True)


@pytest.mark.parametrize("formula", [sgd, nag, adam, adamw])
@pytest.mark.parametrize("devices", [1, 2])
def test_an_optimiser_is_its_formula(formula, devices):
    settings = TrainingSettings(optimizer=formula.__name__, weight_decay=0.05)
    found = run(settings, devices=devices)
    start = {name: each.data().asnumpy() for name, each in parameters().items()}
    for name, (first, *others) in found.items():
        decay = 0.05 if name == "conv.weight" else 0  # norms and biases are left alone
        gradients = [gradients_of(number)[name] for number in range(len(RATES))]
        np.testing.assert_allclose(first, formula(start[name], gradients, decay), rtol=2e-4, atol=2e-5, err_msg=name)
        for other in others:
            np.testing.assert_array_equal(first, other)


def test_weight_decay_takes_everything_where_it_is_told_to():
    found = run(TrainingSettings(weight_decay=0.05, decay_norms_and_biases=True))
    start = {name: each.data().asnumpy() for name, each in parameters().items()}
    for name, (weight,) in found.items():
        gradients = [gradients_of(number)[name] for number in range(len(RATES))]
        np.testing.assert_allclose(weight, sgd(start[name], gradients, 0.05), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("optimizer", ["sgd", "nag", "adam", "adamw"])
def test_gradients_of_several_batches_are_averaged(optimizer):
    settings = TrainingSettings(optimizer=optimizer, clip_norm=1.0, clip_gradient=0.4)
    for name, (once,) in run(settings).items():
        np.testing.assert_allclose(run(settings, summed=4.0)[name][0], once, rtol=1e-4, atol=1e-6)


def test_all_gradients_together_are_shortened():
    found = run(TrainingSettings(weight_decay=0, clip_norm=0.5, optimizer={"name": "sgd", "momentum": 0}))
    start = {name: each.data().asnumpy() for name, each in parameters().items()}
    for number, rate in enumerate(RATES):
        whole = gradients_of(number)
        length = np.sqrt(sum((each**2).sum() for each in whole.values()))
        start = {name: start[name] - rate * whole[name] * min(1, 0.5 / length) for name in start}
    for name, (weight,) in found.items():
        np.testing.assert_allclose(weight, start[name], rtol=1e-4, atol=1e-5)


def test_each_value_is_clipped():
    found = run(TrainingSettings(weight_decay=0, clip_gradient=0.1, optimizer={"name": "sgd", "momentum": 0}))
    start = {name: each.data().asnumpy() for name, each in parameters().items()}
    for name, (weight,) in found.items():
        moved = sum(rate * np.clip(gradients_of(number)[name], -0.1, 0.1) for number, rate in enumerate(RATES))
        np.testing.assert_allclose(weight, start[name] - moved, rtol=1e-4, atol=1e-6)


def test_the_state_of_another_optimiser_is_refused():
    trained = parameters()
    first = Optimization(trained, TrainingSettings(optimizer="adam"))
    set_gradients(trained, {name: [each] for name, each in gradients_of(0).items()})
    first.step(0.1)
    for other in ("sgd", "adamw"):
        with pytest.raises(RunError, match="the state of another optimiser"):
            Optimization(parameters(), TrainingSettings(optimizer=other)).restore(first.arrays(), first.numbers())

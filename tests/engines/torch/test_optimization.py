"""Each optimiser, with each setting, against the zoo's own on MXNet; and what both keep goes from one to the other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from zoo_core.common.errors import ConfigError, RunError
from zoo_core.config.training import TrainingSettings
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.optimization import Optimization as OnMxnet
from zoo_core.engines.torch.optimization import Optimization
from zoo_core.parts.training_components import OptimizerSettings

SHAPES = {"conv.weight": (3, 2), "conv.bias": (3,), "norm.gamma": (2,), "norm.scale": (1, 2, 1, 1)}
RATES = (0.1, 0.3, 0.2, 0.05)

SETTINGS: dict[str, dict[str, Any]] = {
    "sgd": {"optimizer": "sgd"},
    "without momentum": {"optimizer": {"name": "sgd", "momentum": 0}},
    "nag": {"optimizer": "nag"},
    "nag without momentum": {"optimizer": {"name": "nag", "momentum": 0}},
    "adam": {"optimizer": {"name": "adam", "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-4}},
    "adamw": {"optimizer": "adamw"},
}
for _name in ("sgd", "nag", "adam", "adamw"):
    SETTINGS[f"{_name}, clipped"] = {"optimizer": _name, "clip_gradient": 0.4}
    SETTINGS[f"{_name}, shortened"] = {"optimizer": _name, "clip_norm": 0.7}
    SETTINGS[f"{_name}, all decay"] = {"optimizer": _name, "decay_norms_and_biases": True}


def numbers(seed: int) -> dict[str, np.ndarray[Any, Any]]:
    rng = np.random.default_rng(seed)
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in SHAPES.items()}


def on_torch(settings: TrainingSettings) -> tuple[dict[str, nn.Parameter], Optimization]:
    weights = {name: nn.Parameter(torch.from_numpy(values.copy())) for name, values in numbers(0).items()}
    return weights, Optimization(weights, settings)


def on_mxnet(settings: TrainingSettings) -> tuple[dict[str, Any], OnMxnet]:
    weights = {}
    for name, values in numbers(0).items():
        weights[name] = mx.gluon.Parameter(name.replace(".", "_"), shape=values.shape)
        weights[name].initialize()
        weights[name].set_data(mx.nd.array(values))
    return weights, OnMxnet(weights, settings)


def step_on_torch(weights: Any, optimization: Optimization, number: int, summed: float = 2.0) -> None:
    for name, gradient in numbers(number + 1).items():
        weights[name].grad = torch.from_numpy(gradient * np.float32(summed))
    optimization.step(RATES[number], summed)


def step_on_mxnet(weights: Any, optimization: OnMxnet, number: int, summed: float = 2.0) -> None:
    for name, gradient in numbers(number + 1).items():
        weights[name].list_grad()[0][:] = mx.nd.array(gradient * np.float32(summed))
        weights[name].list_data()[0]._fresh_grad = True
    optimization.step(RATES[number], summed)


def require_equal(ours: Any, theirs: Any) -> None:
    for name, weight in theirs.items():
        np.testing.assert_allclose(
            ours[name].detach().numpy(), weight.data().asnumpy(), rtol=2e-6, atol=2e-6, err_msg=name
        )


@pytest.mark.parametrize("name", SETTINGS)
def test_every_step_is_that_of_mxnet(name: str) -> None:
    settings = TrainingSettings.model_validate({"weight_decay": 0.1, **SETTINGS[name]})
    (ours, optimization), (theirs, original) = on_torch(settings), on_mxnet(settings)
    for number in range(len(RATES)):
        step_on_torch(ours, optimization, number)
        step_on_mxnet(theirs, original, number)
        require_equal(ours, theirs)


@pytest.mark.parametrize("name", ["sgd", "without momentum", "nag", "adam", "adamw"])
@pytest.mark.parametrize("back", [False, True], ids=["from mxnet", "to mxnet"])
def test_what_is_kept_goes_on_with_the_other_engine(name: str, back: bool) -> None:
    settings = TrainingSettings.model_validate({"weight_decay": 0.1, **SETTINGS[name]})
    (ours, optimization), (theirs, original) = on_torch(settings), on_mxnet(settings)
    for number in range(2):
        step_on_torch(ours, optimization, number)
        step_on_mxnet(theirs, original, number)
    if back:
        again, fresh = on_mxnet(settings)
        for weight_name, weight in ours.items():
            again[weight_name].set_data(mx.nd.array(weight.detach().numpy()))
        fresh.restore(optimization.arrays(), {"name": settings.optimizer.name, "updates": optimization.updates})
        step_on_mxnet(again, fresh, 2)
        step_on_torch(ours, optimization, 2)
        require_equal(ours, again)
    else:
        here, fresh_here = on_torch(settings)
        with torch.no_grad():
            for weight_name, weight in theirs.items():
                here[weight_name].copy_(torch.from_numpy(weight.data().asnumpy()))
        fresh_here.restore(original.arrays(), settings.optimizer.name, original.numbers()["updates"])
        step_on_torch(here, fresh_here, 2)
        step_on_mxnet(theirs, original, 2)
        require_equal(here, theirs)


def test_a_state_that_is_not_this_optimisers_is_refused() -> None:
    settings = TrainingSettings.model_validate({"optimizer": "sgd"})
    weights, optimization = on_torch(settings)
    step_on_torch(weights, optimization, 0)
    kept = optimization.arrays()
    with pytest.raises(RunError, match="another optimiser, 'adam'"):
        optimization.restore(dict(kept), "adam", 1)
    with pytest.raises(RunError, match=r"optimizer\.momentum\.conv\.bias is missing"):
        optimization.restore({name: each for name, each in kept.items() if "bias" not in name}, "sgd", 1)
    with pytest.raises(RunError, match=r"optimizer\.momentum\.other belongs to no weight"):
        optimization.restore({**kept, "optimizer.momentum.other": np.zeros(2)}, "sgd", 1)


def test_the_optimiser_of_a_plugin_is_refused_by_name() -> None:
    class Strange(OptimizerSettings):
        name: str = "strange"

    settings = TrainingSettings().model_copy(update={"optimizer": Strange()})
    with pytest.raises(ConfigError, match="'strange' comes from a plugin and is made for MXNet"):
        on_torch(settings)

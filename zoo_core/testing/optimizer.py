"""What optimisers promise: they go downhill, and resume from a checkpoint as if they had never stopped."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from zoo_core.common.errors import PluginError
from zoo_core.config.training import TrainingSettings
from zoo_core.engines import gluon
from zoo_core.parts.components import OptimizerSettings
from zoo_core.testing.comparing import assert_close
from zoo_core.testing.contract import ComponentContract

__all__ = ["OptimizerContract"]

_RATE = 0.01
_SHAPES = {"conv.weight": (4, 3), "conv.bias": (4,)}


class OptimizerContract(ComponentContract):
    """Every check of an optimiser, on a bowl whose gradient is the weight itself."""

    varied: ClassVar[tuple[str, ...]] = (
        "test_goes_downhill",
        "test_names_all_that_it_keeps",
        "test_goes_on_from_a_checkpoint",
    )

    def training(self, settings: OptimizerSettings) -> tuple[dict[str, Any], Any]:
        """Parameters and their trainer, as training starts with them."""
        from zoo_core.engines.gluon.optimization import Optimization

        rng, parameters = np.random.default_rng(0), {}
        for name, shape in _SHAPES.items():
            parameters[name] = parameter = gluon.mx.gluon.Parameter(name.replace(".", "_"), shape=shape)
            parameter.initialize()
            parameter.set_data(gluon.mx.nd.array(rng.normal(size=shape)))
        training = TrainingSettings(optimizer=settings, weight_decay=0)
        return parameters, Optimization(parameters, training, self.make(settings))

    def test_goes_downhill(self, settings: OptimizerSettings) -> None:
        """Some steps with a small rate make weights finite and smaller in a bowl around 0."""
        parameters, optimization = self.training(settings)
        before = _values(parameters)
        _run(parameters, optimization, 20)
        for name, after in _values(parameters).items():
            assert np.isfinite(after).all(), "weights become infinite or NaN"
            assert np.linalg.norm(after) < np.linalg.norm(before[name]), (
                "weights do not become smaller where smaller ones have less loss: it does not step against the gradient"
            )

    def test_heeds_the_rate(self, settings: OptimizerSettings) -> None:
        """With the learning rate 0 nothing changes: the rate is the schedule's, set again for each step."""
        parameters, optimization = self.training(settings)
        before = _values(parameters)
        _run(parameters, optimization, 2, rate=0.0)
        message = "weights change though the learning rate is 0: ask self._get_lr(index) in each update"
        assert_close([*_values(parameters).values()], [*before.values()], message)

    def test_names_all_that_it_keeps(self, settings: OptimizerSettings) -> None:
        """The settings have a name in `state_names` for each array that is kept for a weight."""
        parameters, optimization = self.training(settings)
        _run(parameters, optimization, 1)
        try:
            optimization.arrays()
        except PluginError as error:
            raise AssertionError(str(error)) from error

    def test_goes_on_from_a_checkpoint(self, settings: OptimizerSettings) -> None:
        """Stopped and restored from what a checkpoint keeps, it makes the same steps as without a stop."""
        parameters, optimization = self.training(settings)
        _run(parameters, optimization, 3)
        others, restored = self.training(settings)
        for name, values in _values(parameters).items():
            others[name].set_data(gluon.mx.nd.array(values))
        restored.restore(optimization.arrays(), optimization.numbers())
        for each, changer in ((parameters, optimization), (others, restored)):
            _run(each, changer, 3)
        message = (
            "restored from a checkpoint it continues differently: keep all state in the state of a weight "
            "or in num_update"
        )
        assert_close([*_values(others).values()], [*_values(parameters).values()], message, 1e-6)


def _values(parameters: dict[str, Any]) -> dict[str, NDArray[np.float32]]:
    return {name: parameter.data().asnumpy() for name, parameter in parameters.items()}


def _run(parameters: dict[str, Any], optimization: Any, steps: int, rate: float = _RATE) -> None:
    for _ in range(steps):
        for parameter in parameters.values():
            parameter.grad()[:] = parameter.data()
            parameter.data()._fresh_grad = True  # noqa: SLF001 -- as a backward pass would set it
        optimization.step(rate)

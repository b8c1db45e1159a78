"""What is compared between engines, as MXNet computes it; see `zoo_core.engines.torch.parity`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from numpy.typing import NDArray

from zoo_core.config.training import TrainingSettings
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.engine import GluonEngine
from zoo_core.engines.gluon.optimization import Optimization
from zoo_core.engines.gluon.weights import parameters_of

__all__ = ["gradients", "optimized"]

Arrays = dict[str, NDArray[Any]]


def gradients(engine: GluonEngine, images: NDArray[Any], pulls: Sequence[NDArray[Any]]) -> Arrays:
    """Gradients of all weights in float64, by name; the network stays in float64."""
    network = engine.network
    network.cast("float64")
    with mx.autograd.record():
        outputs = network(mx.nd.array(images, dtype="float64"))
    mx.autograd.backward(list(outputs), [mx.nd.array(each, dtype="float64") for each in pulls])
    parameters = parameters_of(network)
    return {name: parameters[name].grad().asnumpy() for name in engine.trained}


def optimized(engine: GluonEngine, settings: TrainingSettings, drawn: Callable[[Any], Arrays], steps: int) -> Arrays:
    """The trained weights after steps of an optimiser, by name."""
    optimization = Optimization(parameters_of(engine.network), settings)
    trained = optimization.trained
    for _ in range(steps):
        for name, values in drawn({name: each.shape for name, each in trained.items()}).items():
            trained[name].grad()[:] = mx.nd.array(values)
        optimization.step(settings.learning_rate)
    return {name: each.data().asnumpy() for name, each in trained.items()}

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
    """Gradients of all weights in float64, by name; the network stays in float64.

    Empty where MXNet has a layer in float32 alone, as that of group norms.
    """
    network = engine.network
    network.cast("float64")
    try:
        with mx.autograd.record():
            outputs = network(mx.nd.array(images, dtype="float64"))
    except mx.base.MXNetError:
        return {}
    mx.autograd.backward(list(outputs), [mx.nd.array(each, dtype="float64") for each in pulls])
    parameters = parameters_of(network)
    return {name: parameters[name].grad().asnumpy() for name in engine.trained}


def optimized(
    engine: GluonEngine, settings: TrainingSettings, drawn: Callable[[Any], Arrays], rates: Sequence[float]
) -> Arrays:
    """By how much steps of an optimiser change the trained weights, by name."""
    optimization = Optimization(parameters_of(engine.network), settings)
    trained = optimization.trained
    before = {name: each.data().asnumpy() for name, each in trained.items()}
    for rate in rates:
        wanted = drawn({name: each.shape for name, each in trained.items()})
        with mx.autograd.record():  # of this sum they are the gradients; written by hand they would count as stale
            products = [(trained[name].data() * mx.nd.array(each)).sum() for name, each in wanted.items()]
            total = mx.nd.add_n(*products)
        total.backward()
        optimization.step(rate)
    return {name: each.data().asnumpy() - before[name] for name, each in trained.items()}

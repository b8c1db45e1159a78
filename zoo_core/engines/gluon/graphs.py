"""The graphs of a network and of its loss, as other engines compute them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from zoo_core.common.errors import PluginError
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.plan import plan
from zoo_core.engines.class_growth import ClassGrowth, GrowingWeight, grown, steps_between
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.network import DetectionNetwork
from zoo_core.engines.gluon.promises import check_loss
from zoo_core.engines.gluon.weights import arrays_of, parameters_of
from zoo_core.engines.initializers import Initializer, is_known
from zoo_core.engines.network_file import SAMPLE_WEIGHTS
from zoo_core.engines.network_graph import NetworkGraph
from zoo_core.parts.guarding import Guarded, reason_of
from zoo_core.registry.registry import make

__all__ = ["class_growth", "loss_graph", "network_graph"]

_IMAGES = "data"
_LOSS_INPUTS = ("scores", "offsets", "classes", "offset_targets", "mask")
_SOFT = "soft"
_MORE = (1, 7)
"""Classes more: what one adds to a network, and by how many what was found is tried."""


def network_graph(network: Any) -> NetworkGraph:
    """What a network computes; its weights have the names under which they are stored."""
    return _read(network, _symbol(network), (_IMAGES,))


def _symbol(network: Any) -> Any:
    running, hooks = ["network"], []
    for name, part in network._children.items():  # noqa: SLF001  # gluon has no other way
        hooks.append(part.register_forward_pre_hook(lambda *_, name=name: running.append(name)))
        hooks.append(part.register_forward_hook(lambda *_: running.pop()))
    try:
        with _compiled(lambda: f"the {running[-1]}"):
            return mx.sym.Group(list(network(mx.sym.var(_IMAGES))))
    finally:
        for hook in hooks:
            hook.detach()


@contextmanager
def _compiled(part: Callable[[], str]) -> Iterator[None]:
    """What a block does when it is given symbols in place of arrays becomes an error that says what it has to do."""
    try:
        with Guarded(seconds=None, passing=(MemoryError,)):
            yield
    except PluginError as error:
        if error.__cause__ is None:  # what a part says itself
            raise
        raise PluginError(
            f"{part()} cannot be compiled: {reason_of(error)}; its blocks must be HybridBlocks that compute with F "
            "alone, and ask no operand for its shape or its numbers"
        ) from error


def _read(block: Any, symbol: Any, inputs: Sequence[str]) -> NetworkGraph:
    return NetworkGraph.from_json(symbol.tojson(), inputs, _stored_names(block))


def _stored_names(block: Any) -> dict[str, str]:
    """The name under which a parameter is stored by that in the graph; of one that several blocks share the first."""
    return {parameter.name: name for name, parameter in reversed(parameters_of(block).items())}


def class_growth(network: Any, config: DetectorConfig) -> ClassGrowth | None:
    """How a network follows the number of its classes.

    It is made for some more and looked at. None where it does not grow evenly, is made for these classes alone, or has
    weights that depend on the number of classes and begin in a way of their own.
    """
    try:
        with Guarded(seconds=None, passing=(MemoryError,)):
            graphs, shapes = zip(*(_with_classes(network, config, more) for more in (0, *_MORE)), strict=True)
    except PluginError:
        return None
    some = _MORE[-1]
    steps = steps_between(graphs[0], graphs[1])
    if steps is None or steps_between(grown(graphs[0], steps, some), graphs[2]) != {}:
        return None
    weights = {}
    parameters = parameters_of(network)
    for name in shapes[0]:
        shape, larger, largest = (each[name] for each in shapes)
        if shape == larger == largest:
            continue
        step = tuple(after - before for before, after in zip(shape, larger, strict=True))
        weights[name] = GrowingWeight(shape, step, _initializer(parameters[name]))
        if weights[name].shape_for(some) != largest or not is_known(weights[name].initializer):
            return None
    return ClassGrowth(steps, weights)


def _with_classes(network: Any, config: DetectorConfig, more: int) -> tuple[NetworkGraph, dict[str, tuple[int, ...]]]:
    """The graph of a network, and the shapes of its weights, with so many classes more."""
    outputs = plan(config).outputs
    head = make(config.head, replace(outputs, classes=outputs.classes + more))
    other = DetectionNetwork(network.backbone, head, network.neck)
    symbol = _symbol(other)
    ours = _stored_names(other)
    arguments, _, statistics = symbol.infer_shape(**{_IMAGES: (1, 3, *config.input_size)})
    names = [*symbol.list_arguments(), *symbol.list_auxiliary_states()]
    shapes = {ours[name]: shape for name, shape in zip(names, [*arguments, *statistics], strict=True) if name in ours}
    return _read(other, symbol, (_IMAGES,)), shapes


def _initializer(parameter: Any) -> Initializer:
    """How a parameter begins; gluon goes by its name where nothing is said."""
    given = parameter.init
    if given is None:
        given = _BY_NAME.get(parameter.name.rpartition("_")[2], mx.init.Uniform())
    made = mx.init.create(given)
    try:
        name, settings = json.loads(made.dumps())
    except TypeError:  # a plugin's own, of more than numbers and words
        return Initializer(type(made).__name__, {})
    return Initializer(name, settings)


_BY_NAME = {"bias": "zeros", "gamma": "ones", "beta": "zeros", "mean": "zeros", "var": "ones"}


def loss_graph(config: DetectorConfig) -> tuple[NetworkGraph, dict[str, NDArray[Any]]]:
    """What the loss of a detector computes of what the network says and should have said, and its weights.

    Raises:
        PluginError: the loss fails, or gives something else than a loss promises.
    """
    loss = make(config.loss)
    loss.initialize()
    check_loss(loss, config, mx.cpu())
    weights = parameters_of(loss)
    inputs = (
        *_LOSS_INPUTS,
        *([_SOFT] if config.loss.soft else []),
        *([SAMPLE_WEIGHTS] if config.training.mixup else []),
    )
    with _compiled(lambda: f"loss {config.loss.name!r}"):
        symbol = mx.sym.Group(list(loss(*map(mx.sym.var, inputs))))
    return _read(loss, symbol, inputs), arrays_of(weights)

"""Weights for networks of GluonCV that are timed: as many candidates as a trained network has.

GluonCV's own new weights have negative variances, and say that everything is everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.engines.gluon import mx

__all__ = ["initialise"]

_CANDIDATES = 400
"""Scores above the threshold in a picture: as many as a trained network has where there is much to see."""
_THRESHOLD = 0.01

Floats = NDArray[np.float32]


def initialise(network: Any, image: Any) -> None:
    """Give an SSD or a YOLO3 weights with which it finds nothing but in some hundred places.

    Args:
        network: of GluonCV's model zoo.
        image: what it is shown (1, 3, H, W), normalised.
    """
    network.initialize()
    network(image)
    rng = np.random.default_rng(0)
    for name, parameter in network.collect_params().items():
        if name.endswith(("gamma", "var")):
            parameter.set_data(mx.nd.ones(parameter.shape))
        elif name.endswith("weight"):
            scale = np.sqrt(2 / np.prod(parameter.shape[1:]))
            parameter.set_data(mx.nd.array(rng.normal(0, scale, parameter.shape)))
    quieten = _quieten_yolo if hasattr(network, "yolo_outputs") else _quieten_ssd
    quieten(network, image)


def _quieten_ssd(network: Any, image: Any) -> None:
    """Predictors of standard deviation 1, of which the background is raised."""
    for predictors in (network.class_predictors, network.box_predictors):
        for feature, each in zip(network.features(image), predictors, strict=True):
            _scale(each.predictor, each.predictor(feature))
    outputs = [
        each.predictor(feature) for feature, each in zip(network.features(image), network.class_predictors, strict=True)
    ]
    values = len(network.classes) + 1
    scores = _rows(outputs, values)

    def candidates(background: float) -> int:
        powers = np.exp(scores + np.eye(1, values)[0] * background)
        return int(np.sum(powers[:, 1:] > _THRESHOLD * powers.sum(axis=1, keepdims=True)))

    for each in network.class_predictors:
        _add(each.predictor, 0, values, _bias_for(candidates))


def _quieten_yolo(network: Any, image: Any) -> None:
    """Predictions of standard deviation 1, of which objectness, the fifth number, is lowered."""
    layers = [output.prediction for output in network.yolo_outputs]
    for layer, said in zip(layers, _said(network, layers, image), strict=True):
        _scale(layer, said)
    values = len(network.classes) + 5
    numbers = _rows(_said(network, layers, image), values)
    chances = 1 / (1 + np.exp(-numbers[:, 5:]))

    def candidates(background: float) -> int:
        objectness = 1 / (1 + np.exp(background - numbers[:, 4:5]))
        return int(np.sum(objectness * chances > _THRESHOLD))

    for layer in layers:
        _add(layer, 4, values, -_bias_for(candidates))


def _said(network: Any, layers: list[Any], image: Any) -> list[Any]:
    """What layers say of an image on their way."""
    said: dict[int, Any] = {}
    hooks = [
        layer.register_forward_hook(lambda layer, _, output: said.__setitem__(id(layer), output)) for layer in layers
    ]
    network(image)
    for hook in hooks:
        hook.detach()
    return [said[id(layer)] for layer in layers]


def _scale(layer: Any, said: Any) -> None:
    layer.weight.set_data(layer.weight.data() / float(said.asnumpy().std()))


def _rows(outputs: list[Any], values: int) -> Floats:
    """Outputs (1, A * values, H, W) of layers, one row an anchor."""
    return np.concatenate([each.asnumpy().transpose(0, 2, 3, 1).reshape(-1, values) for each in outputs])


def _add(layer: Any, first: int, values: int, bias: float) -> None:
    """Set the bias of one number of each anchor."""
    added = np.zeros(layer.bias.shape)
    added[first::values] = bias
    layer.bias.set_data(mx.nd.array(added))


def _bias_for(candidates: Callable[[float], int]) -> float:
    """How much quieter places must be for `_CANDIDATES` of them to be left."""
    low, high = 0.0, 30.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if candidates(middle) > _CANDIDATES else (low, middle)
    return high

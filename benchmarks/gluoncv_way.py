"""GluonCV's own way from a JPEG file to numbers: load_test, net(x), numpy.

``python -m benchmarks.gluoncv_way write NAME PICTURE FILE`` writes weights that both sides load;
``time NAME PICTURE FILE plain|hybrid`` is a peer that is timed when it is asked.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoo_core.engines.bench.peers import milliseconds, serve
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.compatibility import import_quietly

_CANDIDATES = 400
"""Scores above the threshold of .01 in a picture: as many as a trained network has where there is much to see."""
_THRESHOLD = 0.01


def main(task: str, name: str, picture: str, file: str, mode: str = "") -> None:
    """Write weights, or wait to be timed."""
    network = _new_network(name)
    if task == "write":
        _initialise(network, _loaded(picture, name))
        network.save_parameters(file)
        return
    network.load_parameters(file)
    if mode == "hybrid":
        network.hybridize(static_alloc=True, static_shape=True)

    def way() -> list[NDArray[np.float32]]:
        return [each.asnumpy() for each in network(_loaded(picture, name))]

    way()
    way()
    serve({"latency": lambda: milliseconds(way)})


def _new_network(name: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return import_quietly("gluoncv").model_zoo.get_model(name, pretrained=False, pretrained_base=False)


def _loaded(picture: str, name: str) -> Any:
    presets = import_quietly("gluoncv.data.transforms.presets.ssd")
    return presets.load_test(picture, short=int(name.split("_")[1]))[0]


def _initialise(network: Any, image: Any) -> None:
    """Weights of usual size, and predictors that mean background but for some hundred places.

    GluonCV's own new weights have negative variances, and say that everything is everywhere.
    """
    network.initialize()
    network(image)
    rng = np.random.default_rng(0)
    for name, parameter in network.features.collect_params().items():
        if name.endswith(("gamma", "var")):
            parameter.set_data(mx.nd.ones(parameter.shape))
        elif name.endswith("weight"):
            scale = np.sqrt(2 / np.prod(parameter.shape[1:]))
            parameter.set_data(mx.nd.array(rng.normal(0, scale, parameter.shape)))
    scores = []
    for feature, classes, boxes in zip(
        network.features(image), network.class_predictors, network.box_predictors, strict=True
    ):
        for predictor in (classes.predictor, boxes.predictor):
            weight = mx.nd.array(rng.normal(size=predictor.weight.shape))
            predictor.weight.set_data(weight)
            said = predictor(feature).asnumpy()
            predictor.weight.set_data(weight / float(said.std()))
            if predictor is classes.predictor:
                scores.append(said.transpose(0, 2, 3, 1).reshape(-1, network.num_classes + 1) / said.std())
    background = _background(np.concatenate(scores))
    for classes in network.class_predictors:
        bias = np.zeros(classes.predictor.bias.shape)
        bias[:: network.num_classes + 1] = background
        classes.predictor.bias.set_data(mx.nd.array(bias))


def _background(scores: NDArray[np.float32]) -> float:
    """What must be added to the background's score so that `_CANDIDATES` probabilities are above the threshold."""
    low, high = 0.0, 30.0
    for _ in range(30):
        middle = (low + high) / 2
        powers = np.exp(scores + np.eye(1, scores.shape[1])[0] * middle)
        candidates = np.sum(powers[:, 1:] > _THRESHOLD * powers.sum(axis=1, keepdims=True))
        low, high = (middle, high) if candidates > _CANDIDATES else (low, middle)
    return high


if __name__ == "__main__":
    main(*sys.argv[1:])

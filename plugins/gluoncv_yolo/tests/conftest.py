"""GluonCV's own YOLO3, to which everything here is held."""

import numpy as np
import pytest

from zoo_core.plugin_api import import_quietly, mx


@pytest.fixture(scope="session")
def gluoncv():
    """`model(name)`: a network of GluonCV's zoo with random weights under which nothing overflows."""
    zoo = import_quietly("gluoncv.model_zoo")

    def model(name):
        more = {"classes": ["object"]} if name.endswith("_custom") else {}
        network = zoo.get_model(name, pretrained_base=False, **more)
        network.initialize()
        network(mx.nd.zeros((1, 3, 64, 64)))
        rng = np.random.default_rng(0)
        for key, parameter in network.collect_params().items():
            parameter.set_data(mx.nd.array(_healthy(key, parameter, rng)))
        # Maps grow from block to block of DarkNet: what is predicted from them should not.
        hooks = [output.prediction.register_forward_hook(_tame) for output in network.yolo_outputs]
        network(mx.nd.array(rng.normal(size=(1, 3, 320, 320))))
        for hook in hooks:
            hook.detach()
        return network

    return model


def _tame(layer, _, outputs):
    """Scale the weights of a layer, so that the largest of its outputs would be 6."""
    layer.weight.set_data(layer.weight.data() * 6 / mx.nd.max(mx.nd.abs(outputs)))


def _healthy(name, parameter, rng):
    """As a trained network has them: maps of one scale, numbers and scores about 0."""
    shape = parameter.shape
    if name.endswith(("gamma", "var")):
        return rng.uniform(0.8, 1.2, shape)
    if name.endswith(("beta", "mean")):
        return rng.normal(0, 0.1, shape)
    if "yolooutput" in name and name.endswith("weight"):
        return rng.normal(0, 1 / np.sqrt(shape[1]), shape)
    if name.endswith("weight"):
        return rng.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape)
    return parameter.data().asnumpy()  # constants, and biases of zero

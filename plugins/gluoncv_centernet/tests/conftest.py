"""GluonCV's own CenterNet, to which everything here is held."""

import numpy as np
import pytest

from zoo_core.plugin_api import import_quietly, mx


@pytest.fixture(scope="session")
def gluoncv():
    """`model(name)`: a network of GluonCV's zoo with random weights under which nothing overflows."""
    zoo = import_quietly("gluoncv.model_zoo")

    def model(name):
        network = zoo.get_model(name, pretrained_base=False)
        rng = np.random.default_rng(0)
        images = mx.nd.array(rng.normal(size=(1, 3, 128, 128)))
        network(images)
        for key, parameter in network.collect_params().items():
            parameter.set_data(mx.nd.array(_healthy(key, parameter, rng)))
        # Scores that differ when their sigmoid is rounded, sizes of some cells, places within a cell.
        for head, largest in zip(network.heads, (2, 20, 1), strict=True):
            hook = head[-1].register_forward_hook(_taming(largest))
            head(network.base_network(images))
            hook.detach()
        return network

    return model


def _taming(largest):
    """Scale the weights of a layer, so that the largest of its outputs would be this."""
    return lambda layer, _, outputs: layer.weight.set_data(
        layer.weight.data() * largest / mx.nd.max(mx.nd.abs(outputs))
    )


def _healthy(name, parameter, rng):
    """As a trained network has them: maps of one scale, numbers and scores about 0."""
    shape = parameter.shape
    if name.endswith(("gamma", "var")):
        return rng.uniform(0.8, 1.2, shape)
    if name.endswith(("beta", "mean", "bias")):
        return rng.normal(0, 0.1, shape)
    return rng.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape)

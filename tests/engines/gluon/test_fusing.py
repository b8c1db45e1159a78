"""Batch norms and ReLUs as one operator give the gradients of two, to the last bit."""

import json

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.fusing import fused_where_it_runs, with_fused_relus

nn = mx.gluon.nn


def stack(*layers):
    network = nn.HybridSequential()
    network.add(*layers)
    return network


class Both(nn.HybridSequential):
    """What a batch norm says and what is left of it, so that the norm itself is read too."""

    def hybrid_forward(self, F, images):  # noqa: N803  # gluon's name
        norm = self[1](self[0](images))
        return F.concat(norm, self[2](norm), dim=1)


def relu():
    return nn.Activation("relu")


def fused(network, images):
    """Pairs that became one, after a look at the numbers and gradients of both graphs."""
    network.initialize(mx.init.Xavier())
    network(mx.nd.array(images))  # what is made at the first sight of images
    data = mx.sym.var("data", dtype="float32")
    plain = network(data)
    joined = with_fused_relus(plain)
    assert joined.list_arguments() == plain.list_arguments()
    assert joined.list_auxiliary_states() == plain.list_auxiliary_states()
    ways = [learned(graph, data, network, images) for graph in (plain, joined)]
    for name, values in ways[0].items():
        np.testing.assert_array_equal(ways[1][name], values, err_msg=name)
    return operators(plain).count("Activation") - operators(joined).count("Activation")


def learned(graph, data, network, images):
    """What comes out, the gradients, and the running means, which each pass changes."""
    parameters = network.collect_params()
    before = {name: each.data().copy() for name, each in parameters.items()}
    block = mx.gluon.SymbolBlock(graph, [data], params=parameters)
    block.hybridize(static_alloc=True, static_shape=True)
    images = mx.nd.array(images)
    images.attach_grad()
    with mx.autograd.record():
        out = block(images)
        (out * mx.nd.arange(out.size).reshape(out.shape)).sum().backward()
    found = {name: each.grad() for name, each in parameters.items() if each.grad_req != "null"}
    found |= {name: each.data() for name, each in parameters.items() if each.grad_req == "null"}
    found = {name: array.asnumpy() for name, array in {**found, "images": images.grad, "out": out}.items()}
    for name, values in before.items():
        parameters[name].set_data(values)
    return found


def operators(graph):
    return [node["op"] for node in json.loads(graph.tojson())["nodes"]]


@pytest.mark.parametrize("changes", [{}, {"scale": False}, {"center": False}, {"use_global_stats": True}])
def test_every_relu_of_an_image_joins_its_norm(changes):
    layers = [each for _ in range(2) for each in (nn.Conv2D(8, 3), nn.BatchNorm(**changes), relu())]
    assert fused(stack(*layers), np.random.default_rng(0).normal(size=(2, 3, 8, 8))) == 2


@pytest.mark.parametrize(
    ("layers", "shape"),
    [
        ((nn.Dense(6), nn.BatchNorm(), relu()), (3, 4)),
        ((nn.Conv1D(6, 3), nn.BatchNorm(), relu()), (3, 4, 8)),
        ((nn.Conv2D(6, 3), nn.BatchNorm(axis=3), relu()), (3, 4, 8, 8)),
        ((nn.Conv2D(6, 3), nn.BatchNorm(), nn.Activation("tanh")), (3, 4, 8, 8)),
        ((nn.Conv2D(6, 3), relu()), (3, 4, 8, 8)),
    ],
    ids=["no image", "a line", "another axis", "no relu", "no norm"],
)
def test_what_mxnet_has_no_operator_for_stays_apart(layers, shape):
    assert fused(stack(*layers), np.random.default_rng(0).normal(size=shape)) == 0


def test_a_norm_that_is_read_elsewhere_stays_apart():
    network = Both()
    network.add(nn.Conv2D(6, 3), nn.BatchNorm(), relu())
    assert fused(network, np.random.default_rng(0).normal(size=(3, 4, 8, 8))) == 0


def graph_of(network):
    return mx.sym.Group(list(network(mx.sym.var("data", dtype="float32"))))


def test_detectors_have_no_relu_left_after_a_norm():
    graph = graph_of(zoo.build("tinyssd_shapes").engine.network)
    assert "Activation" in operators(graph)
    assert "Activation" not in operators(fused_where_it_runs(graph, (4, 3, 128, 128)))


def test_gradients_come_back_where_the_operator_of_both_has_none():
    """A pool of 2x3 to 1x1 gives them with height and width exchanged in memory, which oneDNN has no code for."""
    images = mx.nd.random.normal(shape=(2, 3, 64, 96))
    network = zoo.build("tinyssd_shapes", {"input_size": "64x96"}).engine.network
    graph = fused_where_it_runs(graph_of(network), images.shape)
    block = mx.gluon.SymbolBlock(graph, [mx.sym.var("data", dtype="float32")], params=network.collect_params())
    with mx.autograd.record():
        outputs = block(images)
    mx.autograd.backward(outputs)
    for name, each in network.collect_params().items():
        assert each.grad_req == "null" or np.isfinite(each.grad().asnumpy()).all(), name

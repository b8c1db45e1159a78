"""The network of a detector: shapes, order of anchors, seeds."""

import numpy as np
import pytest

from zoo_core.config.head import SsdHeadSettings
from zoo_core.config.loading import load_config
from zoo_core.config.plan import plan
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.network import DetectionNetwork, new_network
from zoo_core.engines.gluon.ssd_head import SsdHead
from zoo_core.parts.geometry import FeatureMap
from zoo_core.parts.outputs import Outputs, Scoring


@pytest.mark.parametrize("size", ["512x512", "256x256", "65x130"])
def test_outputs_are_as_planned(size):
    config = load_config("tinyssd_512_voc", {"input_size": size})
    scores, offsets = new_network(config, mx.cpu())(mx.nd.zeros((2, 3, *config.input_size)))
    assert scores.shape == (2, *plan(config).score_shape)
    assert offsets.shape == (2, *plan(config).offset_shape)


def test_the_notebooks_shapes():
    config = load_config("tinyssd_512_voc")
    assert plan(config).score_shape == (21764, 21)
    assert plan(config).offset_shape == (21764, 4)


class Ramp(mx.gluon.HybridBlock):
    """A backbone whose one map holds the number of each cell."""

    def hybrid_forward(self, F, images):  # noqa: ARG002, N803
        return [F.reshape(F.arange(6), (1, 1, 2, 3))]


def test_predictions_stand_in_the_order_of_the_anchors():
    """Row by row, cell by cell, anchor by anchor: as `Anchors` and not as channels."""
    outputs = Outputs((FeatureMap(1, 2, 3, 2),), anchors_per_cell=(2,), classes=1, scoring=Scoring.SOFTMAX)
    network = DetectionNetwork(Ramp(), SsdHead(SsdHeadSettings(), outputs))
    network.initialize()
    network(mx.nd.zeros((1, 3, 4, 4)))
    for layer, factors in ((network.class_predictors[0], [1, 10, 100, 1000]), (network.box_predictors[0], range(8))):
        weight = np.zeros((len(factors), 1, 3, 3), "float32")
        weight[:, 0, 1, 1] = factors
        layer.weight.set_data(mx.nd.array(weight))
    scores, offsets = network(mx.nd.zeros((1, 3, 4, 4)))
    cells = np.arange(6)
    expected = np.stack([cells * 1, cells * 10, cells * 100, cells * 1000], axis=-1).reshape(12, 2)
    np.testing.assert_array_equal(scores[0].asnumpy(), expected)
    np.testing.assert_array_equal(offsets[0].asnumpy(), np.outer(cells, range(8)).reshape(12, 4))


def weights_with_seed(seed):
    config = load_config("tinyssd_shapes", {"training.seed": seed})
    network = new_network(config, mx.cpu())
    return network.backbone.blocks[0][0].weight.data().asnumpy()


def test_fresh_weights_depend_on_the_seed_alone():
    first = weights_with_seed(3)
    mx.random.seed(12345)
    np.testing.assert_array_equal(first, weights_with_seed(3))
    assert (first != weights_with_seed(4)).any()

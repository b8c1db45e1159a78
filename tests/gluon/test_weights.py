"""Weights in files: whole, checked against the network, and said plainly when they do not fit."""

import pytest

from zoo_core.config_files import load_config
from zoo_core.errors import RunError
from zoo_core.gluon import mx
from zoo_core.gluon.network import new_network
from zoo_core.gluon.weights import load_weights, save_weights


@pytest.fixture(scope="module")
def network():
    return new_network(load_config("tinyssd_shapes"), mx.cpu())


def first_weight(network):
    return network.backbone.blocks[0][0].weight.data().asnumpy()


def test_weights_come_back(network, tmp_path):
    save_weights(network, tmp_path / "new" / "weights.params")
    other = new_network(load_config("tinyssd_shapes", {"training.seed": 1}), mx.cpu())
    assert (first_weight(other) != first_weight(network)).any()
    load_weights(other, tmp_path / "new" / "weights.params")
    assert (first_weight(other) == first_weight(network)).all()
    assert [each.name for each in (tmp_path / "new").iterdir()] == ["weights.params"]


def test_a_missing_file_is_named(network, tmp_path):
    with pytest.raises(RunError, match=r"none\.params: there are no weights here"):
        load_weights(network, tmp_path / "none.params")


@pytest.mark.parametrize("kept", [0, 10, 1000, -1])
def test_damaged_files_are_refused_and_nothing_is_changed(network, tmp_path, kept):
    path = tmp_path / "weights.params"
    save_weights(network, path)
    path.write_bytes(path.read_bytes()[:kept])
    before = first_weight(network)
    with pytest.raises(RunError, match="damaged, or not a file of MXNet weights"):
        load_weights(network, path)
    assert (first_weight(network) == before).all()


def test_weights_of_another_network_are_told_layer_by_layer(network, tmp_path):
    path = tmp_path / "weights.params"
    save_weights(network, path)
    fewer = new_network(load_config("tinyssd_shapes", {"classes": ["circle"]}), mx.cpu())
    with pytest.raises(RunError) as told:
        load_weights(fewer, path)
    assert "class_predictors.0.weight: (16, 64, 3, 3) in the file, (8, 64, 3, 3) in the network" in str(told.value)
    smaller = new_network(
        load_config("tinyssd_shapes", {"backbone.channels": [8, 8, 8, 8, 8, 8], "backbone.first_output": 3}), mx.cpu()
    )
    with pytest.raises(RunError, match=r"and \d+ more"):
        load_weights(smaller, path)


def test_arrays_without_names_are_refused(network, tmp_path):
    mx.nd.save(str(tmp_path / "list.params"), [mx.nd.zeros(3)])
    with pytest.raises(RunError, match="without names"):
        load_weights(network, tmp_path / "list.params")

"""Weights in files: whole, checked against the network, and said plainly when they do not fit."""

import numpy as np
import pytest

import zoo_core as zoo
from tests.sampling import one_in
from zoo_core.common.errors import RunError
from zoo_core.config.loading import load_config
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.network import new_network
from zoo_core.engines.gluon.weights import load_weights, parameters_of, read_weights, save_weights


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
    with pytest.raises(RunError, match=r"none\.params: contains no weights"):
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


TINY = {"input_size": "64x64", "backbone.channels": [4, 4, 4, 8, 8, 8], "backbone.first_output": 3}


def collected(network, path):
    network.collect_params().save(str(path))
    return path


def by_structure(network, path):
    network.save_parameters(str(path))
    return path


def exported(network, path):
    network.hybridize()
    network(mx.nd.zeros((1, 3, 64, 64)))
    network.export(str(path.with_suffix("")))
    return path.with_name(f"{path.stem}-0000.params")


@pytest.mark.parametrize("write", one_in(3, [exported, collected, by_structure]))
def test_what_gluon_writes_of_a_network_is_read_by_another_of_the_same_process(tmp_path, write):
    """Whose layers are counted on: conv22 here is conv0 there."""
    first, second = (new_network(load_config("tinyssd_shapes", {**TINY, "training.seed": k}), mx.cpu()) for k in (1, 2))
    names = [set(network.collect_params()) for network in (first, second)]
    assert not names[0] & names[1]
    for theirs, ours in ((first, second), (second, first)):
        found = read_weights(ours, write(theirs, tmp_path / "some.params"))
        assert found.keys() == parameters_of(theirs).keys()
        for name, parameter in parameters_of(theirs).items():
            np.testing.assert_array_equal(found[name], parameter.data().asnumpy(), err_msg=name)


def test_layers_of_any_other_network_are_not_taken_for_ours(tmp_path):
    """Where the names of layers have no scope, conv0 of another network says nothing."""
    ours = new_network(load_config("tinyssd_shapes", TINY), mx.cpu())
    arrays = {name.replace("conv", "net0_conv"): each.data() for name, each in ours.collect_params().items()}
    some = dict(list(arrays.items())[:20])
    mx.nd.save(str(tmp_path / "other.params"), some)
    assert read_weights(ours, tmp_path / "other.params").keys() == some.keys()


@pytest.mark.parametrize("wrong", one_in(3, [np.nan, np.inf, -np.inf]))
def test_weights_that_are_not_numbers_are_refused_by_the_name_of_their_layer(tmp_path, wrong):
    detector = zoo.build("tinyssd_shapes", TINY)
    path, network = tmp_path / "tinyssd_shapes.params", detector.engine.network
    arrays = {name: each.data() for name, each in parameters_of(network).items()}
    arrays["backbone.blocks.1.0.weight"][0, 0, 0, 0] = wrong
    mx.nd.save(str(path), arrays)
    message = r"NaN or infinite numbers in backbone\.blocks\.1\.0\.weight;"
    for use in (
        lambda: zoo.load(path, TINY),
        lambda: zoo.build("tinyssd_shapes", {**TINY, "weights.source": str(path)}),
        lambda: detector.predict(np.zeros((64, 64, 3), np.uint8)),
        lambda: zoo.export(detector, tmp_path / "some.onnx"),
        lambda: detector.engine.save(tmp_path / "new.params"),
    ):
        with pytest.raises(RunError, match=message):
            use()
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_weights_that_are_lost_after_a_prediction_are_not_exported(tmp_path):
    """They are looked at anew: a prediction looks at them once."""
    detector = zoo.build("tinyssd_shapes", TINY)
    detector.predict(np.zeros((64, 64, 3), np.uint8))
    weight = parameters_of(detector.engine.network)["backbone.blocks.1.0.weight"]
    weight.set_data(weight.data() * np.nan)
    with pytest.raises(RunError, match=r"NaN or infinite numbers in backbone\.blocks\.1\.0\.weight;"):
        zoo.export(detector, tmp_path / "some.onnx")


def test_numbers_too_large_for_the_network_are_refused(tmp_path):
    ours = new_network(load_config("tinyssd_shapes", TINY), mx.cpu())
    arrays = {name: each.data().astype("float64") for name, each in parameters_of(ours).items()}
    arrays["box_predictors.0.bias"][0] = 1e300
    mx.nd.save(str(tmp_path / "large.params"), arrays)
    with pytest.raises(RunError, match=r"infinite numbers in box_predictors\.0\.bias"):
        load_weights(ours, tmp_path / "large.params")


def test_outputs_that_are_not_numbers_are_refused_though_weights_are():
    detector = zoo.build("tinyssd_shapes", TINY)
    parameters = parameters_of(detector.engine.network)
    image = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    assert detector.predict(image) is not None
    weight = parameters["box_predictors.0.weight"]
    weight.set_data(mx.nd.ones(weight.shape) * 3e38)
    with pytest.raises(RunError, match="gives NaN or infinite numbers for this image, though its weights are finite"):
        detector.predict(image)


def test_negative_variances_are_refused_before_they_find_nothing():
    detector = zoo.build("tinyssd_shapes", TINY)
    parameters_of(detector.engine.network)["backbone.blocks.2.4.running_var"].set_data(-mx.nd.ones(4))
    with pytest.raises(RunError, match=r"negative variances in backbone\.blocks\.2\.4\.running_var;"):
        detector.predict(np.zeros((64, 64, 3), np.uint8))


def test_two_arrays_for_one_parameter_are_told(tmp_path):
    ours = new_network(load_config("tinyssd_shapes", TINY), mx.cpu())
    arrays = {name: each.data() for name, each in parameters_of(ours).items()}
    arrays["arg:box_predictors.0.bias"] = arrays["box_predictors.0.bias"] + 1
    mx.nd.save(str(tmp_path / "two.params"), arrays)
    with pytest.raises(RunError, match=r"both box_predictors\.0\.bias and arg:box_predictors\.0\.bias map to box_pre"):
        load_weights(ours, tmp_path / "two.params")

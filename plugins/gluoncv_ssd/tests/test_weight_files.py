"""Every form in which MXNet and GluonCV write the weights of GluonCV's networks, written by them here, is read."""

import re

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.common.errors import RunError
from zoo_core.engines.gluon.weights import parameters_of, read_weights
from zoo_core.engines.params_file import read_params
from zoo_core.plugin_api import mx
from zoo_gluoncv_ssd.detectors import DETECTORS

QUICK = "ssd_300_mobilenet0.25_voc"
NAMES = [name if name == QUICK else pytest.param(name, marks=pytest.mark.slow) for name in DETECTORS]


def numbered(network, side):
    """Give every parameter other numbers; returns them by our names."""
    network.initialize(force_reinit=True)
    network(mx.nd.zeros((1, 3, side, side)))
    rng, expected = np.random.default_rng(0), {}
    for name, parameter in network._collect_params_with_prefix().items():
        if name.startswith("anchor"):
            continue
        values = rng.uniform(0.5, 1, parameter.shape).astype("float32")
        parameter.set_data(mx.nd.array(values))
        ours = re.sub("^features", "backbone.features", name)
        expected[ours.replace(".predictor.", ".")] = values
    return expected


def save_parameters(network, path):
    network.save_parameters(str(path))
    return path


def save_params(network, path):
    """What train_ssd.py calls: `collect_params().save` with the prefix stripped."""
    with pytest.warns(UserWarning, match="deprecated"):
        network.save_params(str(path))
    return path


def collected(network, path):
    network.collect_params().save(str(path))
    return path


def exported(network, path):
    network.hybridize()
    network(mx.nd.zeros((1, 3, 300, 300)))
    network.export(str(path.with_suffix("")), epoch=3)
    return path.with_name(f"{path.stem}-0003.params")


WRITERS = [save_parameters, save_params, collected, exported]


@pytest.mark.parametrize("name", NAMES)
def test_every_form_is_read_and_that_of_a_second_network_and_after_reset_class(gluoncv, name, tmp_path):
    ours = zoo.build(name, {"device": "cpu"}).engine.network
    settings = {"classes": list(zoo.load_config(name).classes)} if name.endswith("_custom") else {}
    first, second = (gluoncv.model(name, **settings) for _ in range(2))
    assert first.prefix != second.prefix
    for network, resets in [(first, 0), (second, 2)]:
        network.initialize()
        for _ in range(resets):  # each changes the names of class predictors
            network.reset_class([f"c{place}" for place in range(network.num_classes)])
        expected = numbered(network, side=300)
        assert expected.keys() == parameters_of(ours).keys()
        for write in WRITERS:
            found = read_weights(ours, write(network, tmp_path / "some.params"))
            assert found.keys() == expected.keys(), (write.__name__, resets)
            for parameter, values in expected.items():
                np.testing.assert_array_equal(found[parameter], values, err_msg=f"{write.__name__} {parameter}")


@pytest.fixture(scope="module")
def network(gluoncv):
    made = gluoncv.model(QUICK)
    made.expected = numbered(made, side=300)
    return made


def test_a_detector_has_the_weights_of_a_best_file_of_train_ssd(network, tmp_path):
    detector = zoo.load(collected(network, tmp_path / f"{QUICK}_best.params"))
    for name, parameter in parameters_of(detector.engine.network).items():
        np.testing.assert_array_equal(parameter.data().asnumpy(), network.expected[name])


def test_transfer_takes_what_fits_of_a_file_of_train_ssd(network, tmp_path):
    source = collected(network, tmp_path / f"{QUICK}_best.params")
    name = "ssd_300_mobilenet0.25_custom"
    report = zoo.build(name, {"classes": ["cat", "yeti"], "weights.source": str(source)}).engine.transfer
    fates = {layer.name: layer.fate for layer in report.layers}
    assert {fate for layer, fate in fates.items() if not layer.startswith("class")} == {"loaded"}
    assert {fate for layer, fate in fates.items() if layer.startswith("class")} == {"in part"}


def test_an_array_that_is_there_twice_is_told(network, tmp_path):
    arrays = dict(mx.nd.load(str(collected(network, tmp_path / "some.params"))))
    prefix = network.prefix
    arrays |= {f"{prefix}{prefix}convpredictor0_conv0_bias": mx.nd.zeros(84)}
    mx.nd.save(str(tmp_path / f"{QUICK}.params"), arrays)
    with pytest.raises(RunError, match=r"not in the network: ssd\d+_.*convpredictor0_conv0_bias"):
        zoo.load(tmp_path / f"{QUICK}.params")


def test_a_file_with_a_layer_less_or_more_is_told(network, tmp_path):
    whole = dict(mx.nd.load(str(collected(network, tmp_path / "some.params"))))
    file = tmp_path / f"{QUICK}.params"
    name = f"{network.prefix}mobilenet0_conv3_weight"
    mx.nd.save(str(file), {each: array for each, array in whole.items() if each != name})
    with pytest.raises(RunError, match=r"not in the file: backbone\.features\.mobilenet0_conv3_weight"):
        zoo.load(file)
    mx.nd.save(str(file), {**whole, f"{network.prefix}mobilenet0_conv99_weight": mx.nd.zeros(1)})
    with pytest.raises(RunError, match=r"not in the network: .*mobilenet0_conv99_weight"):
        zoo.load(file)


def test_all_forms_have_the_arrays_of_one_network(network, tmp_path):
    """What this module stands on: the forms differ in names alone."""
    forms = [read_params(write(network, tmp_path / "some.params")) for write in WRITERS]
    assert len({frozenset(form) for form in forms}) == len(WRITERS)
    assert len({len(form) for form in forms}) == 1

"""A backbone begins from a file of its classification network as GluonCV's `pretrained_base` does."""

import hashlib
import re

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.common.errors import RunError
from zoo_core.engines.gluon.weights import parameters_of
from zoo_core.plugin_api import import_quietly, mx

CLASSIFIERS = {
    "ssd_300_mobilenet0.25_voc": "mobilenet0.25",
    "ssd_512_resnet18_v1_voc": "resnet18_v1",
    "ssd_300_resnet34_v1b_voc": "resnet34_v1b",
    "ssd_512_resnet50_v1_voc": "resnet50_v1",
    "ssd_512_resnet101_v2_voc": "resnet101_v2",
    "ssd_300_mobilenet1.0_lite_coco": "mobilenet1.0",
}
QUICK = "ssd_300_mobilenet0.25_voc"
NAMES = [name if name == QUICK else pytest.param(name, marks=pytest.mark.slow) for name in CLASSIFIERS]


def classifier(name, maker=None, **settings):
    """A classification network whose parameters all have other numbers."""
    network = (maker or import_quietly("gluoncv.model_zoo").get_model)(name, **settings)
    network.initialize()
    network(mx.nd.zeros((1, 3, 224, 224)))
    rng = np.random.default_rng(0)
    for parameter in network.collect_params().values():
        parameter.set_data(mx.nd.array(rng.uniform(0.5, 1, parameter.shape)))
    return network


def written(network, folder):
    """Files of a network in every form."""
    network.save_parameters(str(folder / "structure.params"))
    network.collect_params().save(str(folder / "graph.params"))
    network.collect_params().save(str(folder / "stripped.params"), strip_prefix=network.prefix)
    network.hybridize()
    network(mx.nd.zeros((1, 3, 224, 224)))
    network.export(str(folder / "exported"))
    return sorted(folder.glob("*.params"))


def begun(name, source):
    """The weights of a detector that begins from a file, and the report of that."""
    engine = zoo.build(name, {"weights.source": str(source)}).engine
    return {each: parameter.data().asnumpy() for each, parameter in parameters_of(engine.network).items()}, engine


@pytest.fixture
def publish(tmp_path, monkeypatch):
    """Puts a file into GluonCV's store as the published weights of a network."""
    store = import_quietly("gluoncv.model_zoo.model_store")
    monkeypatch.setenv("MXNET_HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "models").mkdir(parents=True)

    def put(network, file):
        sha1 = hashlib.sha1(file.read_bytes(), usedforsecurity=False).hexdigest()
        monkeypatch.setitem(store._model_sha1, network, sha1)
        (tmp_path / "home" / "models" / f"{network}-{sha1[:8]}.params").write_bytes(file.read_bytes())

    return put


def base_of(gluoncv, name, publish, network, file):
    """The base network in GluonCV's detector, made with `pretrained_base`, by our names."""
    publish(network, file)
    theirs = gluoncv.model(name, pretrained_base=True).features
    parameters = theirs._collect_params_with_prefix()
    unset = r"^(expand_|more_stages|extras)"
    return {f"backbone.features.{each}": of for each, of in parameters.items() if not re.search(unset, each)}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_form_gives_what_pretrained_base_gives(gluoncv, name, tmp_path, publish):
    network = CLASSIFIERS[name]
    forms = written(classifier(network, classes=7), tmp_path)
    whole = classifier(network)
    whole.save_parameters(str(tmp_path / "whole.params"))
    expected = base_of(gluoncv, name, publish, network, tmp_path / "whole.params")
    assert len(expected) >= 100
    for source in (*forms, f"gluoncv:{network}"):
        found, engine = begun(name, source)
        for parameter, values in expected.items():
            np.testing.assert_array_equal(found[parameter], values.data().asnumpy(), err_msg=f"{source} {parameter}")
        fates = {layer.name: layer.fate for layer in engine.transfer.layers}
        assert {each for each, fate in fates.items() if fate == "loaded"} == expected.keys()
        assert fates["dense0_weight"] == "left out"
        assert fates["class_predictors.0.weight"] == "new"


def test_a_file_of_mxnets_model_zoo_is_the_same(tmp_path):
    mxnets = classifier("mobilenet0.25", mx.gluon.model_zoo.vision.get_model)
    *_, by_prefix, by_structure = written(mxnets, tmp_path)
    found = [begun(QUICK, file)[0] for file in (by_prefix, by_structure)]
    expected = mxnets.collect_params()[f"{mxnets.prefix}conv0_weight"].data().asnumpy()
    for each in found:
        np.testing.assert_array_equal(each["backbone.features.mobilenet0_conv0_weight"], expected)


@pytest.mark.slow
def test_a_deeper_network_of_the_same_family_is_not_taken_for_it(tmp_path):
    """All layers of ResNet-18 are in ResNet-34, and most fit."""
    classifier("resnet34_v1").save_parameters(str(tmp_path / "deeper.params"))
    with pytest.raises(RunError, match="nothing in it fits this network"):
        zoo.build("ssd_512_resnet18_v1_voc", {"weights.source": str(tmp_path / "deeper.params")})


@pytest.mark.slow
def test_the_layers_of_vgg_see_the_same_as_in_the_classification_network(tmp_path):
    """Whose input the detector multiplies by 57; its fully connected layers become convolutions."""
    vgg = classifier("vgg16")
    rng = np.random.default_rng(1)
    for parameter in vgg.collect_params(".*conv.*weight").values():
        parameter.set_data(mx.nd.array(rng.normal(0, np.sqrt(2 / np.prod(parameter.shape[1:])), parameter.shape)))
    images = mx.nd.array(rng.normal(size=(1, 3, 96, 96)))
    for file in written(vgg, tmp_path)[1:3]:  # of 550 MB each
        found, engine = begun("ssd_300_vgg16_atrous_voc", file)
        features = engine.network.backbone.features
        ours, theirs = images * features.init_scale.data(), images
        for stage in range(3):
            ours = mx.nd.Pooling(features.stages[stage](ours), kernel=(2, 2), stride=(2, 2), pool_type="max")
        for layer in vgg.features[:17]:  # three pools behind
            theirs = layer(theirs)
        np.testing.assert_allclose(ours.asnumpy(), theirs.asnumpy(), rtol=1e-3, atol=1e-4)
        assert np.abs(theirs.asnumpy()).max() > 0.1
        dense = vgg.collect_params()[f"{vgg.prefix}dense0_weight"].data().asnumpy().reshape(4096, 512, 7, 7)
        np.testing.assert_array_equal(found["backbone.features.stages.5.0.weight"][5, :, 1, 2], dense[20, :, 3, 6])
        dense = vgg.collect_params()[f"{vgg.prefix}dense1_weight"].data().asnumpy()
        np.testing.assert_array_equal(found["backbone.features.stages.5.2.weight"][5, 9, 0, 0], dense[20, 36])
        fates = {layer.name: layer.fate for layer in engine.transfer.layers}
        assert fates["backbone.features.stages.5.2.bias"] == "loaded"
        assert fates["backbone.features.extras.0.0.weight"] == "new"


@pytest.mark.slow
def test_the_dilated_vgg_that_gluoncv_published_is_taken_as_it_is(gluoncv, tmp_path, publish):
    theirs = gluoncv.model("ssd_300_vgg16_atrous_voc").features
    theirs.initialize()
    theirs(mx.nd.zeros((1, 3, 300, 300)))
    arrays = theirs._collect_params_with_prefix()
    kept = {name: each.data() for name, each in arrays.items() if not name.startswith("extras")}
    mx.nd.save(str(tmp_path / "vgg16_atrous.params"), kept)
    expected = base_of(gluoncv, "ssd_300_vgg16_atrous_voc", publish, "vgg16_atrous", tmp_path / "vgg16_atrous.params")
    found, _ = begun("ssd_300_vgg16_atrous_voc", "gluoncv:vgg16_atrous")
    assert len(expected) == len(kept)
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values.data().asnumpy(), err_msg=name)

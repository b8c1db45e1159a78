"""Weights of GluonCV's networks in ours: equal raw outputs and equal detections, for every name."""

import hashlib

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.common.errors import RunError
from zoo_core.plugin_api import import_quietly, mx
from zoo_core.prediction.postprocessing import postprocess
from zoo_core.registry.registry import Registry
from zoo_gluoncv_ssd import plugin, published
from zoo_gluoncv_ssd.detectors import DETECTORS

QUICK = "ssd_300_mobilenet0.25_custom"
NAMES = [name if name == QUICK else pytest.param(name, marks=pytest.mark.slow) for name in DETECTORS]


def healthy(network, side):
    """Weights under which scores differ and nothing overflows; GluonCV's own begin with negative variances."""
    network.initialize()
    network(mx.nd.zeros((1, 3, side, side)))
    rng = np.random.default_rng(0)
    for name, parameter in network.features.collect_params().items():
        if name.endswith(("gamma", "var")):
            values = rng.uniform(0.8, 1.2, parameter.shape)
        elif name.endswith(("beta", "mean")):
            values = rng.normal(0, 0.1, parameter.shape)
        elif name.endswith("weight"):
            values = rng.normal(0, np.sqrt(2 / np.prod(parameter.shape[1:])), parameter.shape)
            values /= 57 if name.endswith("vggatrousextractor0_conv0_weight") else 1  # it multiplies its input
        else:
            continue  # constants, and biases of zero
        parameter.set_data(mx.nd.array(values))
    features = network.features(mx.nd.array(rng.normal(size=(1, 3, side, side))))
    for feature, *predictors in zip(features, network.class_predictors, network.box_predictors, strict=True):
        for predictor in predictors:
            weight = predictor.predictor.weight
            values = rng.normal(0, 1 / np.sqrt(np.prod(weight.shape[1:])), weight.shape)
            weight.set_data(mx.nd.array(values / feature.norm().asscalar() * np.sqrt(feature.size)))
    return network


def images_for(name, count=1):
    side = int(name.split("_")[1])
    return mx.nd.array(np.random.default_rng(1).normal(size=(count, 3, side, side)).astype("float32"))


def raw_outputs(network, images):
    """What GluonCV's network gives in training, with batch norm as in use."""
    features = network.features(images)
    flat = [
        mx.nd.concat(*[mx.nd.flatten(mx.nd.transpose(p(f), (0, 2, 3, 1))) for f, p in zip(features, kind, strict=True)])
        for kind in (network.class_predictors, network.box_predictors)
    ]
    return flat[0].reshape((0, -1, network.num_classes + 1)).asnumpy(), flat[1].reshape((0, -1, 4)).asnumpy()


@pytest.mark.parametrize("name", NAMES)
def test_outputs_and_detections_of_every_name(gluoncv, name, tmp_path):
    theirs, images = healthy(gluoncv.model(name), side=300), images_for(name)
    theirs.save_parameters(str(tmp_path / f"{name}.params"))
    detector = zoo.load(tmp_path / f"{name}.params")
    scores, offsets = (each.asnumpy() for each in detector.engine.network(images))
    expected_scores, expected_offsets = raw_outputs(theirs, images)
    np.testing.assert_allclose(scores, expected_scores, rtol=0, atol=1e-5)
    np.testing.assert_allclose(offsets, expected_offsets, rtol=0, atol=1e-5)
    assert 1 < np.abs(scores).max() < 100

    ids, values, boxes = (each[0].asnumpy() for each in theirs(images))
    kept = ids[:, 0] >= 0
    probabilities, offsets = detector.engine(images.asnumpy())
    found = postprocess(probabilities[0], offsets[0], detector.anchors, detector.encoder, detector.config.nms)
    side = detector.config.input_size.width
    np.testing.assert_array_equal(found.labels, ids[kept, 0])
    np.testing.assert_allclose(found.scores, values[kept, 0], atol=1e-5)
    np.testing.assert_allclose(found.boxes, boxes[kept] / side, rtol=1e-5, atol=1e-5)
    assert len(found.labels) > 10


@pytest.mark.parametrize(
    "name",
    [
        "ssd_300_mobilenet0.25_voc",
        pytest.param("ssd_300_resnet34_v1b_voc", marks=pytest.mark.slow),
        pytest.param("ssd_300_vgg16_atrous_voc", marks=pytest.mark.slow),
    ],
)
def test_exported_weights_have_other_names_and_the_same_numbers(gluoncv, name, tmp_path):
    theirs, images = healthy(gluoncv.model(name), side=300), images_for(name)
    theirs.save_parameters(str(tmp_path / f"{name}.params"))
    theirs.hybridize()
    theirs(images)
    theirs.export(str(tmp_path / name), epoch=7)
    one, other = (zoo.load(tmp_path / f"{name}{ending}.params") for ending in ("", "-0007"))
    for mine, reference in zip(one.engine.network(images), other.engine.network(images), strict=True):
        np.testing.assert_array_equal(mine.asnumpy(), reference.asnumpy())


@pytest.fixture(scope="module")
def stored(gluoncv, tmp_path_factory):
    """The weights of GluonCV's ssd_300_mobilenet0.25_voc in a file of that name."""
    path = tmp_path_factory.mktemp("stored") / "ssd_300_mobilenet0.25_voc_best.params"
    healthy(gluoncv.model("ssd_300_mobilenet0.25_voc"), side=300).save_parameters(str(path))
    return path


def test_a_file_of_any_name_is_loaded_when_the_detector_is_named(stored, tmp_path):
    renamed = tmp_path / "mine.params"
    renamed.write_bytes(stored.read_bytes())
    with pytest.raises(RunError, match="its name does not say to which detector it belongs"):
        zoo.load(renamed)
    assert len(zoo.load(renamed, config="ssd_300_mobilenet0.25_voc").class_names) == 20


@pytest.mark.parametrize(
    ("overrides", "cause"),
    [
        ({"classes": ["cat"]}, "it was trained for 20 classes, but this detector has 1 class"),
        ({"anchors.ratios": [[1, 2]] * 6}, "it has 4 anchors in a cell of map 1, not 3: set anchors"),
        pytest.param(
            {"head.kernel": 1}, "its predictors have kernels of 3, not 1: set head.kernel", marks=pytest.mark.slow
        ),
        pytest.param(
            {"backbone": "mobilenet1.0"}, "another backbone, or different settings of it", marks=pytest.mark.slow
        ),
    ],
)
def test_weights_that_do_not_fit_name_the_layer_both_shapes_and_the_cause(stored, overrides, cause):
    with pytest.raises(RunError, match=r"\(\d+.*\) in the file, \(\d+.*\) in the network \(") as told:
        zoo.load(stored, overrides)
    assert cause in str(told.value)


def test_published_weights_are_fetched_by_name(stored, tmp_path, monkeypatch):
    """From a folder in which they are already; test_store.py is about how they get there."""
    monkeypatch.setattr(published, "DETECTORS", (*published.DETECTORS, "ssd_300_mobilenet0.25_voc"))
    fresh = Registry()
    fresh.register(plugin, "gluoncv-ssd")
    monkeypatch.setattr("zoo_core.engines.weight_sources.default_registry", lambda: fresh)
    store = import_quietly("gluoncv.model_zoo.model_store")
    content = stored.read_bytes()
    sha1 = sha1_of(content)
    monkeypatch.setitem(store._model_sha1, "ssd_300_mobilenet0.25_voc", sha1)
    monkeypatch.setenv("MXNET_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / f"ssd_300_mobilenet0.25_voc-{sha1[:8]}.params").write_bytes(content)
    detector = zoo.load("gluoncv:ssd_300_mobilenet0.25_voc")
    assert detector.class_names[0] == "aeroplane"


def sha1_of(content):
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()

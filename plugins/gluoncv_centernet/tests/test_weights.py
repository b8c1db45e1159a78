"""Weights of GluonCV's networks in ours: equal raw outputs and equal detections, for every name."""

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.plugin_api import import_quietly, mx
from zoo_core.prediction.postprocessing import postprocess
from zoo_gluoncv_centernet import published
from zoo_gluoncv_centernet.detectors import DETECTORS

PUBLISHED = [name for name in DETECTORS if not name.endswith("_custom")]
SIZES = ("512x512", "256x320", "300x308")
NAMES = [
    ("center_net_resnet18_v1b_voc", "64x96"),
    *(pytest.param(name, size, marks=pytest.mark.slow) for name in PUBLISHED for size in SIZES),
]


def raw_outputs(network, images):
    """What the branches of GluonCV's network give: scores and numbers, of every cell."""
    features = network.base_network(images)
    heatmap, size, place = (mx.nd.transpose(head(features), (0, 2, 3, 1)) for head in network.heads)
    scores, numbers = heatmap, mx.nd.concat(place, size, dim=3)
    return [each.reshape((len(images), -1, each.shape[3])).asnumpy() for each in (scores, numbers)]


def agrees(detector, theirs, image):
    """Whether both say the same of a picture, and find the same objects."""
    images, (height, width) = mx.nd.array(image), detector.config.input_size
    outputs = [each.asnumpy() for each in detector.engine.network(images)]
    for mine, expected in zip(outputs, raw_outputs(theirs, images), strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())
        assert 0.5 < np.abs(expected).max() < 100
    ids, values, boxes = (each[0].asnumpy() for each in theirs(images))
    (probabilities,), (numbers,) = detector.engine(image)
    scoring = detector.config.loss.scoring
    found = postprocess(probabilities, numbers, detector.anchors, detector.encoder, detector.config.nms, scoring)
    np.testing.assert_array_equal(found.labels, ids)
    np.testing.assert_allclose(found.scores, values, rtol=1e-5)
    pixels = found.boxes * [width, height, width, height]
    np.testing.assert_allclose(pixels, boxes, rtol=1e-5, atol=1e-5 * max(height, width))
    assert len(found.labels) == detector.config.nms.keep == (40 if detector.config.classes[0] == "aeroplane" else 100)


def picture(size):
    return np.random.default_rng(1).normal(size=(1, 3, *size)).astype(np.float32)


@pytest.mark.parametrize(("name", "size"), NAMES)
def test_outputs_and_detections_of_every_name(gluoncv, name, size, tmp_path):
    theirs = gluoncv(name)
    theirs.save_parameters(str(tmp_path / f"{name}.params"))
    detector = zoo.load(tmp_path / f"{name}.params", {"input_size": size})
    agrees(detector, theirs, picture(detector.config.input_size))


@pytest.fixture(scope="module")
def theirs(gluoncv):
    """A network that is not the first of its process, with classes that it did not begin with."""
    network = gluoncv("center_net_resnet18_v1b_voc")
    network.reset_class(["cat", "dog", "cow"], reuse_weights=["cat", "dog", "cow"])
    return network


def by_graph(network, path):
    network.collect_params().save(str(path))


def exported(network, path):
    network.hybridize()
    network(mx.nd.zeros((1, 3, 64, 64)))
    network.export(str(path.with_suffix("")))
    path.with_name(f"{path.stem}-0000.params").rename(path)
    network.hybridize(active=False)


def by_structure(network, path):
    network.save_parameters(str(path))


@pytest.mark.parametrize(
    "write", [exported, *(pytest.param(each, marks=pytest.mark.slow) for each in (by_graph, by_structure))]
)
def test_files_of_every_way_of_writing_hold_the_same_weights(theirs, write, tmp_path):
    write(theirs, tmp_path / "mine.params")
    overrides = {"classes": ["cat", "dog", "cow"], "input_size": 64}
    detector = zoo.load(tmp_path / "mine.params", overrides, config="center_net_resnet18_v1b_custom")
    images = mx.nd.array(picture((64, 64)))
    outputs = [each.asnumpy() for each in detector.engine.network(images)]
    for mine, expected in zip(outputs, raw_outputs(theirs, images), strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def test_weights_for_other_classes_are_taken_over_by_name(theirs, tmp_path):
    theirs.save_parameters(str(tmp_path / "three.params"))
    weights = {"source": str(tmp_path / "three.params"), "classes": ["cat", "dog", "cow"]}
    overrides = {"classes": ["cow", "bird"], "weights": weights, "input_size": 64}
    detector = zoo.build("center_net_resnet18_v1b_custom", overrides)
    old, new = (network.heads[0][2].weight.data().asnumpy() for network in (theirs, detector.engine.network))
    np.testing.assert_array_equal(new[0], old[2])
    assert {layer.fate for layer in detector.engine.transfer.layers} == {"loaded", "in part"}


@pytest.mark.parametrize("network", ["resnet18_v1b", pytest.param("resnet50_v1b", marks=pytest.mark.slow)])
def test_a_backbone_begins_from_its_classification_network(network, tmp_path):
    """As GluonCV's `pretrained_base` does."""
    classifier = import_quietly("gluoncv.model_zoo").get_model(network, pretrained=False)
    classifier.initialize()
    images = mx.nd.array(picture((64, 64)))
    classifier(images)
    classifier.collect_params().save(str(tmp_path / "base.params"))
    overrides = {"input_size": 64, "weights.source": str(tmp_path / "base.params")}
    engine = zoo.build(f"center_net_{network}_custom", overrides).engine
    for layer in (classifier.conv1, classifier.bn1, classifier.relu, classifier.maxpool):
        images = layer(images)
    for stage in (classifier.layer1, classifier.layer2, classifier.layer3, classifier.layer4):
        images = stage(images)
    made = engine.network.backbone(mx.nd.array(picture((64, 64))))[-1]
    np.testing.assert_allclose(made.asnumpy(), images.asnumpy(), rtol=1e-5, atol=1e-6)


def test_plain_names_of_gluoncv_are_those_here():
    """Deformable ones, other backbones and other ways back up are left out; docs/from_gluoncv.md says why."""
    registered = import_quietly("gluoncv.model_zoo").get_model_list()
    plain = {name for name in registered if name.startswith("center_net_resnet") and "dcnv2" not in name}
    assert set(PUBLISHED) == plain == set(published.DETECTORS)

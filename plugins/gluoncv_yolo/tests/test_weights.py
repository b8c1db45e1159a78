"""Weights of GluonCV's networks in ours: equal raw outputs and equal detections, for every name."""

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.plugin_api import import_quietly, mx
from zoo_core.prediction.postprocessing import postprocess
from zoo_gluoncv_yolo.detectors import DETECTORS

SIZES = ("320x320", "416x416", "608x608", "320x416", "320x608")
NAMES = [
    ("yolo3_mobilenet0.25_voc", "96x128"),
    *(pytest.param(name, size, marks=pytest.mark.slow) for name in DETECTORS for size in SIZES),
]


def raw_outputs(network, images):
    """What GluonCV's network gives in training, with batch norm as in use: scores and numbers."""
    with mx.autograd.train_mode():
        *_, centers, scales, objectness, classes = _frozen(network, images)
    return [mx.nd.concat(*pair, dim=2).asnumpy() for pair in ((objectness, classes), (centers, scales))]


def _frozen(network, images):
    """Its outputs in training mode, with the running statistics."""
    norms = []
    network.apply(lambda block: norms.append(block) if isinstance(block, mx.gluon.nn.BatchNorm) else None)
    for norm in norms:
        norm._kwargs["use_global_stats"] = True
    try:
        return network(images)
    finally:
        for norm in norms:
            norm._kwargs["use_global_stats"] = False


def agrees(detector, theirs, image):
    """Whether both say the same of a picture, and find the same objects."""
    images, (height, width) = mx.nd.array(image), detector.config.input_size
    outputs = [each.asnumpy() for each in detector.engine.network(images)]
    for mine, expected in zip(outputs, raw_outputs(theirs, images), strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())
        assert 0.5 < np.abs(expected).max() < 20
    ids, values, boxes = (each[0].asnumpy() for each in theirs(images))
    kept = ids[:, 0] >= 0
    (probabilities,), (numbers,) = detector.engine(image)
    scoring = detector.config.loss.scoring
    found = postprocess(probabilities, numbers, detector.anchors, detector.encoder, detector.config.nms, scoring)
    np.testing.assert_array_equal(found.labels, ids[kept, 0])
    np.testing.assert_allclose(found.scores, values[kept, 0], rtol=1e-5)
    pixels = found.boxes * [width, height, width, height]
    np.testing.assert_allclose(pixels, boxes[kept], rtol=1e-5, atol=1e-5 * max(height, width))
    assert len(found.labels) == 100


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
    network = gluoncv("yolo3_mobilenet0.25_voc")
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


@pytest.mark.parametrize(
    "write",
    [
        lambda network, path: network.save_parameters(str(path)),
        pytest.param(by_graph, marks=pytest.mark.slow),
        pytest.param(exported, marks=pytest.mark.slow),
    ],
)
def test_files_of_every_way_of_writing_hold_the_same_weights(theirs, write, tmp_path):
    write(theirs, tmp_path / "mine.params")
    overrides = {"classes": ["cat", "dog", "cow"], "input_size": 64}
    detector = zoo.load(tmp_path / "mine.params", overrides, config="yolo3_mobilenet0.25_custom")
    images = mx.nd.array(picture((64, 64)))
    outputs = [each.asnumpy() for each in detector.engine.network(images)]
    for mine, expected in zip(outputs, raw_outputs(theirs, images), strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())


def test_weights_for_other_classes_are_taken_over_by_name(theirs, tmp_path):
    """With the rows of the box and of objectness, for each anchor."""
    theirs.save_parameters(str(tmp_path / "three.params"))
    weights = {"source": str(tmp_path / "three.params"), "classes": ["cat", "dog", "cow"]}
    detector = zoo.build("yolo3_mobilenet0.25_custom", {"classes": ["cow", "bird"], "weights": weights})
    old, new = (
        network.yolo_outputs[1].prediction.weight.data().asnumpy().reshape(3, -1, 256)
        for network in (theirs, detector.engine.network)
    )
    np.testing.assert_array_equal(new[:, :6], old[:, [0, 1, 2, 3, 4, 7]])


@pytest.mark.parametrize(
    ("name", "network"),
    [
        ("yolo3_mobilenet0.25_custom", "mobilenet0.25"),
        pytest.param("yolo3_darknet53_custom", "darknet53", marks=pytest.mark.slow),
    ],
)
def test_a_backbone_begins_from_its_classification_network(name, network, tmp_path):
    """As GluonCV's `pretrained_base` does."""
    classifier = import_quietly("gluoncv.model_zoo").get_model(network, pretrained=False)
    classifier.initialize()
    classifier(mx.nd.zeros((1, 3, 32, 32)))
    classifier.collect_params().save(str(tmp_path / "base.params"))
    engine = zoo.build(name, {"input_size": 64, "weights.source": str(tmp_path / "base.params")}).engine
    images = mx.nd.array(picture((64, 64)))
    layers = classifier.features[:-2] if network.startswith("mobilenet") else classifier.features
    np.testing.assert_allclose(engine.network.backbone(images)[-1].asnumpy(), layers(images).asnumpy(), rtol=1e-5)

"""Photographs of several sizes through GluonCV's own pipelines and ours: the same pixels, the same detections."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.config.resize import LetterboxResize, ShortSideResize, StretchResize
from zoo_core.data.pipeline.transforms import resized
from zoo_core.plugin_api import import_quietly, mx, read_image
from zoo_gluoncv_ssd.detectors import DETECTORS

NAME = "ssd_300_mobilenet0.25_voc"
MXNETS = {"nearest": 0, "linear": 1, "cubic": 2, "area": 3, "lanczos": 4, "auto": 9}


@pytest.fixture(scope="module")
def transforms():
    return import_quietly("gluoncv.data.transforms.image")


@pytest.fixture(scope="module")
def presets():
    return import_quietly("gluoncv.data.transforms.presets.ssd")


@pytest.fixture(scope="module")
def photographs():
    """Wide, tall, both smaller and both larger than the network, and one of its own width.

    Parts of one of BCCD, from the folder named by ZOO_TEST_VOC or beside the repository; where it is not there, of
    one that is drawn.
    """
    beside = Path(__file__).parents[4] / "shared" / "data" / "bccd"
    found = sorted((Path(os.environ.get("ZOO_TEST_VOC", beside)) / "JPEGImages").glob("*.jpg"))
    coarse = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    whole = read_image(found[0]) if found else cv2.resize(coarse, (640, 480), interpolation=cv2.INTER_CUBIC)
    larger = cv2.resize(whole, (1100, 700), interpolation=cv2.INTER_LINEAR)
    parts = [whole, larger, whole[:200, :260], whole[:, :120], whole[:110], larger[:500, :300]]
    return [np.ascontiguousarray(each) for each in parts]


def as_array(image):
    return mx.nd.array(image, dtype="uint8")


@pytest.mark.parametrize("interpolation", MXNETS)
def test_arrays_are_resized_as_mxnet_does(transforms, photographs, interpolation):
    """To the bit; with cubic interpolation less than one value in ten thousand is rounded to its neighbour."""
    rng = np.random.default_rng(0)
    sizes = [(1, 1), (3, 400), (37, 801), (300, 300), (600, 900), (299, 301)]
    noise = [rng.integers(0, 256, (*size, 3), dtype=np.uint8) for size in sizes]
    resize = StretchResize(interpolation=interpolation, rounded=True)
    apart = count = 0
    for image in [*noise, *photographs]:
        for size in (zoo.ImageSize(300, 300), zoo.ImageSize(96, 640)):
            wanted = transforms.imresize(as_array(image), size.width, size.height, MXNETS[interpolation]).asnumpy()
            found = resized(image, resize, resize.placement(zoo.ImageSize(*image.shape[:2]), size))
            assert found.dtype == np.uint8
            difference = np.abs(found.astype(int) - wanted)
            assert difference.max() <= (interpolation in {"cubic", "auto"})
            apart, count = apart + np.count_nonzero(difference), count + difference.size
    assert apart < 1e-4 * count


@pytest.mark.parametrize(
    ("short", "longest", "multiple"), [(512, 1024, 1), (300, 400, 1), (416, 1024, 32), (96, 97, 7)]
)
def test_short_sides_are_those_of_gluoncv(transforms, monkeypatch, short, longest, multiple):
    monkeypatch.setattr(transforms, "imresize", lambda _, width, height, **__: (height, width))
    resize = ShortSideResize(short=short, longest=longest, multiple=multiple)
    for height, width in np.random.default_rng(0).integers(20, 3000, (500, 2)).tolist():
        empty = np.empty((height, width, 0))
        wanted = transforms.resize_short_within(empty, short, longest, multiple)
        found = resize.placement(zoo.ImageSize(height, width), zoo.ImageSize(300, 300))
        assert found.fills
        assert found.input == tuple(max(side, 1) for side in wanted)


def test_a_letterbox_for_pictures_that_need_not_shrink_is_gluoncvs(transforms, photographs):
    # of one grey, since GluonCV mixes up the channels of a colour
    size, resize = zoo.ImageSize(700, 1200), LetterboxResize(enlarge=False, fill=(7, 7, 7), rounded=True)
    for image in photographs:
        wanted, (left, top, width, height) = transforms.resize_contain(as_array(image), (1200, 700), 7)
        placement = resize.placement(zoo.ImageSize(*image.shape[:2]), size)
        assert placement == (size, (height, width), top, left)
        np.testing.assert_array_equal(resized(image, resize, placement), wanted.asnumpy())


@pytest.mark.parametrize("name", DETECTORS)
def test_every_name_resizes_as_gluoncvs_validation(name):
    resize = zoo.load_config(name).resize
    assert (resize.name, resize.interpolation, resize.rounded) == ("stretch", "auto", True)


@pytest.fixture(scope="module")
def theirs(gluoncv):
    """A network of GluonCV that is sure of much in a photograph, and of nothing in the same way."""
    network, rng = gluoncv.model(NAME), np.random.default_rng(0)
    network.initialize()
    images = mx.nd.array(rng.normal(size=(1, 3, 300, 300)))
    network(images)
    for name, parameter in network.collect_params().items():
        if name.endswith(("gamma", "var")):
            parameter.set_data(mx.nd.array(rng.uniform(0.8, 1.2, parameter.shape)))
        elif name.endswith("weight"):
            values = rng.normal(0, np.sqrt(2 / np.prod(parameter.shape[1:])), parameter.shape)
            parameter.set_data(mx.nd.array(values))
    for map_, predictor in zip(network.features(images), network.class_predictors, strict=True):
        weight = predictor.predictor.weight
        weight.set_data(weight.data() * (3 / predictor(map_).asnumpy().std()))
    return network


@pytest.fixture(scope="module")
def weights(theirs, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / f"{NAME}.params"
    theirs.save_parameters(str(path))
    return path


def assert_found_as_in_gluoncv(detector, network, photographs, tensor_of):
    """Ids and order equal, scores within 1e-5, boxes within .01 pixel of the photograph; equal scores have no order.

    Where cubic interpolation rounds a few of the pixels otherwise, this holds for what is found in GluonCV's pixels.
    """
    network.set_nms(nms_thresh=detector.config.nms.iou, nms_topk=detector.config.nms.top_k)
    exact = 0
    for image in photographs:
        tensor = tensor_of(image)
        ids, scores, boxes = (each[0].asnumpy() for each in network(tensor))
        kept = ids[:, 0] >= 0
        (height, width), size = tensor.shape[2:], zoo.ImageSize(*image.shape[:2])
        unit = np.clip(boxes[kept] / [width, height, width, height], 0, 1)
        pixels = np.abs(detector.network_input(image) - tensor[0].asnumpy())
        assert np.count_nonzero(pixels > 1e-6) < 1e-4 * pixels.size
        assert pixels.max() < 0.02  # a level of 255
        if same := pixels.max() < 1e-6:
            found = detector.predict(image)
        else:
            (probabilities,), (offsets,) = detector.engine(tensor.asnumpy())
            found = detector.read(probabilities, offsets, size)
        exact += same
        assert len(found.labels) > 10
        np.testing.assert_allclose(found.scores, scores[kept, 0], atol=1e-5)
        wanted = unit * np.tile(size[::-1], 2)
        for box, score, label in zip(found.boxes, found.scores, found.labels, strict=True):
            alike = (ids[kept, 0] == label) & (np.abs(scores[kept, 0] - score) < 1e-5)
            assert (alike & (np.abs(wanted - box) < 0.01).all(axis=1)).sum() == 1
    assert exact > 0


def test_photographs_as_in_gluoncvs_validation(theirs, weights, photographs, presets):
    transform = presets.SSDDefaultValTransform(300, 300)

    def tensor_of(image):
        return transform(as_array(image), np.zeros((1, 5)))[0].expand_dims(0)

    assert_found_as_in_gluoncv(zoo.load(weights), theirs, photographs, tensor_of)


@pytest.mark.slow
def test_photographs_as_in_gluoncvs_demo(theirs, weights, photographs, presets):
    detector = zoo.load(weights, {"resize": {"name": "short_side", "longest": 500}, "nms.top_k": 200})

    def tensor_of(image):
        return presets.transform_test(as_array(image), 300, 500)[0]

    assert_found_as_in_gluoncv(detector, theirs, photographs, tensor_of)


@pytest.mark.slow
def test_linear_stretching_was_something_else(weights, photographs):
    """What the setting is for: the same weights on the same photograph score otherwise."""
    ours, linear = zoo.load(weights), zoo.load(weights, {"resize": "stretch"})
    assert np.abs(ours.predict(photographs[1]).scores - linear.predict(photographs[1]).scores).max() > 0.001

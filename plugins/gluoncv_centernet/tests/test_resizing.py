"""Pictures come to the network, and boxes back to the picture, as GluonCV brings them for square inputs."""

import pickle

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.boxes.boxes import out_of_input
from zoo_core.data.pipeline.transforms import network_input
from zoo_core.parts.resizing import placed
from zoo_core.plugin_api import import_quietly, mx

SIZES = [(375, 500), (500, 333), (333, 500), (640, 427), (97, 61), (40, 41), (300, 300), (512, 512), (1000, 20), (1, 7)]


@pytest.fixture(scope="module")
def presets():
    return import_quietly("gluoncv.data.transforms.presets.center_net")


@pytest.fixture(scope="module")
def config():
    return zoo.load_config("center_net_resnet18_v1b_custom", {"input_size": 128})


@pytest.mark.parametrize("size", SIZES)
def test_pixels_and_boxes_are_gluoncvs(presets, config, size):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
    theirs, _ = presets.CenterNetDefaultValTransform(128, 128)(mx.nd.array(image, dtype="uint8"), np.zeros((0, 5)))
    mine = network_input(image, config.input_size, config.normalization, resize=config.resize)
    levels = np.abs(mine - theirs.asnumpy()) * np.reshape(config.normalization.std, (3, 1, 1)) * 255
    assert levels.max() < 1.01
    assert (levels > 0.01).mean() < 1e-4

    placement = placed(config.resize, zoo.ImageSize(*size), config.input_size)
    placement = pickle.loads(pickle.dumps(placement))  # noqa: S301  # it was made here
    pixels = rng.uniform(0, 128, (20, 4))
    back = presets.get_post_transform(size[1], size[0], 128, 128)
    affine = import_quietly("gluoncv.data.transforms.bbox").affine_transform
    expected = np.array([[*affine(box[:2], back), *affine(box[2:], back)] for box in pixels])
    found = out_of_input(pixels / 128, placement) * np.tile(size[::-1], 2)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * max(size))


def test_a_tall_picture_is_whole_in_an_oblong_input(presets, config):
    """GluonCV scales by the width of the input alone, and cuts off what is too high then."""
    image = np.zeros((400, 100, 3), np.uint8)
    image[:20] = image[-20:] = 255
    theirs, _ = presets.CenterNetDefaultValTransform(128, 64)(mx.nd.array(image, dtype="uint8"), np.zeros((0, 5)))
    mine = network_input(image, zoo.ImageSize(64, 128), config.normalization, resize=config.resize)
    black = network_input(image * 0, zoo.ImageSize(64, 128), config.normalization, resize=config.resize)
    assert np.abs(theirs.asnumpy() - black).max() < 1e-5
    assert np.abs(mine - black)[:, [0, -1]].max(axis=(0, 2)).min() > 0.1

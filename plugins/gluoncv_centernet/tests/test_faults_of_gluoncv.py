"""What goes wrong in GluonCV's CenterNet, and not here; more is in the tests of the encoder, the loss and resizing."""

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.plugin_api import import_quietly, mx, place

pytestmark = pytest.mark.slow  # a library that is retired keeps its faults

NAME = "center_net_resnet18_v1b_voc"


def test_at_300_pixels_its_targets_are_for_another_map_than_its_network_has():
    network = import_quietly("gluoncv.model_zoo").get_model(NAME, pretrained_base=False)
    heatmap = network.heads[0](network.base_network(mx.sym.var("data")))
    assert heatmap.infer_shape(data=(1, 3, 300, 300))[1] == [(1, 20, 80, 80)]
    presets = import_quietly("gluoncv.data.transforms.presets.center_net")
    assert presets.CenterNetDefaultTrainTransform(300, 300, 20)._target_generator._output_width == 75
    config = zoo.load_config(NAME, {"input_size": 300})
    assert {(level.height, level.width) for level in place(config.anchors, zoo.plan(config)).levels} == {(80, 80)}


def test_an_object_at_the_border_ends_before_it():
    presets = import_quietly("gluoncv.data.transforms.presets.center_net")
    image, label = mx.nd.zeros((512, 512, 3), dtype="uint8"), np.array([[0, 0, 512, 512, 3]], np.float32)
    _, boxes = presets.CenterNetDefaultValTransform(512, 512)(image, label)
    assert boxes[0, :4].tolist() == [0, 0, 511, 511]
    config = zoo.load_config(NAME, {"input_size": 64})
    anchors, encoder = place(config.anchors, zoo.plan(config)), zoo.make(config.targets)
    targets = encoder.encode(anchors, [[0, 0, 1, 1]], [3])
    (matched,) = np.flatnonzero(targets.classes)
    np.testing.assert_array_equal(encoder.decode(targets.offsets, anchors)[matched], [0, 0, 1, 1])


def test_its_decoder_takes_no_more_than_256_images():
    decoder = import_quietly("gluoncv.nn.coder").CenterNetDecoder(topk=2)
    arrays = [mx.nd.random.uniform(shape=(257, channels, 4, 4)) for channels in (3, 2, 2)]
    assert decoder(*(each[:256] for each in arrays))[0].shape == (256, 2)
    with pytest.raises(mx.base.MXNetError):
        decoder(*arrays)[0].asnumpy()

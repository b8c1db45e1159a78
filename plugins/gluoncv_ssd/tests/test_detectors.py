"""The registered detectors against GluonCV's networks of the same name, and what needs no MXNet."""

import subprocess
import sys

import numpy as np
import pytest

from zoo_core.components import ImageSize
from zoo_core.config import DetectorConfig
from zoo_core.describing import describe_settings
from zoo_core.gluon import mx
from zoo_core.planning import plan
from zoo_core.registry import Registry, default_registry, make
from zoo_gluoncv_ssd import plugin
from zoo_gluoncv_ssd.detectors import DETECTORS


def config_of(name, **overrides):
    return DetectorConfig.model_validate({**DETECTORS[name], **overrides})


@pytest.mark.parametrize(
    ("name", "side", "count"),
    [
        ("ssd_300_vgg16_atrous_voc", 300, 8732),
        ("ssd_300_vgg16_atrous_voc", 512, 24656),
        ("ssd_512_vgg16_atrous_voc", 512, 24564),
        ("ssd_512_mobilenet1.0_voc", 512, 6132),
        ("ssd_512_mobilenet1.0_voc", 256, 1536),
    ],
)
def test_outputs_of_the_table(name, side, count):
    shapes = plan(config_of(name, input_size=side))
    assert shapes.anchor_count == count
    assert shapes.score_shape == (count, 21)
    assert shapes.offset_shape == (count, 4)


@pytest.mark.parametrize("name", DETECTORS)
def test_anchors_predictors_and_classes_are_those_of_gluoncv(gluoncv, name):
    config, theirs = config_of(name), gluoncv.model(name)
    shapes = plan(config)
    anchors = make(config.anchors)(shapes.feature_maps, config.input_size)
    theirs.collect_params(".*anchor_").initialize()
    native = [
        generator(mx.nd.zeros((1, 1, each.height, each.width)))[0].asnumpy()
        for generator, each in zip(theirs.anchor_generators, shapes.feature_maps, strict=True)
    ]
    np.testing.assert_array_equal(anchors.boxes, np.concatenate(native))
    assert tuple(generator.num_depth for generator in theirs.anchor_generators) == shapes.anchors_per_cell
    assert config.classes == tuple(theirs.classes)


def test_the_notebooks_size_is_refused_with_the_smallest_that_works():
    with pytest.raises(ValueError, match="256x256 is too small: backbone 'vgg16_atrous' needs at least 257x257"):
        config_of("ssd_300_vgg16_atrous_voc", input_size=256)
    assert plan(config_of("ssd_300_vgg16_atrous_voc", input_size=257)).input_size == ImageSize(257, 257)


@pytest.mark.parametrize("component", plugin.zoo_components(), ids=lambda component: component.name)
def test_components_are_described_and_registered(component):
    assert component.summary.endswith(".")
    assert component.source
    assert default_registry().component(component.kind, component.name) == component
    assert all(line.meaning for line in describe_settings(component.settings))


def test_the_light_halves_import_neither_numpy_nor_mxnet():
    program = (
        "import sys, zoo_gluoncv_ssd.plugin as plugin; plugin.zoo_components(); plugin.zoo_detectors(); "
        "sys.exit(','.join({'numpy', 'mxnet', 'gluoncv'} & sys.modules.keys()) or None)"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)


def test_it_can_be_registered_by_hand():
    registry = Registry()
    registry.register(plugin, "gluoncv-ssd")
    assert registry.detectors().keys() == DETECTORS.keys()

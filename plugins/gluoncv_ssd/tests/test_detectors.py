"""The registered detectors against GluonCV's networks of the same name, and what needs no MXNet."""

import subprocess
import sys

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.plan import plan
from zoo_core.parts.description import describe_settings
from zoo_core.plugin_api import ImageSize, default_registry, make, mx
from zoo_core.registry.registry import Registry
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
        ("ssd_300_resnet34_v1b_voc", 300, 8732),
        ("ssd_300_mobilenet0.25_voc", 300, 2268),
        ("ssd_512_resnet152_v2_voc", 512, 24564),
    ],
)
def test_outputs_of_the_table(name, side, count):
    shapes = plan(config_of(name, input_size=side))
    assert shapes.anchor_count == count
    assert shapes.score_shape == (count, 21)
    assert shapes.offset_shape == (count, 4)


def test_the_names_are_gluoncvs_and_the_one_that_it_forgot(gluoncv):
    registered = {name for name in gluoncv.registered() if name.startswith("ssd_") and not name.endswith("_int8")}
    assert set(DETECTORS) == registered | {"ssd_512_resnet18_v1_custom"}
    assert "ssd_512_resnet18_v1_custom" not in registered


QUICK = {
    *("ssd_300_vgg16_atrous_voc", "ssd_512_vgg16_atrous_coco", "ssd_512_resnet50_v1_custom"),
    *("ssd_512_mobilenet1.0_voc", "ssd_300_mobilenet1.0_lite_coco", "ssd_300_mobilenet0.25_coco"),
}
"""Every rule of anchors, and classes of every kind."""


@pytest.mark.parametrize(
    "name", [each if each in QUICK else pytest.param(each, marks=pytest.mark.slow) for each in DETECTORS]
)
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
    assert config.head.kernel == theirs.class_predictors[0].predictor._kwargs["kernel"][0]


def covered(config):
    """Which share of the image the anchors' centres span."""
    placed = make(config.anchors)(plan(config).feature_maps, config.input_size)
    first_map = placed.boxes[: plan(config).anchors_per_map[0]]
    return first_map[:, 0].max() / config.input_size.width


def test_mobilenet_of_a_quarter_covers_the_image_when_it_is_told_to():
    """GluonCV gives step 8 to a map of stride 16, and so do weights that were trained with it."""
    name = "ssd_300_mobilenet0.25_voc"
    assert covered(config_of(name)) < 0.55
    right = config_of(name, anchors={**DETECTORS[name]["anchors"], "steps": None})
    assert covered(right) > 0.95
    assert plan(right).anchor_count == 2268


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


@pytest.mark.slow  # `tests/rooms` has them with the others
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


@pytest.mark.parametrize(("ending", "every"), [("voc", 1), ("custom", 1), ("coco", 10)])
def test_they_score_on_the_way_as_train_ssd_does(ending, every):
    """Which sets --val-interval to 10 for COCO."""
    named = [name for name in DETECTORS if name.endswith(ending)]
    assert {zoo.load_config(name).training.score_every for name in named} == {every}

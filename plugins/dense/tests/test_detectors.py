"""The registered detectors: what they are made of, and that one of each family does all that a detector does."""

import math

import numpy as np
import pytest

import zoo_core as zoo
from tests.by_heart import learns_by_heart
from zoo_core.engines.params_file import read_params
from zoo_core.plugin_api import ImageSize
from zoo_core.training.loop import TrainingLoop
from zoo_core.training.session import batches_for
from zoo_dense.detectors import DETECTORS
from zoo_dense.retinanet_settings import RetinaNetAnchorSettings

SMALL = ("retinanet_256_mobilenet0.25_custom", "fcos_256_mobilenet0.25_custom")
SHAPES = {
    "classes": ["circle", "square", "triangle"],
    "input_size": "96x128",
    "data": {"name": "shapes", "train_images": 6, "validation_images": 1},
    "training.epochs": 2,
    "training.batch_size": 2,
    "training.workers": 0,
    "training.warmup_steps": 0,
}


class StoppedError(Exception):
    """Stops a training."""


@pytest.mark.parametrize("name", DETECTORS)
def test_they_are_valid_and_their_anchors_are_those_of_the_papers(name):
    config = zoo.load_config(name)
    plan = zoo.plan(config)
    side = config.input_size.width
    assert [map_.stride for map_ in plan.feature_maps] == [8, 16, 32, 64, 128]
    assert [map_.width for map_ in plan.feature_maps] == [side // 8, side // 16, side // 32, side // 64, side // 128]
    assert set(plan.anchors_per_cell) == ({9} if name.startswith("retinanet") else {1})


@pytest.mark.parametrize("name", SMALL)
def test_every_weight_learns(name):
    detector = zoo.build(name, {**SHAPES, "training.augmentation": [], "training.epochs": 1})
    parameters = detector.engine.network._collect_params_with_prefix()
    fresh = {each: value.data().asnumpy() for each, value in parameters.items()}
    batches = batches_for(detector, zoo.dataset(detector.config, "train"))
    steps = list(TrainingLoop(detector.config, detector.engine, batches).steps())
    assert all(math.isfinite(step.loss) and min(step.class_loss, step.box_loss) > 0 for step in steps)
    assert not {each for each, value in parameters.items() if (value.data().asnumpy() == fresh[each]).all()}


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_it_learns_a_few_pictures_by_heart(name):
    overrides = {
        **SHAPES,
        "input_size": "128x128",
        "data.train_images": 4,
        "training.epochs": 80,
        "training.batch_size": 4,
        "training.learning_rate": 0.002,
        "training.augmentation": [],
    }
    learns_by_heart(zoo.build(name, overrides))


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_a_stopped_training_goes_on_bit_for_bit(name, tmp_path):
    straight = zoo.train(name, tmp_path / "straight", SHAPES)

    def stop(step):
        if step.number == 4:  # in the second epoch
            raise StoppedError

    with pytest.raises(StoppedError):
        zoo.train(name, tmp_path / "stopped", SHAPES, watch=stop)
    resumed = zoo.resume(tmp_path / "stopped")
    expected, found = (read_params(run.folder / "weights.params") for run in (straight, resumed))
    assert expected.keys() == found.keys()
    for parameter, values in expected.items():
        np.testing.assert_array_equal(values, found[parameter], err_msg=parameter)


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_it_is_exported(name, tmp_path):
    detector = zoo.build(name, {"input_size": "96x128", "nms.score": 0.001})
    assert zoo.export(detector, tmp_path / "detector.onnx").parity.detections > 20


def test_points_reach_the_objects_around_them():
    """However little they overlap them; an object between all points is not reached."""
    name = "fcos_256_mobilenet0.25_custom"
    everything, nothing = (
        zoo.check_anchors(zoo.load_config(name, {**SHAPES, "targets.radius": radius})) for radius in (None, 0.001)
    )
    assert everything.threshold == 0
    assert everything.overall.reached == everything.overall.objects > 5
    assert nothing.overall.missed == nothing.overall.objects
    assert nothing.overall.reached == 0


def test_any_backbone_serves():
    """One with other strides and more maps, and further maps only as needed."""
    overrides = {
        "backbone": "mobilenet1.0",
        "neck.extra_maps": 0,
        "anchors.sizes": [64, 128, 192, 256, 320, 384],
        "input_size": "300x400",
    }
    config = zoo.load_config("retinanet_512_resnet18_v1_custom", overrides)
    assert [map_.channels for map_ in zoo.plan(config).feature_maps] == [256] * 6


def test_anchors_are_fitted_with_their_scales_kept():
    settings = RetinaNetAnchorSettings(sizes=(30, 60))
    near, oblong = settings.fitted([[(10, 40), (40, 10), (20, 20)] * 3, []], ImageSize(100, 100))
    scales = np.array(settings.scales)
    np.testing.assert_allclose(math.prod(near.sizes[0] * scales) ** (1 / 3), 20, rtol=0.01)
    assert near.sizes[1] == 60  # nothing is of its size
    assert (near.ratios, near.scales, oblong.scales) == (settings.ratios, settings.scales, settings.scales)
    np.testing.assert_allclose(oblong.ratios, [1, 4, 0.25], rtol=0.01)

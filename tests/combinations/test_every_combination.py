"""Any backbone with any anchors, any encoder and any loss: builds, learns a step, predicts."""

import itertools
import math

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.config.loading import load_config
from zoo_core.engines.gluon.engine import GluonEngine
from zoo_core.training.loop import TrainingLoop
from zoo_core.training.session import batches_for

# Not square, so that height and width cannot be mixed up anywhere.
BACKBONES = {
    "tinyssd": ("64x96", 5),
    "vgg16_atrous": ("260x300", 6),
    "mobilenet1.0": ("96x128", 6),
}
ANCHORS = ["multibox_prior", "ssd"]
ENCODERS = ["multibox", "ssd"]
LOSSES = ["multibox", "ssd_multibox"]


def anchors_for(name, maps):
    shares = np.linspace(0.2, 1.1, maps + 1)
    if name == "multibox_prior":
        return {"name": name, "sizes": [[each, each * 1.2] for each in shares[:-1].tolist()]}
    return {"name": name, "sizes": (100 * shares).tolist(), "ratios": [[1, 2, 0.5]] * maps}


def configuration(backbone, anchors, encoder, loss):
    size, maps = BACKBONES[backbone]
    return load_config(
        {
            "classes": ["circle", "square", "triangle"],
            "input_size": size,
            "backbone": backbone,
            "anchors": anchors_for(anchors, maps),
            "targets": encoder,
            "loss": loss,
            "data": {"name": "shapes", "train_images": 2, "validation_images": 1},
            "training": {"epochs": 1, "batch_size": 2, "learning_rate": 0.001, "workers": 0},
        }
    )


def combinations():
    """All of them; quick are those with TinySSD in which every two other parts meet."""
    for backbone, *parts in itertools.product(BACKBONES, ANCHORS, ENCODERS, LOSSES):
        of_ssd = [each.startswith("ssd") for each in parts]
        quick = backbone == "tinyssd" and sum(of_ssd) % 2 == 0
        yield pytest.param(backbone, *parts, marks=() if quick else pytest.mark.slow)


@pytest.mark.parametrize(("backbone", "anchors", "encoder", "loss"), list(combinations()))
def test_builds_learns_a_step_and_predicts(backbone, anchors, encoder, loss):
    config = configuration(backbone, anchors, encoder, loss)
    detector = zoo.build(config)
    before = weights_of(detector.engine)
    batches = batches_for(detector, zoo.dataset(config, "train"))
    (step,) = TrainingLoop(config, detector.engine, batches).steps()
    assert math.isfinite(step.loss)
    assert step.box_loss > 0
    assert any((weights_of(detector.engine)[name] != values).any() for name, values in before.items())
    image = zoo.dataset(config)[0].image
    found = detector.predict(image)
    assert np.isfinite(found.boxes).all()
    assert (found.boxes >= 0).all()
    assert (found.boxes[:, [0, 2]] <= image.shape[1]).all()


COMBINATIONS = list(itertools.product(BACKBONES, ANCHORS, ENCODERS))
QUICK = ("tinyssd", "ssd", "ssd")


@pytest.mark.parametrize(
    "parts", [pytest.param(each, marks=[] if each == QUICK else [pytest.mark.slow]) for each in COMBINATIONS], ids=str
)
def test_is_exported(parts, sure_detector, tmp_path):
    config = configuration(*parts, "multibox")
    report = zoo.export(sure_detector(config), tmp_path / "detector.onnx")
    assert report.parity.detections > 20


def one_of_each_network():
    """A registered detector of each network: those for other data sets are the same with more or fewer classes."""
    return {name.rpartition("_")[0]: name for name in sorted(zoo.detectors())}.values()


@pytest.mark.slow
@pytest.mark.parametrize("name", one_of_each_network())
def test_registered_detectors_are_exported(name, sure_detector, tmp_path):
    report = zoo.export(sure_detector(name), tmp_path / "detector.onnx")
    assert report.parity.detections > 20


@pytest.mark.slow
@pytest.mark.parametrize(
    ("network", "outputs"),
    [
        ("squeezenet1.1", ["relu12_fwd", "relu25_fwd"]),
        ("densenet121", ["relu3_fwd", "relu4_fwd"]),
        ("resnet18_v2", ["stage4_activation0", "relu1_fwd"]),
        ("vgg11_bn", ["relu5_fwd", "relu7_fwd"]),
    ],
)
def test_expanded_networks_are_exported(network, outputs, sure_detector, tmp_path):
    table = {
        "classes": ["circle", "square"],
        "input_size": "96x128",
        "backbone": {"name": "expander", "network": network, "outputs": outputs, "extra_channels": [32]},
        "anchors": anchors_for("ssd", 3),
        "targets": "ssd",
        "loss": "ssd_multibox",
    }
    report = zoo.export(sure_detector(table), tmp_path / "detector.onnx")
    assert report.parity.detections > 20


def weights_of(engine: GluonEngine):
    parameters = engine.network._collect_params_with_prefix()
    return {name: value.data().asnumpy() for name, value in parameters.items() if "predictors" in name}


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("anchors", ANCHORS)
def test_encoders_agree_on_any_anchors_up_to_their_rules(anchors, encoder):
    """One object that is exactly an anchor: whatever the formats, that anchor gets it with no offset."""
    config = configuration("tinyssd", anchors, encoder, "multibox")
    placed = zoo.make(config.anchors)(zoo.plan(config).feature_maps, config.input_size)
    inside = placed.to(zoo.BoxFormat.CORNER_UNIT).boxes
    chosen = int(np.flatnonzero((inside.min(1) >= 0) & (inside.max(1) <= 1))[0])
    targets = zoo.make(config.targets).encode(placed, inside[chosen : chosen + 1], [1])
    assert targets.classes[chosen] == 2
    np.testing.assert_allclose(targets.offsets[chosen], 0, atol=1e-4)

"""Detectors on PyTorch against the same on MXNet: outputs, losses, gradients, running statistics, weights."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import zoo_core as zoo
from tests.sampling import one_in
from tests.tiny import SMALL_SHAPES
from zoo_core.boxes.protocols import Targets
from zoo_core.config.detector import DetectorConfig
from zoo_core.data.pipeline.batches import Batch
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.engine import GluonEngine
from zoo_core.engines.network_graph import NetworkGraph
from zoo_core.engines.torch.engine import TorchEngine
from zoo_core.engines.torch.opening import torch_engine

SMALL = ("input_size", "backbone.channels", "anchors.sizes")
TINY = {**{name: SMALL_SHAPES[name] for name in SMALL}, "device": "cpu"}


def both(config: DetectorConfig) -> tuple[GluonEngine, TorchEngine]:
    return GluonEngine(config), torch_engine(config)


def tiny(**overrides: Any) -> DetectorConfig:
    return zoo.load_config("tinyssd_shapes", {**TINY, **overrides})


def batch_for(config: DetectorConfig, images: int = 3) -> Batch:
    rng = np.random.default_rng(0)
    anchors = zoo.plan(config).anchor_count
    classes = rng.integers(-1, len(config.classes) + 1, (images, anchors)).astype(np.int32)
    classes[rng.random(classes.shape) < 0.9] = 0
    classes[-1] = 0  # an image without objects
    mask = np.repeat((classes > 0)[..., None], 4, -1).astype(np.float32)
    offsets = rng.normal(size=mask.shape).astype(np.float32) * mask
    pixels = rng.normal(size=(images, 3, *config.input_size)).astype(np.float32)
    return Batch(pixels, Targets(classes, offsets, mask), ())


def require_close(ours: Any, theirs: Any, tolerance: float, what: str = "") -> None:
    largest = float(np.abs(theirs).max(initial=0)) or 1.0
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance * largest, err_msg=what)


NAMES = ["ssd_300_mobilenet0.25_voc", "tinyssd_256_voc", "ssd_512_resnet18_v1_voc", "ssd_300_mobilenet1.0_lite_coco"]
REST = sorted(set(zoo.detectors()) - set(NAMES))


# Group norms: with ResNet-50, MXNet's own numbers are 1.2e-5 away from float64, PyTorch's .8e-5.
OF_GROUP_NORMS = ("fcos_", "retinanet_")


def require_same_outputs(name: str, size: str | None = None) -> None:
    overrides = {"device": "cpu", **({"input_size": size} if size else {})}
    if name.endswith("_custom"):
        overrides["classes"] = ["cat", "dog"]
    config = zoo.load_config(name, overrides)
    theirs, ours = both(config)
    images = np.random.default_rng(1).normal(size=(1, 3, *config.input_size)).astype(np.float32)
    for here, there in zip(ours.outputs(images), theirs.outputs(images), strict=True):
        require_close(here, there, 3e-5 if name.startswith(OF_GROUP_NORMS) else 1e-5, name)
    assert ours.network.state_dict().keys() == theirs.arrays().keys()


@pytest.mark.parametrize("name", NAMES[:1])
def test_a_registered_detector_says_the_same(name: str) -> None:
    require_same_outputs(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*NAMES[1:], *REST])
def test_every_other_registered_detector_says_the_same(name: str) -> None:
    require_same_outputs(name)


@pytest.mark.parametrize("size", one_in(2, ["71x93", "128x64"]))
def test_sizes_that_are_odd_or_not_square(size: str) -> None:
    require_same_outputs("tinyssd_256_voc", size)


LOSSES = {
    "tinyssd": {},
    "mined": {"loss.negative_mining_ratio": 3},
    "gluoncv": {"loss": "ssd_multibox"},
}


def learned(engine: Any, config: DetectorConfig, batch: Batch, steps: int = 1) -> tuple[list[float], Any]:
    learner = engine.learner(config, len(batch.images))
    losses = []
    for _ in range(steps):
        losses += learner.forward_backward(batch)
        learner.step(0.05, 1)
    return losses, learner


def learned_alike(theirs: Any, ours: Any, config: DetectorConfig, steps: int) -> tuple[Any, Any]:
    """The learners of two engines after some steps on one batch, whose losses and names of arrays are equal."""
    batch = batch_for(config)
    (lost_there, there), (lost_here, here) = (learned(each, config, batch, steps) for each in (theirs, ours))
    np.testing.assert_allclose(lost_here, lost_there, rtol=2e-5)
    assert here.arrays().keys() == there.arrays().keys()
    return there, here


@pytest.mark.parametrize("loss", LOSSES)
def test_a_step_of_training_is_the_same(loss: str) -> None:
    config = tiny(**LOSSES[loss])
    learner_there, learner_here = learned_alike(*both(config), config, 2)
    there, here = learner_there.arrays(), learner_here.arrays()
    for name in there:
        if not without_effect(name):
            require_close(here[name], there[name], 2e-3 if name.startswith("optimizer.") else 2e-4, name)
    assert learner_here.state() == learner_there.state()


def without_effect(name: str) -> bool:
    """Whether a weight is the bias of a convolution before a batch norm, which takes it out again.

    Its true gradient is 0, so what an engine computes for it is rounding alone.
    """
    return name.endswith(".bias") and "backbone." in name


def test_gradients_in_float64_are_those_of_mxnet() -> None:
    """In float32 the order of sums decides some digits; in float64 what is left is whether the graphs are equal."""
    config = tiny()
    theirs, ours = both(config)
    batch = batch_for(config)
    ours.network.double().train()
    outputs = ours.network(torch.from_numpy(batch.images).double())
    pulls = [np.cos(np.arange(each.numel(), dtype=np.float64)).reshape(each.shape) for each in outputs]
    torch.autograd.backward(outputs, [torch.from_numpy(each) for each in pulls])
    theirs.network.cast("float64")
    with mx.autograd.record():
        found = theirs.network(mx.nd.array(batch.images, dtype="float64"))
    mx.autograd.backward(list(found), [mx.nd.array(each, dtype="float64") for each in pulls])
    parameters = theirs.network._collect_params_with_prefix()
    for name, weight in ours.network.named_parameters():
        if not without_effect(name):
            require_close(weight.grad.numpy(), parameters[name].grad().asnumpy(), 1e-10, name)


@pytest.mark.parametrize(
    ("optimizer", "way"), one_in(3, product(["sgd", "adam"], ["mxnet to torch", "torch to mxnet"]))
)
def test_a_training_goes_on_with_the_other_engine(optimizer: str, way: str) -> None:
    config = tiny(**{"training.optimizer": optimizer, "training.ema_decay": 0.9})
    first, second = both(config) if way == "mxnet to torch" else reversed(both(config))
    batch = batch_for(config)
    _, learner = learned(first, config, batch, 2)
    goes_on = second.learner(config, 3)
    goes_on.restore(learner.arrays(), learner.state(), Path("checkpoint"))
    stays, goes = learner.forward_backward(batch), goes_on.forward_backward(batch)
    np.testing.assert_allclose(goes, stays, rtol=2e-5)
    for each in (learner, goes_on):
        each.step(0.05, 1)
    there, here = learner.arrays(), goes_on.arrays()
    assert here.keys() == there.keys()
    for name in there:
        if not without_effect(name) and "running_mean" not in name:  # which has that bias in it
            require_close(here[name], there[name], 5e-3, name)


@pytest.mark.parametrize(("wanted", "found"), [("float32", "float32"), ("auto", "bfloat16")])
def test_a_training_goes_on_in_the_precision_that_is_asked_for(wanted: str, found: str) -> None:
    """What was measured where it began stays, unless somebody says otherwise."""
    learner = torch_engine(tiny()).learner(tiny(), 3)
    goes_on = torch_engine(tiny()).learner(tiny(**{"training.precision": wanted}), 3)
    goes_on.restore(learner.arrays(), replace(learner.state(), precision="bfloat16"), Path("checkpoint"))
    assert goes_on.precision == found


S = mx.sym
SCORES, OFFSETS = S.var("scores"), S.var("offsets")
LOSSES_THAT_CANNOT_BE = {
    r"loss 'multibox': cut: the operator SequenceMask of MXNet cannot be run on PyTorch": S.SequenceMask(
        SCORES, name="cut"
    ),
    r"loss 'multibox' cannot be computed on PyTorch: ": S.dot(SCORES, OFFSETS),
    r"loss 'multibox' gives .* for 2 images, and should give two numbers each": SCORES,
}


@pytest.mark.parametrize("reason", LOSSES_THAT_CANNOT_BE)
def test_a_loss_that_cannot_be_computed_is_told_before_training_and_hinders_nothing_else(reason: str) -> None:
    config = tiny()
    engine = torch_engine(config)
    inputs = engine._graphs.loss.inputs
    graph = NetworkGraph.from_json(LOSSES_THAT_CANNOT_BE[reason].tojson(), inputs)
    engine._graphs = replace(engine._graphs, loss=graph)
    assert engine.outputs(np.zeros((1, 3, 64, 64), np.float32))
    with pytest.raises(zoo.RunError, match=reason):
        engine.learner(config, 3)


def test_a_configuration_that_wants_mxnet_says_what_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zoo_core.config.engines.has_mxnet", lambda: False)
    with pytest.raises(zoo.MissingPackageError, match=r"says engine: mxnet, .* but PyTorch does: --engine torch"):
        zoo.build(tiny(engine="mxnet"))


def test_frozen_weights_stay() -> None:
    config = tiny(**{"weights.freeze": ["backbone"]})
    engine = torch_engine(config)
    before = engine.network.arrays()
    learned(engine, config, batch_for(config))
    after = engine.network.arrays()
    changed = {name for name in before if (before[name] != after[name]).any()}
    assert any(name.startswith("class_predictors") for name in changed)
    assert all("running" in name for name in changed if name.startswith("backbone"))


def test_dropout_depends_on_the_seed_of_the_step_alone() -> None:
    config = tiny()
    engine = torch_engine(config)
    learner = engine.learner(config, 3)
    drawn = []
    for _ in range(2):
        learner.seed(7)
        drawn.append(torch.rand(3))
    assert bool((drawn[0] == drawn[1]).all())


@pytest.mark.parametrize(
    ("device", "reason"),
    [("cuda:7", "'gpu:7' is not here: PyTorch sees"), ("cpu:0,cpu:1", "computes on one"), ("mps", "GPU of a Mac")],
)
def test_a_device_that_is_not_here_is_refused(device: str, reason: str) -> None:
    with pytest.raises(zoo.ConfigError, match=reason):
        torch_engine(tiny(device=device))


def test_a_detector_on_pytorch_is_exported(tmp_path: Path) -> None:
    overrides = {**TINY, "engine": "torch", "data.image_size": 64, "data.validation_images": 2}
    detector = zoo.build("tinyssd_shapes", overrides)
    zoo.export(detector, tmp_path / "detector.onnx")
    picture = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    here, there = detector.predict(picture), zoo.load(tmp_path / "detector.onnx").predict(picture)
    np.testing.assert_allclose(np.sort(here.scores), np.sort(there.scores), atol=1e-5)

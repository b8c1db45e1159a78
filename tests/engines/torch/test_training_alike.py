"""Training on PyTorch against MXNet: a hundred steps from equal weights and batches, and what comes of it."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import zoo_core as zoo
from zoo_core.engines.gluon import mx
from zoo_core.engines.gluon.engine import GluonEngine
from zoo_core.engines.torch.opening import torch_engine
from zoo_core.prediction.detector import Detector
from zoo_core.prediction.engine import Engine
from zoo_core.training.batches import batches_for
from zoo_core.training.loop import TrainingLoop

SETTINGS = {
    "device": "cpu",
    "input_size": "64x64",
    "backbone.channels": [8] * 6,
    "data.train_images": 64,
    "data.image_size": 64,
    "training.precision": "float32",
    "training.batch_size": 8,
    "training.epochs": 13,
    "training.workers": 1,
}
STEPS = 100


def losses_of(engine: Engine, config: zoo.DetectorConfig) -> NDArray[np.float64]:
    detector = Detector(config, engine)
    steps = TrainingLoop(config, engine, batches_for(detector, zoo.dataset(config, "train"))).steps()
    return np.array([step.loss for step in islice(steps, STEPS)])


def weights_of(engine: GluonEngine) -> NDArray[np.float32]:
    arrays = engine.arrays()
    return np.concatenate([arrays[name].ravel() for name in sorted(arrays)])


@pytest.mark.slow
def test_a_hundred_steps_are_as_near_as_rounding_allows() -> None:
    """Small differences grow in any training, so MXNet is also held to itself, from weights moved by 1e-7 of them."""
    config = zoo.load_config("tinyssd_shapes", SETTINGS)
    mxnet, moved, torch = GluonEngine(config), GluonEngine(config), torch_engine(config)
    rng = np.random.default_rng(0)
    for parameter in moved.network.collect_params().values():
        values = parameter.data().asnumpy()
        factors = 1 + 1e-7 * rng.normal(size=values.shape)
        parameter.set_data(mx.nd.array((values * factors).astype(np.float32)))
    expected, rounded, found = (losses_of(each, config) for each in (mxnet, moved, torch))
    apart, by_rounding = (np.abs(each - expected) / expected for each in (found, rounded))
    assert expected[-20:].mean() < expected[:20].mean() / 1.5  # it learns
    assert apart[:6].max() < 5e-6  # measured: 5e-7
    assert apart.max() < 0.2  # .076, and MXNet .079 from itself
    assert abs(found[-20:].mean() / expected[-20:].mean() - 1) < 0.03  # .003, and .010
    assert apart.max() < 3 * by_rounding.max()
    end, *others = (weights_of(each) for each in (mxnet, moved, torch))
    of_itself, of_torch = (float(np.linalg.norm(each - end) / np.linalg.norm(end)) for each in others)
    assert of_torch < 1.5 * of_itself  # .28 and .30 of their length


def test_what_pytorch_has_trained_detects_the_same_on_mxnet(tmp_path: Path) -> None:
    config = zoo.load_config("tinyssd_shapes", {**SETTINGS, "nms.score": 0.01})
    trained = Detector(config, torch_engine(config))
    images = zoo.dataset(config, "train")
    for _ in islice(TrainingLoop(config, trained.engine, batches_for(trained, images)).steps(), 8):
        pass
    trained.engine.save(tmp_path / "weights.params")
    loaded = Detector(config, GluonEngine(config, tmp_path / "weights.params"))
    pictures = [images[index].image for index in range(4)]
    for ours, theirs in zip(trained.find(pictures), loaded.find(pictures), strict=True):
        assert len(ours.labels) > 10
        np.testing.assert_allclose(ours.scores, theirs.scores, atol=1e-5)
        last = theirs.scores[-1] + 2e-5  # equal scores have no order: of them, others may be the last that are kept
        for box, score, label in zip(ours.boxes, ours.scores, ours.labels, strict=True):
            alike = (theirs.labels == label) & (np.abs(theirs.scores - score) < 1e-5)
            assert (alike & (np.abs(theirs.boxes - box) < 1e-3).all(axis=1)).sum() == 1 or score < last

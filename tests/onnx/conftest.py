"""Detectors that are sure of something without having been trained."""

from __future__ import annotations

import numpy as np
import pytest

import zoo_core as zoo
from zoo_core.config_files import load_config
from zoo_core.gluon import mx

TINY = {
    "classes": ["circle", "square", "triangle"],
    "input_size": "64x96",
    "backbone": {"name": "tinyssd", "channels": [4, 8, 8, 8]},
    "anchors": {"name": "multibox_prior", "sizes": [[0.2, 0.3], [0.4, 0.5], [0.8, 0.9]]},
    "targets": "multibox",
    "loss": "multibox",
    "data": {"name": "shapes", "train_images": 2, "validation_images": 2},
}
"""Not square, so that height and width cannot be mixed up anywhere."""


def sure_detector(table, overrides=None, seed=0):
    """A detector whose scores differ far more than rounding does: with new weights all would be nearly equal."""
    detector = zoo.build(load_config(table, overrides))
    rng = np.random.default_rng(seed)
    network = detector.engine.network
    for predictors, scale in ((network.class_predictors, 4.0), (network.box_predictors, 1.0)):
        for layer in predictors:
            weight = layer.weight.data()
            spread = scale / np.sqrt(np.prod(weight.shape[1:]))
            layer.weight.set_data(mx.nd.array(rng.normal(scale=spread, size=weight.shape)))
    for name, parameter in network.collect_params().items():
        if name.endswith(("running_mean", "running_var")):  # as if it had seen data
            low = 0.5 if name.endswith("var") else -0.2
            parameter.set_data(mx.nd.array(rng.uniform(low, low + 0.4, parameter.shape)))
    return detector


@pytest.fixture(scope="session")
def tiny():
    return sure_detector(TINY)


@pytest.fixture(scope="session")
def tiny_file(tiny, tmp_path_factory):
    path = tmp_path_factory.mktemp("exported") / "tiny.onnx"
    zoo.export(tiny, path)
    return path


@pytest.fixture
def picture():
    rng = np.random.default_rng(5)
    return rng.integers(0, 256, (12, 17, 3), dtype=np.uint8).repeat(7, 0).repeat(9, 1)

"""Strangers' networks and losses are trained, kept and read on PyTorch as on MXNet, also where MXNet is missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zoo_core as zoo
from tests.engines.torch import strangers
from tests.engines.torch.test_engine import learned_alike, require_close
from zoo_core.config.detector import DetectorConfig
from zoo_core.engines.gluon.engine import GluonEngine
from zoo_core.engines.torch.opening import torch_engine
from zoo_core.registry.registry import default_registry

SETTINGS = {
    "classes": ["circle", "square", "triangle"],
    "input_size": "16x24",
    "backbone": "strange",
    "anchors": {"name": "multibox_prior", "sizes": [[0.2, 0.3], [0.6, 0.8]]},
    "targets": "multibox",
    "loss": "strange",
    "device": "cpu",
}
UNREACHED = ("backbone.double", "backbone.fixed", "backbone.norm.beta", "backbone.norm.gamma", "backbone.output.weight")


@pytest.fixture(autouse=True)
def _strangers() -> Iterator[None]:
    default_registry.cache_clear()
    default_registry().register(strangers, "strangers")
    yield
    default_registry.cache_clear()


def config(**overrides: Any) -> DetectorConfig:
    return zoo.load_config(SETTINGS, overrides)


@pytest.mark.filterwarnings("ignore:The 4-th input to HybridBlock is not used")
@pytest.mark.parametrize("has_mxnet", [True, False])
def test_what_is_learned_is_what_mxnet_learns(has_mxnet: bool, tmp_path: Path, monkeypatch: Any) -> None:
    settings = config(**{"training.weight_decay": 0.1})
    theirs = GluonEngine(settings)
    theirs.graphs().write(tmp_path / "network.json")
    theirs.save(tmp_path / "weights.params")
    before = theirs.arrays()
    monkeypatch.setattr("zoo_core.engines.torch.opening.has_mxnet", lambda: has_mxnet)
    ours = torch_engine(settings, tmp_path / "weights.params")
    assert ours.arrays().keys() == ours.network.state_dict().keys() == before.keys()

    learner_there, learner_here = learned_alike(theirs, ours, settings, 3)
    there, here = learner_there.arrays(), learner_here.arrays()
    for name in there:
        if name != "backbone.modules.bias" and not name.endswith("backbone.type.bias"):  # before a batch norm
            require_close(here[name], there[name], 2e-4, name)
    for name in UNREACHED:
        np.testing.assert_array_equal(here[name], before[name], err_msg=name)
    assert (here["backbone.half.weight"] != before["backbone.half.weight"]).any()  # it decays
    np.testing.assert_array_equal(here["backbone.type.weight"], here["backbone.modules.weight"])

    for first, second in ((learner_there, ours), (learner_here, theirs)):  # what was learned goes both ways
        second.learner(settings, 3).restore(first.arrays(), first.state(), tmp_path)
    ours.save(tmp_path / "learned.params")
    GluonEngine(settings, tmp_path / "learned.params")
    ours.load(tmp_path / "weights.params")


def test_a_network_that_asks_for_shapes_is_told_so_before_anything_is_left(tmp_path: Path) -> None:
    detector = {**SETTINGS, "data": {"name": "shapes", "train_images": 4, "validation_images": 1}}
    with pytest.raises(zoo.PluginError, match=r"the backbone cannot be compiled: .*'shape'; its blocks must be Hybrid"):
        zoo.train(detector, tmp_path / "run", {"backbone.asks_for_shapes": True})
    assert list(tmp_path.iterdir()) == []

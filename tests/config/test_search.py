"""The search space of a configuration; what is wrong with one is in tests/config/broken."""

from __future__ import annotations

import pytest

import zoo_core as zoo
from tests.tiny import TINY
from zoo_core.common.tables import from_yaml

LOG, INTS = {"log": [1e-4, 0.1]}, {"int": [2, 8]}


def space_of(*args, **kwargs):
    return zoo.load_config(*args, **kwargs).model_dump(mode="json")["search"]


@pytest.mark.parametrize(
    "search",
    [
        {"training.learning_rate": LOG, "training.batch_size": INTS},
        {"training": {"learning_rate": LOG, "batch_size": INTS}},
        {"training.learning_rate": {"uniform": [0.1, 1]}, "training": {"learning_rate": LOG, "batch_size": INTS}},
    ],
    ids=["paths", "tables", "both, of which the later one counts"],
)
def test_paths_and_tables_mean_the_same(search):
    config = zoo.load_config({**TINY, "search": search})
    assert space_of(config) == {"training.learning_rate": LOG, "training.batch_size": INTS}
    assert zoo.load_config(from_yaml(config.to_yaml())) == config
    assert hash(zoo.load_config({**TINY, "search": search})) == hash(config)


def test_a_range_that_is_inherited_is_replaced_whole_or_taken_away(tmp_path):
    iou = {"uniform": [0.3, 0.6]}
    base = {**TINY, "search": {"training.learning_rate": LOG, "loss": {"choice": ["multibox"]}, "nms.iou": iou}}
    (tmp_path / "base.yaml").write_text(zoo.load_config(base).to_yaml())
    own = {"training.learning_rate": {"uniform": [0.1, 1]}, "loss": {"choice": ["ssd_multibox"]}, "nms.iou": None}
    found = space_of({"extends": str(tmp_path / "base.yaml"), "search": own})
    assert found == {"training.learning_rate": {"uniform": [0.1, 1.0]}, "loss": {"choice": ["ssd_multibox"]}}
    assert space_of({"extends": str(tmp_path / "base.yaml"), "search": None}) == {}


def test_an_override_adds_a_range_or_replaces_one():
    config = zoo.load_config({**TINY, "search": {"training.learning_rate": {"uniform": [0.1, 1]}}})
    overrides = ["search.training.learning_rate={log: [1e-4, 0.1]}", "search.training.batch_size={int: [2, 8]}"]
    assert space_of(config, overrides) == {"training.learning_rate": LOG, "training.batch_size": INTS}


@pytest.mark.parametrize(
    ("path", "tried"),
    [
        ("backbone.name", {"choice": ["tinyssd", "vgg16_atrous"]}),
        ("training.optimizer.beta1", {"uniform": [0.8, 0.99]}),  # of an optimiser that is tried
        ("training.mixup.alpha", {"log": [0.1, 2]}),  # of a table that is not there yet
        ("training.clip_norm", {"choice": [None, 1, 10.0]}),
        ("training.augmentation", {"choice": [[], ["flip"]]}),
        ("loss", {"choice": ["ssd_multibox", {"name": "multibox", "box_weight": 2}]}),
        ("training.epochs", {"int": [1, 3]}),
        ("input_size", {"choice": [64, "64x128"]}),
    ],
)
def test_what_can_be_tried(path, tried):
    search = {path: tried, "training.optimizer": {"choice": ["sgd", "adam"]}}
    assert set(space_of({**TINY, "search": search})) == set(search)

"""Configurations that extend others: what is taken over, what is replaced, and what is said about it."""

from __future__ import annotations

import json

import pytest

import zoo_core as zoo
from tests.sampling import one_in
from zoo_core.common.tables import from_yaml
from zoo_core.config.documented import documented_yaml
from zoo_core.config.left_out import recipe_note
from zoo_core.config.loading import configured, inheritance_of
from zoo_core.config.training import TrainingSettings
from zoo_core.parts.description import meanings
from zoo_core.registry.registry import default_registry

CELLS = {"extends": "tinyssd_256_voc", "classes": ["cell"], "data": {"root": "cells"}}


def test_what_is_not_said_is_that_of_the_extended_detector():
    base, cells = zoo.load_config("tinyssd_256_voc"), zoo.load_config(CELLS)
    assert zoo.load_config({"extends": "tinyssd_256_voc"}) == base
    assert (cells.loss, cells.training, cells.anchors) == (base.loss, base.training, base.anchors)
    assert cells.loss.box_weight == 20
    assert cells.classes == ("cell",)
    assert (cells.data.name, cells.data.root.name, cells.data.train) == ("voc", "cells", base.data.train)


@pytest.mark.parametrize(
    ("own", "setting", "value"),
    [
        ({"loss": {"box_weight": 3}}, "loss.negative_mining_ratio", 3),
        ({"loss": {"name": "multibox", "box_weight": 3}}, "loss.negative_mining_ratio", 3),
        ({"loss": {"name": "zoo-tinyssd:multibox", "box_weight": 3}}, "loss.negative_mining_ratio", 3),
        ({"loss": "multibox"}, "loss.box_weight", 20),  # the part that it has already
        ({"loss": {"name": "ssd_multibox"}}, "loss.name", "ssd_multibox"),
        ({"loss": None}, "loss", None),
        ({"backbone": {"channels": [8, 8, 8, 8, 8, 8]}}, "backbone.channels", (8,) * 6),  # over a plain name
        ({"training": {"optimizer": {"momentum": 0.5}}}, "training.optimizer.momentum", 0.5),
        ({"training": {"optimizer": "adam"}}, "training.optimizer.beta1", 0.9),
        ({"training": {"optimizer": "adam"}}, "training.learning_rate", 0.05),
        ({"training": {"warmup_steps": None}}, "training.warmup_steps", 0),
        ({"training": {"augmentation": ["flip"]}}, "training.augmentation", 1),
        ({"training": None}, "training.learning_rate", 0.01),
        ({"data": None}, "data", None),
        ({"nms": zoo.load_config("tinyssd_shapes").nms}, "nms.keep", 100),
        ({"input_size": 128}, "input_size", (128, 128)),
    ],
)
def test_tables_are_merged_and_parts_that_change_are_replaced_whole(own, setting, value):
    if own == {"loss": None}:
        with pytest.raises(zoo.ConfigError, match="loss: is required, and was not given"):
            zoo.load_config({**CELLS, **own})
        return
    found = zoo.load_config({**CELLS, **own})
    for key in setting.split("."):
        found = getattr(found, key)
    assert (len(found) if setting.endswith("augmentation") else found) == value


def test_a_chain_of_files_of_all_formats_is_read_from_where_each_lies(tmp_path, monkeypatch):
    (tmp_path / "deep").mkdir()
    (tmp_path / "base.json").write_text(json.dumps({**CELLS, "training": {"epochs": 3, "seed": 5}}))
    (tmp_path / "deep" / "middle.toml").write_text('extends = "../base.json"\n[training]\nepochs = 4\n')
    (tmp_path / "mine.yaml").write_text("extends: deep/middle.toml\nnms: {keep: 7}\n")
    monkeypatch.chdir(tmp_path.parent)
    config = zoo.load_config(tmp_path / "mine.yaml", ["training.batch_size=2", "loss.box_weight=9"])
    training = config.training
    assert (training.epochs, training.seed, training.batch_size, training.learning_rate) == (4, 5, 2, 0.05)
    assert (config.nms.keep, config.loss.box_weight, config.loss.negative_mining_ratio) == (7, 9, 3)
    whole = inheritance_of(tmp_path / "mine.yaml", default_registry())
    titles = [str(tmp_path / "mine.yaml"), str(tmp_path / "deep/middle.toml"), str(tmp_path / "base.json")]
    assert [layer.title for layer in whole.layers] == [*titles, "tinyssd_256_voc"]
    assert whole.setter(("training", "epochs")) == titles[1]
    assert whole.setter(("backbone", "name")) == "tinyssd_256_voc"
    assert whole.setter(("device",)) is None
    assert zoo.load_config(from_yaml(config.to_yaml())) == config  # what is written needs no other file


def test_nothing_that_was_given_is_changed():
    given = {**CELLS, "training": {"epochs": 2}}
    before = json.dumps(given)
    zoo.load_config(given, {"training.seed": 3})
    assert json.dumps(given) == before
    assert zoo.load_config("tinyssd_256_voc").training.epochs == 60


def test_a_file_that_is_named_in_two_ways_is_one_in_a_circle(tmp_path):
    (tmp_path / "one.yaml").write_text("extends: two.yaml")
    (tmp_path / "two.yaml").symlink_to(tmp_path / "one.yaml")
    with pytest.raises(zoo.ConfigError, match="goes round in a circle"):
        zoo.load_config(tmp_path / "one.yaml")


def test_what_is_extended_cannot_be_set_from_outside():
    with pytest.raises(zoo.ConfigError, match="--set extends: 1 problem\n  what a configuration extends is said in"):
        zoo.load_config("tinyssd_shapes", {"extends": "tinyssd_256_voc"})


def test_a_fault_of_an_override_is_not_blamed_on_a_file(tmp_path):
    (tmp_path / "mine.yaml").write_text("extends: tinyssd_shapes")
    with pytest.raises(zoo.ConfigError, match=r"mine.yaml: 1 problem\n  loss.box_weight: should be"):
        zoo.load_config(tmp_path / "mine.yaml", ["loss.box_weight=much"])


@pytest.mark.parametrize(
    "name", one_in(3, ["ssd_300_vgg16_atrous_voc", "tinyssd_256_voc", "ssd_512_mobilenet1.0_coco"])
)
def test_a_configuration_with_its_comments_reads_back_to_the_same(name):
    long = "a: 'b' # " * 30
    config = zoo.load_config(name, {"summary": long, "weights.reuse": {"cat: #": "dog"}})
    text = documented_yaml(config)
    assert zoo.load_config(from_yaml(text)) == config
    assert f"  # {meanings(TrainingSettings)['learning_rate']}\n  learning_rate: " in text


def note(table, overrides=None):
    registry = default_registry()
    whole = inheritance_of(table, registry)
    return recipe_note(whole, configured(whole, overrides, registry), registry, overrides)


def test_the_parts_of_a_detector_without_its_settings_are_noted():
    parts = {"backbone": "tinyssd", "targets": "multibox", "loss": "multibox"}
    sizes = zoo.load_config("tinyssd_256_voc").anchors.sizes
    anchors = {"name": "multibox_prior", "sizes": sizes}
    table = {"classes": ["cell"], "input_size": 256, **parts, "anchors": anchors, "training": {"optimizer": "adam"}}
    said = note(table)
    assert "loss.box_weight is 1.0 (there 20.0)" in said
    assert said.endswith("add `extends: tinyssd_256_voc`")
    assert "optimizer" not in said
    assert note({**table, "loss": {"name": "multibox", "negative_mining_ratio": None}}).count("loss.") == 1
    given = note(table, {"training.learning_rate": 0.1, "training": {"epochs": 3}})
    assert "training.epochs" in said
    assert "training.epochs" not in given
    assert "training.learning_rate" not in given
    assert "loss." not in note(table, {"loss": {"name": "multibox", "box_weight": 2}})
    assert note({"extends": "tinyssd_256_voc", "classes": ["cell"], "data": None}) is None
    assert note("tinyssd_256_voc") is None
    assert note(zoo.load_config("tinyssd_256_voc").model_dump(mode="json")) is None

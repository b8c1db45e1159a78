"""Settings that are changed from outside: in text, as ``--set`` has them, and as tables."""

from __future__ import annotations

import json

import pytest

from tests.fake_plugins import problems
from zoo_core.common.errors import ConfigError
from zoo_core.config.detector import NmsSettings
from zoo_core.config.loading import load_config
from zoo_core.config.overrides import parse_override


@pytest.mark.parametrize(
    ("override", "value"),
    [
        ("training.epochs=3", 3),
        ("training.learning_rate=1e-3", 0.001),
        ("training.augmentation=[]", ()),
        ("nms.per_class=false", False),
        ("summary=a=b", "a=b"),
        ("  device  = cpu", "cpu"),
        ("classes=[circle]", ("circle",)),
        ("data={name: shapes, seed: 4}", None),
    ],
)
def test_overrides_in_text(override, value):
    config = load_config("tinyssd_shapes", [override])
    found = config
    for key in override.partition("=")[0].strip().split("."):
        found = getattr(found, key)
    assert found == value or (value is None and found.seed == 4)


def test_overrides_come_in_order_and_change_nothing_in_place(toy, registry):
    table = toy.model_dump()
    config = load_config(table, {"nms.iou": 0.3, "nms": {"iou": 0.6}, "nms.keep": 7}, registry)
    assert config.nms == NmsSettings(iou=0.6, keep=7)
    assert table == toy.model_dump()
    assert load_config(toy, "nms.keep=5", registry).nms.keep == 5


def test_another_component_starts_from_its_own_defaults(toy, registry):
    changed = load_config(toy, ["backbone.maps=1", "anchors.each=[2]", "backbone.name=toy"], registry)
    assert changed.backbone.maps == 1
    table = {**toy.model_dump(), "loss": {"name": "another", "weight": 3}}
    assert load_config(table, ["loss.name=toy"], registry) == toy


@pytest.mark.parametrize(
    ("table", "alone"),
    [
        ({"training": {"epochs": 3}}, {"training.epochs": 3}),
        ({"training": {"checkpoints": {"keep": 2}, "seed": 4}}, {"training.checkpoints.keep": 2, "training.seed": 4}),
        ({"training.optimizer": {"momentum": 0.5}}, {"training.optimizer.momentum": 0.5}),
        ({"training": {"optimizer": {"name": "adam"}, "seed": 4}}, {"training.optimizer": "adam", "training.seed": 4}),
        ({"anchors": {"each": [7, 7]}}, {"anchors.each": [7, 7]}),
        ({"backbone": {}}, {"backbone": {}}),  # lacks its name
        ({"nms": {"per_class": None}}, {"nms.per_class": None}),  # should be true or false
        ({"nms": {"iuo": 0.5}}, {"nms.iuo": 0.5}),
        ({"weights": {"reuse": {"cat": "dog"}}}, {"weights.reuse": {"cat": "dog"}}),  # names, not settings
    ],
)
def test_a_table_changes_the_settings_that_it_names(toy, registry, table, alone):
    before = {"anchors.each": [3, 2], "training.learning_rate": 0.3, "training.optimizer.momentum": 0.7, "nms.keep": 7}
    base = load_config(toy, before, registry)

    def changed(overrides):
        try:
            return load_config(base, overrides, registry)
        except ConfigError as error:
            return str(error)

    assert changed(table) == changed(alone)
    assert changed([f"{key}={json.dumps(value)}" for key, value in table.items()]) == changed(alone)


def test_a_whole_part_a_list_a_settings_object_and_an_empty_table_replace_what_is_there(toy, registry):
    tried = {"nms.iou": {"choice": [0.3, 0.5]}}
    base = load_config(toy, {"anchors.each": [3, 2], "nms.keep": 7, "search": tried}, registry)
    assert load_config(base, {"nms": NmsSettings(iou=0.6)}, registry).nms == NmsSettings(iou=0.6)
    assert load_config(base, {"nms": {}}, registry).nms == NmsSettings()
    other = {"nms.keep": {"int": [1, 9]}}
    assert load_config(base, {"search": other}, registry).search == load_config(toy, {"search": other}, registry).search
    for whole in ({"name": "toy"}, "toy"):
        assert (
            load_config(base, {"anchors": whole}, registry).anchors
            == load_config("toy_detector", None, registry).anchors
        )


def test_an_override_reaches_into_a_component_given_by_name(registry):
    changed = load_config("toy_detector", ["anchors.each=[7, 7]"], registry)
    assert changed.anchors.each == (7, 7)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("epochs", "--set epochs: 1 problem\n  an override is KEY=VALUE, such as training.epochs=3"),
        ("=3", "--set =3: 1 problem\n  an override is KEY=VALUE, such as training.epochs=3"),
        ("a=[", "--set a=[: 1 problem\n  the value is not YAML: line 1, column 2: expected the node content"),
        ("classes.first=x", "--set classes.first: 1 problem\n  'classes' is ['cat', 'dog'], not a table of settings"),
        ("input_size.height=x", "configuration: 1 problem\n  input_size: an image size is HEIGHTxWIDTH"),
        ("nms..iou=3", "configuration: 1 problem\n  nms.: unknown setting; settings: score"),
        ("nms.iou.x=3", "--set nms.iou.x: 1 problem\n  'iou' is 0.45, not a table of settings; set it as a whole"),
        ("trainig.epochs=3", "toy_detector: 1 problem\n  trainig: unknown setting; did you mean 'training'?"),
    ],
)
def test_overrides_that_fail(registry, toy, override, message):
    source = "toy_detector" if override.startswith("trainig") else toy
    with pytest.raises(ConfigError) as caught:
        load_config(source, [override], registry)
    assert str(caught.value).startswith(message)


def test_odd_keys_of_overrides_are_told(toy, registry):
    assert problems(toy, registry, {3: 4})[0].startswith("3: unknown setting")
    assert parse_override("a=") == ("a", None)

"""Configurations: from names and tables; round trips; faults told all at once."""

from __future__ import annotations

import json

import pytest
import yaml

import zoo_core
from tests.fake_plugins import problems
from tests.sampling import one_in
from zoo_core.common.errors import ConfigError, PluginError, UnknownNameError
from zoo_core.common.tables import from_yaml
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.loading import load_config
from zoo_core.parts.geometry import ImageSize
from zoo_core.registry.registry import Registry, default_registry

DETECTORS = sorted(default_registry().detectors())


# Round trips


@pytest.mark.parametrize("name", one_in(8, DETECTORS))
def test_every_detector_reads_back_from_what_it_writes(name, tmp_path):
    config = load_config(name)
    (tmp_path / "a.yaml").write_text(config.to_yaml(), encoding="utf-8")
    (tmp_path / "a.json").write_text(json.dumps(config.model_dump(mode="json")), encoding="utf-8")
    assert load_config(tmp_path / "a.yaml") == config
    assert load_config(tmp_path / "a.json") == config
    assert load_config(config.model_dump()) == config
    assert load_config(yaml.safe_load(config.to_yaml())) == config  # any other reader of YAML, too
    assert load_config(config) == config
    assert hash(load_config(config)) == hash(config)


def test_toml_means_the_same_as_yaml(tmp_path, toy, registry):
    (tmp_path / "a.toml").write_text(
        'summary = "A toy"\nclasses = ["cat", "dog"]\ninput_size = "16x16"\n'
        'anchors = "toy"\ntargets = "toy"\nloss = "toy"\n[backbone]\nname = "toy"\nmaps = 2\n',
        encoding="utf-8",
    )
    assert load_config(tmp_path / "a.toml", registry=registry) == toy


def test_names_that_other_readers_take_for_truth_values_survive(toy, registry):
    names = ["no", "Off", "null", "~", "1", "1e3", "2020-01-01", "yes: indeed", "ö", "# no comment", ""]
    config = load_config(toy, {"classes": names[:-1], "summary": "on"}, registry)
    assert load_config(from_yaml(config.to_yaml()), registry=registry) == config
    assert load_config(yaml.safe_load(config.to_yaml()), registry=registry) == config


def test_yaml_reads_plain_words_as_people_mean_them():
    assert from_yaml("[no, off, yes, 1e-3, 1.5, .5, 3, true, 2020-01-01, null, -.inf]") == [
        "no", "off", "yes", 0.001, 1.5, 0.5, 3, True, "2020-01-01", None, -float("inf"),
    ]  # fmt: skip


# Sources


def test_a_string_stands_for_a_component_with_its_defaults(toy, registry, toys):
    assert toy.backbone == toys.backbone()
    assert load_config({**toy.model_dump(), "backbone": {"name": "toy", "maps": 2}}, registry=registry) == toy
    assert load_config({**toy.model_dump(), "backbone": toys.backbone()}, registry=registry) == toy


@pytest.mark.parametrize("size", [16, "16", "16x16", "16X16", " 16 x 16 ", [16, 16], {"height": 16, "width": 16}])
def test_sizes_can_be_written_in_many_ways(toy, registry, size):
    assert load_config(toy, {"input_size": size}, registry).input_size == ImageSize(16, 16)


@pytest.mark.parametrize(
    "size", [0, -1, True, None, 2.5, "", "x", "16x", "3x4x5", [16], [16, 0], [1.5, 2], {"height": 3}]
)
def test_sizes_that_are_none_are_refused(toy, registry, size):
    (problem,) = problems(toy, registry, {"input_size": size})
    assert problem.startswith("input_size: ")


@pytest.mark.parametrize("source", [None, 3, ["a"], object()])
def test_sources_that_are_none_are_refused(source):
    assert "should be the name of a detector, a file or a table; given" in problems(source)[0]


def test_unknown_names_are_told_with_the_nearest():
    with pytest.raises(
        UnknownNameError, match=r"no detector is named 'tinyssd_shape'; did you mean 'tinyssd_shapes'\?"
    ):
        load_config("tinyssd_shape")
    with pytest.raises(UnknownNameError, match="no detector is named ''"):
        load_config("")
    with pytest.raises(UnknownNameError, match="no detector is named"):
        load_config("x" * 5000)
    with pytest.raises(UnknownNameError, match="no detector is named"):
        load_config("nul\0")


# All faults at once


def test_misfits_and_faults_come_in_one_report_in_the_order_of_the_settings(toy, registry):
    bad = {
        **toy.model_dump(),
        "classes": "cat",
        "input_size": 2,
        "backbone": {"name": "toy", "mapps": 3},
        "anchors": {"name": "toy", "each": [1]},
        "nms": {"iou": 2},
        "loss": "nothing",
        "zzz": 1,
    }
    assert problems(bad, registry) == [
        "classes: should be a list of names: write [cat] for the one class 'cat'",
        "input_size: 2x2 is too small: backbone 'toy' needs at least 4x4",
        "backbone.mapps: unknown setting; did you mean 'maps'? settings of 'toy': maps",
        "anchors: 'toy' is set for 1 feature map, but backbone 'toy' gives 2 at 4x4 (2x2, 1x1)",
        "loss: no loss is named 'nothing'; losses: toy",
        "nms.iou: should be less than or equal to 1; given 2",
        f"zzz: unknown setting; settings: {', '.join(DetectorConfig.model_fields)}, extends",
    ]


def test_misfits_are_not_guessed_where_a_part_is_faulty(toy, registry):
    bad = {**toy.model_dump(), "input_size": 2, "backbone": {"name": "toy", "maps": -3}}
    assert problems(bad, registry) == ["backbone.maps: should be greater than 0; given -3"]


def test_missing_settings_are_told_once(registry):
    assert problems({}, registry) == [
        f"{name}: is required, and was not given"
        for name in ("classes", "input_size", "backbone", "anchors", "targets", "loss")
    ]


@pytest.mark.parametrize("setting", sorted(DetectorConfig.model_fields))
def test_whatever_is_given_there_is_a_message_and_no_traceback(toy, registry, setting):
    for value in (None, 3, [], {}, {"name": None}, "", [[]], {"a": {"b": [1]}}, float("nan"), b"x"):
        bad = {**toy.model_dump(), setting: value}
        try:
            load_config(bad, registry=registry)
        except ConfigError as error:  # some of the values are good
            odd = [each for each in error.problems if not each.place.startswith(setting) or "\n" in each.message]
            assert odd == [], value


@pytest.mark.parametrize("method", ["feature_maps", "smallest_input"])
def test_a_light_half_that_fails_is_the_fault_of_its_plugin(toys, monkeypatch, method):
    def fail(*_):
        raise ZeroDivisionError("of course")

    registry = Registry()
    registry.register(toys.plugin, "toys")
    monkeypatch.setattr(toys.backbone, method, fail)
    with pytest.raises(
        PluginError, match=rf"backbone 'toy' fails when asked for {method}\(.*\): ZeroDivisionError: of"
    ):
        load_config("toy_detector", registry=registry)


def test_errors_say_their_exit_code():
    assert [getattr(zoo_core, name).exit_code for name in ("ConfigError", "UnknownNameError", "PluginError")] == [
        2,
        2,
        1,
    ]

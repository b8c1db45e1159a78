"""Configurations: from names, files and tables; overrides; round trips; faults told all at once."""

from __future__ import annotations

import json

import pytest
import yaml

import zoo_core
from zoo_core.config import DetectorConfig, NmsSettings
from zoo_core.config_files import load_config, parse_override
from zoo_core.errors import ConfigError, PluginError, UnknownNameError
from zoo_core.geometry import ImageSize
from zoo_core.registry import Registry, default_registry
from zoo_core.tables import from_yaml, read_table

DETECTORS = sorted(default_registry().detectors())


@pytest.fixture
def toy(registry):
    return load_config("toy_detector", registry=registry)


def problems(source, registry=None, overrides=None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_config(source, overrides, registry)
    return [str(problem) for problem in caught.value.problems]


# Round trips


@pytest.mark.parametrize("name", DETECTORS)
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
    assert "is given as the name of a detector, a file or a table, not as" in problems(source)[0]


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


# Files


def test_a_missing_file_is_told_with_the_nearest(tmp_path):
    (tmp_path / "mine.yaml").touch()
    with pytest.raises(UnknownNameError) as caught:
        load_config(tmp_path / "mien.yaml")
    assert str(caught.value) == f"there is no file {tmp_path / 'mien.yaml'}; did you mean 'mine.yaml'?"
    with pytest.raises(UnknownNameError, match="there is no file"):
        load_config(tmp_path / "no" / "folder.yaml")
    with pytest.raises(UnknownNameError, match="there is no file"):
        load_config(tmp_path / "mine.yaml" / "inside.yaml")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.yaml", "", "is empty, and a table of settings is needed"),
        ("a.toml", "", None),
        ("a.json", "", "is not JSON: Expecting value: line 1 column 1 (char 0)"),
        ("a.json", "null", "is empty, and a table of settings is needed"),
        ("a.yaml", "- a\n- b", "is no table of settings; it holds ['a', 'b']"),
        ("a.yaml", "just text", "is no table of settings; it holds 'just text'"),
        ("a.yaml", "a: [1, 2", "is not YAML: line 1, column 9: expected ',' or ']', but got '<stream end>'"),
        ("a.yaml", "a: b: c", "is not YAML: line 1, column 5: mapping values are not allowed here"),
        ("a.yaml", "a: 1\n---\nb: 2", "is not YAML: line 2, column 1: but found another document"),
        ("a.yaml", "a: *b", "is not YAML: line 1, column 4: found undefined alias 'b'"),
        (
            "a.yaml",
            "a: !!python/object:os.system x",
            "is not YAML: line 1, column 4: could not determine a constructor",
        ),
        ("a.yaml", "a: \0", "is not YAML: unacceptable character"),
        ("a.yaml", "a: 1\nb: 2\na: 3", "'a' is given twice, the second time in line 3"),
        ("a.yaml", "x:\n  a: 1\n  a: 3", "'a' is given twice, the second time in line 3"),
        ("a.yaml", "? [1, 2]\n: 3", "line 1: a key is a single word, not a list or a table"),
        ("a.yaml", f"a: {'9' * 5000}", "is not YAML: Exceeds the limit"),
        ("a.json", '{"a": ' + "9" * 5000 + "}", "is not JSON: Exceeds the limit"),
        ("a.toml", "a = " + "9" * 5000, "is not TOML: Exceeds the limit"),
        ("a.yaml", "a: !!bool maybe", "is not YAML: 'maybe'"),
        ("a.yaml", "a: !!timestamp x", "is not YAML: "),
        ("a.yaml", "a: =", "is not YAML: line 1, column 4: could not determine a constructor"),
        ("a.yaml", "[" * 5000, "is nested too deeply"),
        ("a.json", "[" * 100_000, "is nested too deeply"),
        ("a.json", '{"a": 1, "b": {"c": 1, "c": 2}}', "'c' is given twice"),
        ("a.json", "{'a': 1}", "is not JSON: Expecting property name"),
        ("a.toml", "a = 1\na = 2", "is not TOML: Cannot overwrite a value"),
        ("a.toml", "a = ", "is not TOML: Invalid value (at end of document)"),
        ("a.ini", "a = 1", "the ending of a configuration file is one of .yaml, .yml, .toml, .json"),
        ("a", "a: 1", "the ending of a configuration file is one of .yaml, .yml, .toml, .json"),
    ],
)
def test_files_that_are_no_table_are_refused(tmp_path, name, text, message):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    found = problems(path)
    if message is not None:
        assert len(found) == 1
        assert found[0].startswith(message)


def test_a_file_that_is_not_utf8_is_refused(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"classes: [caf\xe9]")
    assert problems(tmp_path / "a.yaml") == ["is not text in UTF-8: byte 14 is 0xe9"]


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path):
    (tmp_path / "a.json").write_bytes(b'\xef\xbb\xbf{"a": 1}')
    assert read_table(tmp_path / "a.json") == {"a": 1}


def test_a_folder_is_no_configuration(tmp_path):
    (tmp_path / "a.yaml").mkdir()
    assert problems(tmp_path / "a.yaml") == ["is a folder, and a configuration is a file"]
    (tmp_path / "config.yaml").touch()
    assert problems(tmp_path) == [f"is a folder; did you mean {tmp_path / 'config.yaml'}?"]


def test_merge_keys_of_yaml_work(tmp_path):
    (tmp_path / "a.yaml").write_text("base: &b {x: 1, y: 2}\nmine: {<<: *b, y: 3}", encoding="utf-8")
    assert read_table(tmp_path / "a.yaml")["mine"] == {"x": 1, "y": 3}


# Overrides


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


def test_an_override_reaches_into_a_component_given_by_name(registry):
    changed = load_config("toy_detector", ["anchors.each=[7, 7]"], registry)
    assert changed.anchors.each == (7, 7)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("epochs", "--set epochs: 1 problem\n  an override is KEY=VALUE, as training.epochs=3"),
        ("=3", "--set =3: 1 problem\n  an override is KEY=VALUE, as training.epochs=3"),
        ("a=[", "--set a=[: 1 problem\n  the value is not YAML: line 1, column 2: expected the node content"),
        ("classes.first=x", "--set classes.first: 1 problem\n  'classes' is ['cat', 'dog'] and no table of settings"),
        ("input_size.height=x", "configuration: 1 problem\n  input_size: an image size is HEIGHTxWIDTH"),
        ("nms..iou=3", "configuration: 1 problem\n  nms.: unknown setting; settings: score"),
        ("nms.iou.x=3", "--set nms.iou.x: 1 problem\n  'iou' is 0.45 and no table of settings; set it as a whole"),
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
        f"zzz: unknown setting; settings: {', '.join(DetectorConfig.model_fields)}",
    ]


def test_misfits_are_not_guessed_where_a_part_is_faulty(toy, registry):
    bad = {**toy.model_dump(), "input_size": 2, "backbone": {"name": "toy", "maps": -3}}
    assert problems(bad, registry) == ["backbone.maps: should be greater than 0; given -3"]


def test_missing_settings_are_told_once(registry):
    assert problems({}, registry) == [
        f"{name}: is required, and was not given"
        for name in ("classes", "input_size", "backbone", "anchors", "targets", "loss")
    ]


@pytest.mark.parametrize("value", [None, 3, [], {}, {"name": None}, "", [[]], {"a": {"b": [1]}}, float("nan"), b"x"])
@pytest.mark.parametrize("setting", sorted(DetectorConfig.model_fields))
def test_whatever_is_given_there_is_a_message_and_no_traceback(toy, registry, setting, value):
    bad = {**toy.model_dump(), setting: value}
    try:
        load_config(bad, registry=registry)
    except ConfigError as error:  # some of the values are good
        odd = [each for each in error.problems if not each.place.startswith(setting) or "\n" in each.message]
        assert odd == []


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

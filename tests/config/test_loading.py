"""Configurations from files: what is read, and what is refused."""

from __future__ import annotations

import time

import pytest

from tests.fake_plugins import problems
from zoo_core.common.errors import ConfigError, UnknownNameError
from zoo_core.common.tables import from_yaml, read_table, to_yaml
from zoo_core.config.loading import load_config, load_labels
from zoo_core.config.plan import plan


def test_a_missing_file_is_told_with_the_nearest(tmp_path):
    (tmp_path / "mine.yaml").touch()
    with pytest.raises(UnknownNameError) as caught:
        load_config(tmp_path / "mien.yaml")
    assert str(caught.value) == f"no such file: {tmp_path / 'mien.yaml'}; did you mean 'mine.yaml'?"
    with pytest.raises(UnknownNameError, match="no such file"):
        load_config(tmp_path / "no" / "folder.yaml")
    with pytest.raises(UnknownNameError, match="no such file"):
        load_config(tmp_path / "mine.yaml" / "inside.yaml")


def bomb(first: str, rest: str) -> str:
    """YAML whose aliases of aliases stand for 10^9 values."""
    aliases = [", ".join([f"*a{depth}"] * 10) for depth in range(9)]
    return "\n".join(
        [f"a0: &a0 {first}", *(f"a{depth}: &a{depth} {rest.format(each)}" for depth, each in enumerate(aliases, 1))]
    )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.yaml", "", "is empty; it should be a table of settings"),
        ("a.toml", "", None),
        ("a.json", "", "is not JSON: Expecting value: line 1 column 1 (char 0)"),
        ("a.json", "null", "is empty; it should be a table of settings"),
        ("a.yaml", "- a\n- b", "is not a table of settings; it contains ['a', 'b']"),
        ("a.yaml", "just text", "is not a table of settings; it contains 'just text'"),
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
        ("a.yaml", "? [1, 2]\n: 3", "line 1: a key should be one word, not a list or table"),
        ("a.yaml", f"a: {'9' * 5000}", "is not YAML: Exceeds the limit"),
        ("a.json", '{"a": ' + "9" * 5000 + "}", "is not JSON: Exceeds the limit"),
        ("a.toml", "a = " + "9" * 5000, "is not TOML: Exceeds the limit"),
        ("a.yaml", "a: !!bool maybe", "is not YAML: 'maybe'"),
        ("a.yaml", "a: !!timestamp x", "is not YAML: "),
        ("a.yaml", "[" * 1200, "is nested too deeply"),
        ("a.json", "[" * 100_000, "is nested too deeply"),
        ("a.json", '{"a": 1, "b": {"c": 1, "c": 2}}', "'c' is given twice"),
        ("a.json", "{'a': 1}", "is not JSON: Expecting property name"),
        ("a.toml", "a = 1\na = 2", "is not TOML: Cannot overwrite a value"),
        ("a.toml", "a = ", "is not TOML: Invalid value (at end of document)"),
        ("a.yaml", "a: &a [*a]", "line 1: an alias refers to a value that contains it"),
        ("a.yaml", "a: &a {b: *a}", "line 1: an alias refers to a value that contains it"),
        ("a.yaml", "a: &a {<<: *a}", "line 1: an alias refers to a value that contains it"),
        ("a.yaml", bomb("[x, x]", "[{}]"), "expands to more than 500,000 values"),
        ("a.yaml", bomb("{x: 1}", "{{<<: [{}]}}"), "expands to more than 500,000 values"),
        ("a.yaml", bomb("{x: 1}", "{{y: [{}]}}"), "expands to more than 500,000 values"),
        ("a.yaml", "#" * 4_000_001, "is longer than 4 million characters"),
        ("a.toml", "#" * 4_000_001, "is longer than 4 million characters"),
        ("a.json", " " * 4_000_001, "is longer than 4 million characters"),
        ("a.toml", "a" + ".a" * 100_000 + " = 1", "is nested too deeply"),
        ("a.toml", "[a" + ".a" * 100_000 + "]", "is nested too deeply"),
        ("a.toml", "x = {a" + ".a" * 100_000 + " = 1}", "is nested too deeply"),
        ("a.toml", "a = " + "[" * 100_000, "is nested too deeply"),
        ("a.json", '{"a": {"b": 1, "b": {"b": 2}}}', "'b' is given twice"),
        ("a.ini", "a = 1", "a configuration file ends in one of .yaml, .yml, .toml, .json"),
        ("a", "a: 1", "a configuration file ends in one of .yaml, .yml, .toml, .json"),
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
    assert problems(tmp_path / "a.yaml") == ["is a folder, but a configuration is a file"]
    (tmp_path / "config.yaml").touch()
    assert problems(tmp_path) == [f"is a folder; did you mean {tmp_path / 'config.yaml'}?"]


def test_merge_keys_of_yaml_work(tmp_path):
    (tmp_path / "a.yaml").write_text("base: &b {x: 1, y: 2}\nmine: {<<: *b, y: 3}", encoding="utf-8")
    assert read_table(tmp_path / "a.yaml")["mine"] == {"x": 1, "y": 3}


def test_aliases_within_reason_work(tmp_path):
    (tmp_path / "a.yaml").write_text("a: &a [1, 2]\nb: [*a, *a]\nc: *a", encoding="utf-8")
    assert read_table(tmp_path / "a.yaml") == {"a": [1, 2], "b": [[1, 2], [1, 2]], "c": [1, 2]}


def test_words_and_numbers_are_those_of_yaml_1_2():
    text = "[12:30, 1:1:1, no, on, 1e-3, 1E3, 12, -3, 0x1f, 0o17, 010, -08, 012.5, 1_000, =, 0b_, 2020-01-01]"
    read = ["12:30", "1:1:1", "no", "on", 0.001, 1000.0, 12, -3, 31, 15, 10, -8, 12.5, 1000, "=", "0b_", "2020-01-01"]
    found = from_yaml(text)
    assert list(zip(map(type, found), found, strict=True)) == list(zip(map(type, read), read, strict=True))


def test_text_that_looks_like_something_else_is_written_so_that_it_stays_text():
    words = "no on ~ null = << y - true", "1:30 012 -08 0o14 0o9 0x1 0x 0b1 0b_ 1_000 1e-3 .5 08.5 .inf 2020-01-01"
    classes = " ".join(words).split()
    assert from_yaml(to_yaml({"classes": classes})) == {"classes": classes}


@pytest.mark.parametrize("ending", ["yaml", "json"])
def test_thousands_of_classes_take_seconds(tmp_path, ending):
    names = ", ".join(f'"class {number // 2}"' for number in range(10_000))
    path = tmp_path / f"many.{ending}"
    path.write_text('{"classes": [' + names + ', "last"], "data": "shapes"}', encoding="utf-8")
    began = time.process_time()
    messages = problems(path)
    assert time.process_time() - began < 8
    assert messages[0].startswith("classes: class names must be unique, but these repeat: 'class 0', 'class 1', ")
    assert " and 4970 more; given [" in messages[0]
    assert all(len(message) < 1000 for message in messages)


def test_a_key_without_end_is_refused():
    assert problems({}, overrides={".".join("a" * 100_000): 1}) == ["no setting is nested that deeply"]


def test_a_finished_configuration_is_not_validated_again(monkeypatch):
    config = load_config("tinyssd_shapes")
    assert load_config(config) is config
    changed = load_config(config, {"training.epochs": 3})
    assert changed is not config
    assert load_config(changed, {"training.epochs": config.training.epochs}) == config
    monkeypatch.setattr(type(config), "model_validate", None)  # whoever validates fails
    assert plan(config).anchor_count
    assert load_config(config) is config


def test_labels_are_not_read_past_a_mistyped_setting(tmp_path):
    """What it extends has a data set, too, which would be opened in place of the one that is meant."""
    path = tmp_path / "mine.yaml"
    path.write_text("extends: tinyssd_shapes\ndtaa: {seed: 3}\ntraining: {epoch: 3}\n")
    with pytest.raises(ConfigError, match=r"mine\.yaml: 1 problem\n  dtaa: unknown setting; did you mean 'data'"):
        load_labels(path)
    with pytest.raises(ConfigError, match="1 problem\n  daat: unknown setting; did you mean 'data'"):
        load_labels(load_config("tinyssd_shapes"), ["daat.seed=3"])
    with pytest.raises(
        ConfigError, match=r"2 problems\n  classes: is required.*\n  clases: unknown setting; did you mean"
    ):
        load_labels({"clases": ["cat"], "data": "shapes"})
    assert load_labels("tinyssd_shapes", ["data.seed=3", "nms.iou=0.4"]).data.seed == 3

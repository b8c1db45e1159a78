"""Configurations from files: what is read, and what is refused."""

from __future__ import annotations

import pytest

from tests.core.conftest import problems
from zoo_core.config_files import load_config
from zoo_core.errors import UnknownNameError
from zoo_core.tables import read_table


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

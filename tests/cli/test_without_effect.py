"""What has no effect where it is given is refused with what it is for: nobody finds out later that it was dropped."""

from __future__ import annotations

import json
import re

import pytest


@pytest.fixture
def found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "found.json").write_text("[]")


@pytest.mark.usefixtures("found")
@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("predict x.onnx a.jpg --format parquet", "--format: only with --cluster ADDRESS"),
        ("export runs/x x.onnx --force", "limit and force .* give int8"),
        ("export runs/x x.onnx --limit 2", "limit and force .* give int8"),
        ("eval runs/x --score .3", "--score: only with --report"),
        (
            "eval found.json --config tinyssd_shapes --set nms.score=.3",
            "--set nms.score=.3: found.json says what was found",
        ),
        (
            "eval found.json --config tinyssd_shapes --set dta.seed=3",
            "--set dta.seed=3: found.json says what was found",
        ),
        ("eval found.json --data . --set broken=refuse", "--set broken=refuse: found.json says what was found"),
        ("eval found.json --data . --set data={broken: refuse} --set classes=[a]", "--set data: with --data .* single"),
        ("eval found.json --data . --set data.root=x --set classes=[a]", "root cannot be set here: the root is "),
        ("data check . --set root=x", "root cannot be set here: the root is "),
        ("data check . --set name=voc", "name cannot be set here: .* the format is said by --format NAME"),
        ("show ssd_lite --set sizes=3", "--set changes a configuration, and 'ssd_lite' is "),
        ("doctor --device gpu", "--device: only with --parity RUN"),
    ],
)
def test_it_is_refused(zoo, command, message):
    code, out, err = zoo(*re.split(r" (?!refuse})", command))
    assert (code, out) == (2, "")
    assert re.search(message, err)


def test_the_classes_of_a_file_are_set_beside_its_configuration(zoo, tmp_path, monkeypatch):
    """Before, this was dropped without a word."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "found.json").write_text("[]")
    size = ("--set", "data.validation_images=2")
    arguments = ("eval", "found.json", "--config", "tinyssd_shapes", *size, "--json", "--set")
    code, out, _ = zoo(*arguments, "classes=[square, circle, triangle]")
    assert (code, [*json.loads(out)["classes"]]) == (0, ["square", "circle", "triangle"])


def test_a_folder_of_two_formats_is_read_as_the_one_that_is_named(zoo, tmp_path, write_voc, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "found.json").write_text("[]")
    pets = write_voc(tmp_path / "pets", {"a": [("cat", (11, 21, 30, 40))]}, {"train": "a", "test": "a"})
    (pets / "train.csv").write_text("filename,class,xmin,ymin,xmax,ymax\n")
    arguments = ("eval", "found.json", "--data", str(pets), "--set", "classes=[cat]")
    code, _, err = zoo(*arguments)
    assert code == 2
    assert "matches several formats; choose one: " in err
    assert "--set data.name=voc" in err
    code, out, _ = zoo(*arguments, "--set", "data.name=voc", "--json")
    assert (code, json.loads(out)["images"]) == (0, 1)


@pytest.mark.parametrize("command", [("list", "losses"), ("plugins",)])
def test_a_mistyped_plugin_in_the_environment_is_told(zoo, monkeypatch, command):
    monkeypatch.setenv("ZOO_BLOCK", "zoo-tinysd, tinyssd,zoo-core")
    assert "zoo: ZOO_BLOCK names 'zoo-tinysd', but no such plugin is installed; did you mean" in zoo(*command).err

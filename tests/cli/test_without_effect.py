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
        ("show tinyssd_shapes --yaml --json", "--yaml and --json are two ways"),
        ("bench tinyssd_shapes --config tinyssd_shapes", "config: only for weights; tinyssd_shapes is a configuration"),
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


@pytest.mark.usefixtures("found")
@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("check x training.epochs=3", "(training.epochs=3); a setting is changed with --set training.epochs=3"),
        ("check x --set training.epochs 3", "(3); --set takes KEY=VALUE in one word"),
        ("train x --epochs 3", "No such option: --epochs; a setting is changed with --set training.epochs=VALUE"),
        ("train x --batch-size=3", "--batch-size; a setting is changed with --set training.batch_size=VALUE"),
        ("predict x y --score abc", "--score: should be a number; given 'abc'"),
        ("predict x y --batch 1.5", "--batch: should be a whole number; given '1.5'"),
        ("serve x --port 99999", "--port: should be less than or equal to 65535; given '99999'"),
        ("export x y.onnx --input 3y4", "--input: an image size is HEIGHTxWIDTH, as 300x400, or one number"),
        ("eval x --split val", "--split: 'val' is not one of 'validation', 'train'"),
        ("data check found.json", "found.json: is a file; give the folder of the data set"),
        ("data check found.zip", "found.zip: is an archive; unpack it, and give the folder of the data set"),
        ("data check . --classes a,,b", "--classes: a name is empty; given 'a,,b'"),
        ("predict tinyssd_shapes y", "tinyssd_shapes: is a detector without weights; give the run folder of zoo train"),
        ("export found.yaml y.onnx", "found.yaml: is not a file of weights; give the run folder that zoo train leaves"),
        ("train tinyssd_shapes --weights found.onnx", "found.onnx: is not a file of weights; give the run folder"),
    ],
)
def test_what_a_newcomer_writes_is_told_as_it_should_be(zoo, tmp_path, command, message):
    for name in ("found.zip", "found.yaml", "found.onnx"):
        (tmp_path / name).touch()
    code, out, err = zoo(*command.split())
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.parametrize("command", [("list", "losses"), ("plugins",)])
def test_a_mistyped_plugin_in_the_environment_is_told(zoo, monkeypatch, command):
    monkeypatch.setenv("ZOO_BLOCK", "zoo-tinysd, tinyssd,zoo-core")
    assert "zoo: ZOO_BLOCK names 'zoo-tinysd', but no such plugin is installed; did you mean" in zoo(*command).err

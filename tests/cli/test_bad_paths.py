"""Every command on every kind of path that no file has, or that is not of a plain file: told and untouched."""

from __future__ import annotations

import importlib
import io
import json
import os
import re
import stat
import typing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.models import ArgumentInfo

import zoo_core
from zoo_core.cli.commands import COMMANDS
from zoo_core.training.run import Run

WHERE = "WHERE"
"""Stands for the path in the arguments below."""

READ = {
    "check": (".yaml", ["check", WHERE]),
    "check json": (".json", ["check", WHERE]),
    "check toml": (".toml", ["check", WHERE]),
    "train": (".yaml", ["train", WHERE]),
    "train on data": ("", ["train", "CONFIG", "--set", f"data={{name: voc, root: {WHERE}}}", "--out", "never"]),
    "train from weights": (".params", ["train", "CONFIG", "--weights", WHERE, "--out", "never"]),
    "train from run": ("", ["train", "CONFIG", "--weights", WHERE, "--out", "never"]),
    "resume": ("", ["train", WHERE, "--resume"]),
    "tune": (".yaml", ["tune", WHERE]),
    "resume tuning": ("", ["tune", WHERE, "--resume"]),
    "anchors": (".yaml", ["anchors", WHERE]),
    "eval run": ("", ["eval", WHERE]),
    "eval weights": (".params", ["eval", WHERE]),
    "eval exported": (".onnx", ["eval", WHERE]),
    "eval detections": (".json", ["eval", WHERE, "--config", "CONFIG"]),
    "eval config": (".yaml", ["eval", "detections.json", "--config", WHERE]),
    "eval data": ("", ["eval", "detections.json", "--config", "CONFIG", "--data", WHERE]),
    "predict run": ("", ["predict", WHERE, "picture.png"]),
    "predict weights": (".params", ["predict", WHERE, "picture.png"]),
    "predict exported": (".onnx", ["predict", WHERE, "picture.png"]),
    "predict config": (".yaml", ["predict", "RUN/weights.params", "picture.png", "--config", WHERE]),
    "serve run": ("", ["serve", WHERE, "--port", "0"]),
    "serve weights": (".params", ["serve", WHERE, "--port", "0"]),
    "serve exported": (".onnx", ["serve", WHERE, "--port", "0"]),
    "export run": ("", ["export", WHERE, "never.onnx"]),
    "export verify": ("", ["export", "RUN", "never.onnx", "--verify", WHERE]),
    "export int8": ("", ["export", "RUN", "never.onnx", "--int8", WHERE]),
    "convert run": ("", ["convert", WHERE]),
    "convert config": (".yaml", ["convert", "RUN/weights.params", "--out", "never", "--config", WHERE]),
    "bench run": ("", ["bench", WHERE]),
    "bench picture": (".png", ["bench", "RUN", "--picture", WHERE]),
    "bench int8": ("", ["bench", "RUN", "--int8", WHERE]),
    "bench data": ("", ["bench", "RUN", "--data", WHERE]),
    "data check": ("", ["data", "check", WHERE]),
    "data show": ("", ["data", "show", WHERE]),
    "data show config": (".yaml", ["data", "show", "voc", "--config", WHERE]),
}
"""What reads a path: its ending, and the command."""

WRITE = {
    "train out": ("", ["train", "CONFIG", "--out", WHERE]),
    "tune out": (
        "",
        ["tune", "CONFIG", "--out", WHERE, "--set", "search.training.learning_rate={log: [0.001, 0.1]}"],
    ),
    "anchors out": (".png", ["anchors", "CONFIG", "--out", WHERE]),
    "eval csv": (".csv", ["eval", "detections.json", "--config", "CONFIG", "--csv", WHERE]),
    "eval predictions": (".json", ["eval", "detections.json", "--config", "CONFIG", "--predictions", WHERE]),
    "eval report": ("", ["eval", "detections.json", "--config", "CONFIG", "--report", WHERE]),
    "predict csv": (".csv", ["predict", "RUN", "picture.png", "--no-draw", "--csv", WHERE]),
    "predict coco": (".json", ["predict", "RUN", "picture.png", "--no-draw", "--coco", WHERE]),
    "predict out": ("", ["predict", "RUN", "picture.png", "--out", WHERE]),
    "export": (".onnx", ["export", "RUN", WHERE]),
    "convert out": ("", ["convert", "RUN/weights.params", "--out", WHERE]),
    "bench plot": (".png", ["bench", "RUN", "--plot", WHERE]),
    "data show out": (".png", ["data", "show", "voc", "--count", "1", "--out", WHERE]),
    "plugin new": ("", ["plugin", "new", "zoo-of-a-test", "--kind", "loss", "--out", WHERE]),
}
"""What writes to a path."""
NEEDS_ENDING = {"anchors out", "export", "bench plot", "data show out"}
BESIDE_OTHERS = {"eval report", "predict out"}
"""What writes into any folder, beside what is there."""
HEAVY = {"train on data", "train from weights", "train from run", "train out"}
HEAVY |= {"export verify", "export int8", "bench int8", "bench data", "convert config", "convert out"}
"""What loads a network before it comes to the path."""
TELLING = {"missing", "zero byte", "long name", "pipe"}
TELLING_MOST = {"missing", "pipe"}


def _pipe(name):
    os.mkfifo(name)
    return name


def _sparse(name):
    with Path(name).open("wb") as file:
        file.truncate(8 << 30)
    return name


def _loop(name):
    Path(name).symlink_to(name)
    return name


def _dangling(name):
    Path(name).symlink_to("nowhere")
    return name


def _below_a_file(name):
    Path(f"file{name}").write_text("content")
    return f"file{name}/x{name}"


def _folder(name):
    Path(name).mkdir()
    Path(name, "inside").touch()
    return name


def _nonsense(name):
    Path(name).write_bytes(bytes(range(256)))
    return name


BAD = {
    "missing": lambda ending: f"missing{ending}",
    "empty": lambda _: "",
    "here": lambda _: "empty/.",
    "top": lambda _: "/",
    "long name": lambda ending: 300 * "n" + ending,
    "long path": lambda ending: 3000 * "p/" + f"x{ending}",
    "nobody": lambda ending: f"~nobody_is_called_so/x{ending}",
    "zero byte": lambda ending: f"zero\0byte{ending}",
    "no character": lambda ending: f"\ud800{ending}",
    "pipe": lambda ending: _pipe(f"pipe{ending}"),
    "device": lambda _: "/dev/zero",
    "loop": lambda ending: _loop(f"loop{ending}"),
    "dangling": lambda ending: _dangling(f"dangling{ending}"),
    "below a file": lambda ending: _below_a_file(f"text{ending}"),
    "folder": lambda ending: _folder(f"folder{ending}"),
    "sparse": lambda ending: _sparse(f"sparse{ending}"),
    "home": lambda ending: _nonsense(f"~x{ending}"),
    "not UTF-8": lambda ending: _nonsense(f"\udce9{ending}"),
    "escapes": lambda ending: _nonsense(f"\x1b[2J\x9b31m\u202e\nzoo: all is well\r{ending}"),
}
CANNOT_BE_WRITTEN = {
    *("empty", "top", "folder", "long name", "long path", "zero byte", "no character"),
    *("pipe", "device", "loop", "below a file"),
}


@pytest.fixture(scope="module")
def place(tmp_path_factory, tiny_table):
    """A configuration, an untrained run, a picture, detections and a data set; tests run in folders beside them."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "config.yaml").write_text(json.dumps(tiny_table))
    run = Run.create(zoo_core.load_config(tiny_table), folder / "run")
    zoo_core.build(run.config).engine.save(run.weights)
    (folder / "detections.json").write_text("[]")
    Image.fromarray(np.full((48, 64, 3), 127, np.uint8)).save(folder / "picture.png")
    return folder


@pytest.fixture
def bad(tmp_path, monkeypatch, place, write_voc):
    """Makes the path, and the arguments in which it stands for WHERE."""
    for name in ("picture.png", "detections.json"):
        (tmp_path / name).symlink_to(place / name)
    (tmp_path / "empty").mkdir()
    write_voc(tmp_path / "voc", {"a": [("circle", (10, 10, 40, 40))]})
    monkeypatch.chdir(tmp_path)

    def arguments(kind, ending, command):
        path = BAD[kind](ending)
        known = {"CONFIG": str(place / "config.yaml"), "RUN": str(place / "run")}
        known["RUN/weights.params"] = str(place / "run" / "weights.params")
        return path, [
            known.get(each, path if each == WHERE else each.replace(WHERE, json.dumps(path))) for each in command
        ]

    return arguments


def check_told(said, codes=(2,)):
    """One message of ours, that does nothing to a terminal and could not be taken for two."""
    assert said.code in codes
    lines = said.err.rstrip("\n").split("\n")
    assert lines[0].startswith("zoo: ")
    assert all(line.startswith((" ", "zoo: ")) for line in lines)
    assert not any(line.startswith("zoo: all is well") for line in lines)
    assert said.err.isascii() or "\u202e" not in said.err
    assert not {"\x1b", "\x9b", "\r", "\0"} & {*said.err, *said.out}


def each_with(commands, kinds):
    """All pairs; always tried are the kinds that tell the most, and of the others each with every sixteenth command.

    Of commands that have to load a network first only those that tell the most.
    """
    return [
        pytest.param(command, kind, marks=[] if quick else pytest.mark.slow)
        for row, command in enumerate(commands)
        for column, kind in enumerate(kinds)
        for quick in [kind in TELLING_MOST if command in HEAVY else kind in TELLING or (row + column) % 16 == 0]
        if command not in BESIDE_OTHERS or kind not in ("top", "folder")
    ]


@pytest.mark.parametrize(("command", "kind"), each_with(READ, BAD))
def test_a_bad_path_that_is_read_is_told(command, kind, zoo, bad):
    path, arguments = bad(kind, *READ[command])
    check_told(zoo(*arguments))
    if kind == "pipe":
        assert stat.S_ISFIFO(Path(path).stat().st_mode)
    assert not Path("never").exists()
    assert not Path("never.onnx").exists()


@pytest.mark.parametrize(("command", "kind"), each_with(WRITE, sorted(CANNOT_BE_WRITTEN)))
def test_a_bad_path_that_is_written_is_told_before_any_work(command, kind, zoo, bad):
    before = os.listdir()  # noqa: PTH208 -- names are compared
    path, arguments = bad(kind, *WRITE[command])
    check_told(zoo(*arguments))
    if kind == "pipe":
        assert stat.S_ISFIFO(Path(path).stat().st_mode)
    made = {*os.listdir()} - {*before, "filetext"}  # noqa: PTH208 -- names are compared
    assert all(name in path for name in made)


@pytest.mark.parametrize("name", ["sheet.foo", "sheet", "sheet.png.gz", ".png"])
@pytest.mark.parametrize("command", sorted(NEEDS_ENDING))
def test_an_ending_that_says_no_kind_of_file_is_told_before_any_work(command, name, zoo, bad):
    _, arguments = bad("missing", "", [each.replace(WHERE, name) for each in WRITE[command][1]])
    said = zoo(*arguments)
    check_told(said)
    assert re.search(r"its name should end in \.(png|jpg|onnx)|ends in \.onnx", said.err)
    assert not Path(name).exists()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_that_is_a_path_is_tried(name):
    words = name.split()
    commands = [command for _, command in [*READ.values(), *WRITE.values()]]
    tried = {each for command in commands if command[: len(words)] == words for each in command}
    place = COMMANDS[name]
    function = getattr(importlib.import_module(f"zoo_core.cli.{place.module}"), place.function)
    for option, hint in typing.get_type_hints(function, include_extras=True).items():
        kind, *about = typing.get_args(hint) or [hint]
        if {Path, list[Path]} & {kind, *typing.get_args(kind)}:
            assert WHERE in tried if isinstance(about[0], ArgumentInfo) else f"--{option}" in tried, option


@pytest.mark.parametrize("ending", [".jpg", ".mp4"])
def test_no_bad_source_stops_the_others(ending, zoo, bad, monkeypatch):
    paths = [BAD[kind](ending) for kind in BAD if kind not in ("top", "here", "empty")]
    _, (*command, _) = bad("missing", ending, ["predict", "RUN", "--no-draw", "--json", "picture.png"])
    fit_for_arguments = [path for path in paths if "\n" not in path]
    addresses = ["http://[bad", "http://127.0.0.1:99999/x.jpg", "empty", "*.gif"]
    said = zoo(*command, *fit_for_arguments, *addresses, "picture.png")
    check_told(said, (1,))
    assert [json.loads(line)["source"] for line in said.out.splitlines()] == ["picture.png"]
    assert f"zoo: {len(fit_for_arguments) + 4} could not be read; 1 picture was processed" in said.err
    lines = [*fit_for_arguments, *addresses[:3], "x" * 100_000, "picture.png"]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines)))
    said = zoo(*command, "-")
    check_told(said, (1,))
    assert [json.loads(line)["source"] for line in said.out.splitlines()] == ["picture.png"]
    assert f"zoo: {len(lines) - 1} could not be read" in said.err

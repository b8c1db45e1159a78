"""Whatever classes and files are called, what is printed steers no terminal, and can be printed everywhere."""

from __future__ import annotations

import csv
import json
import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import zoo_core
from zoo_core.cli import main
from zoo_core.training.run import Run

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202ec\u2066\r\nzoo: all is well \udce9é\x85[bold]"
SHOWN = r"\x1b]0;owned\x07\x1b[2J\x9b31m\u202ec\u2066\x0d\nzoo: all is well \xe9é\x85[bold]"
STEERS = {*"\x1b\x9b\x07\r\x85\u202e\u2066"}

ZOO = Path(sys.executable).with_name("zoo")
EXPORTED = str(Path(__file__).parents[1] / "light" / "detector.onnx")
"""For programs that are started, of which MXNet would be the most work."""


@pytest.fixture(scope="module")
def hostile_run(tmp_path_factory, tiny_table):
    """An untrained run one of whose classes is called so; it finds something everywhere."""
    classes = [HOSTILE.replace("\udce9", "").replace("\x85", ""), "square", "triangle"]
    table = tiny_table | {"classes": classes, "data": None}
    run = Run.create(zoo_core.load_config(table), tmp_path_factory.mktemp("runs") / "hostile")
    zoo_core.build(run.config).engine.save(run.weights)
    return str(run.folder)


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = [f"{HOSTILE}.png", "l" * 245 + ".png", "n" * 250 + ".webp"]
    for name in names:
        Image.fromarray(np.full((48, 64, 3), 99, np.uint8)).save(name)
    return names


def steers(text):
    return STEERS & {*text}


def test_names_of_files_and_classes_are_shown_harmless(zoo, hostile_run, pictures):
    said = zoo("predict", hostile_run, *pictures, "none\x1b2J\nzoo: all is well", "--score", "0", "--csv", "found.csv")
    assert said.code == 1
    assert not steers(said.out + said.err)
    first, *others = said.out.splitlines()
    assert len(others) == 2
    assert first.startswith(f"{SHOWN}.png: ")
    assert r"none\x1b2J\nzoo: all is well: no such file" in said.err
    assert [line for line in said.err.splitlines() if line.startswith("zoo: all is well")] == []
    assert sorted(os.listdir("found")) == sorted(pictures)  # noqa: PTH208 -- names are compared
    with open("found.csv", encoding="utf-8", newline="") as file:  # noqa: PTH123 -- as csv's page has it
        sources = {row["source"] for row in csv.DictReader(file)}
    assert sources == {pictures[0].replace("\udce9", r"\udce9"), *pictures[1:]}


def test_json_keeps_the_names_and_steers_nothing(zoo, hostile_run, pictures):
    said = zoo("predict", hostile_run, pictures[0], "--no-draw", "--score", "0", "--json", "--coco", "found.json")
    assert not steers(said.out)
    assert json.loads(said.out)["source"] == pictures[0]
    with open("found.json", encoding="utf-8") as file:  # noqa: PTH123 -- no name of this test is a path
        assert json.load(file)["images"][0]["file_name"] == pictures[0]


def test_a_data_set_and_its_scores_are_shown_harmless(zoo, tmp_path, write_voc, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = "c\u202ed[bold]é"
    write_voc(tmp_path / "voc", {"a\x9b": [(name, (10, 10, 40, 40)), (name, (5, 5, 5, 5))]})
    for arguments in (["data", "check", "voc"], ["data", "check", "voc", "--json"], ["data", "show", "voc"]):
        said = zoo(*arguments)
        assert not steers(said.out + said.err)
        assert "[bold]é" in said.out + said.err
    (tmp_path / "found.json").write_text("[]")
    said = zoo("eval", "found.json", "--data", "voc", "--set", "data.split=test", "--set", f'classes=["{name}"]')
    assert not steers(said.out + said.err)


@pytest.mark.slow
@pytest.mark.usefixtures("pictures")
def test_an_output_without_the_letters_ends_nothing(program, tmp_path):
    Image.fromarray(np.full((48, 64, 3), 99, np.uint8)).save(tmp_path / "中.png")
    arguments = ("predict", EXPORTED, "中.png", "--no-draw", "--score", "1")
    assert program(*arguments, PYTHONIOENCODING="latin-1").out == "\\u4e2d.png: nothing found\n"
    assert json.loads(program(*arguments, "--json", PYTHONIOENCODING="latin-1").out)["source"] == "中.png"


@pytest.mark.slow
def test_a_list_of_names_that_are_not_utf_8_is_read(pictures, tmp_path):
    (tmp_path / "\udce9.png").hardlink_to(tmp_path / pictures[1])
    command = [ZOO, "predict", EXPORTED, "-", "--no-draw"]
    done = subprocess.run(command, input=b"\xe9.png\n\xff\xfe\0\n", capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith(rb"\xe9.png: ")
    assert rb"zoo: \xff\xfe\x00: cannot be read: not a possible file name" in done.stderr


def test_a_terminal_gets_no_more_than_its_own_escapes(hostile_run, pictures, monkeypatch):
    seen = []
    screen, end = pty.openpty()
    reader = threading.Thread(target=lambda: seen.extend(_read_from(screen)))
    reader.start()
    with os.fdopen(end, "w") as terminal:
        monkeypatch.setattr("sys.stdout", terminal)
        monkeypatch.setattr("sys.stderr", terminal)
        given = ["predict", hostile_run, pictures[0], "none\x1b]0;owned\x07", "--no-draw", "--score", "0"]
        assert main(given) == 1
        monkeypatch.undo()
    reader.join()
    os.close(screen)
    seen = b"".join(seen).decode()
    assert "\x1b[" in seen
    assert "owned" in seen
    assert not [each for each in ("\x1b]0;owned", "\x9b", "\x07", "\u202e") if each in seen]


def _read_from(screen):
    """What comes to a terminal while somebody writes there."""
    while True:
        try:
            piece = os.read(screen, 1 << 16)
        except OSError:  # how Linux says that the other end is closed
            return
        if not piece:
            return
        yield piece

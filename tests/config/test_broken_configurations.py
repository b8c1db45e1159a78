"""Broken configurations and, word for word, what is said about each.

Every file in tests/core/broken is a configuration with faults, and the .txt of the same
name is the whole message. After a change of wording, write the messages anew and read the
difference before it is committed::

    ZOO_WRITE_MESSAGES=1 pytest tests/config/test_broken_configurations.py
    git diff tests/core/broken

A comment ``# without: PACKAGE`` takes a package away, ``# ZOO_BLOCK=NAME`` leaves it out, and
``# with: MODULE`` adds a plugin.
"""

from __future__ import annotations

import os
import re
from importlib import import_module, metadata
from pathlib import Path

import pytest

from zoo_core.cli import main
from zoo_core.common.errors import ZooError
from zoo_core.common.tables import ENDINGS
from zoo_core.config.loading import load_config
from zoo_core.registry.registry import Registry, default_registry

FOLDER = Path(__file__).parent / "broken"
FILES = sorted(path.name for path in FOLDER.iterdir() if path.suffix in ENDINGS)


@pytest.fixture(autouse=True)
def _inside_the_folder(monkeypatch):
    monkeypatch.chdir(FOLDER)
    # The command that installs a package names this machine's folders.
    monkeypatch.setattr("zoo_core.registry.installing._source_of_core", lambda: None)


@pytest.mark.parametrize("name", FILES)
def test_the_message_is_the_one_written_down(name, monkeypatch):
    with pytest.raises(ZooError) as caught:
        load_config(Path(name), registry=registry_for(Path(name).read_text(encoding="utf-8"), monkeypatch))
    message, expected = f"zoo: {caught.value}\n", Path(name).with_suffix(".txt")
    if os.environ.get("ZOO_WRITE_MESSAGES"):
        expected.write_text(message, encoding="utf-8")
    assert message == expected.read_text(encoding="utf-8")
    assert caught.value.exit_code == 2


def registry_for(text: str, monkeypatch) -> Registry:
    without = re.search(r"^# without: (\S+)", text, re.MULTILINE)
    blocked = re.search(r"^# ZOO_BLOCK=(\S+)", text, re.MULTILINE)
    beside = re.search(r"^# with: (\S+)", text, re.MULTILINE)
    if not without and not blocked and not beside:
        return default_registry()
    if blocked:
        monkeypatch.setenv("ZOO_BLOCK", blocked[1])
    registry = Registry()
    registry.discover(each for each in metadata.distributions() if not without or each.name != without[1])
    if beside:
        registry.register(import_module(beside[1]), "beside")
    return registry


def test_the_command_line_says_the_same(capsys):
    assert main(["check", "01-notebook-256.yaml"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == Path("01-notebook-256.txt").read_text(encoding="utf-8")


def test_there_are_forty_and_every_message_has_its_file():
    assert len(FILES) >= 40
    assert {Path(name).stem for name in FILES} == {path.stem for path in FOLDER.glob("*.txt")}

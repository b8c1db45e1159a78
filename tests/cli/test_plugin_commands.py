"""Commands that plugins add: light until they are called, never in the way of the zoo's own."""

from __future__ import annotations

import json
import sys

import pytest

from zoo_core import cli
from zoo_core.cli.commands import COMMANDS
from zoo_core.common.errors import PluginError
from zoo_core.parts.commands import Command
from zoo_core.plugin_api import hookimpl
from zoo_core.registry.known_plugins import CORE_COMMANDS
from zoo_core.registry.registry import Registry, default_registry

PLUGIN = """
    from zoo_core.plugin_api import Command, hookimpl

    @hookimpl
    def zoo_commands():
        return [Command(*each) for each in {commands!r}]
"""
HEAVY = """
from typing import Annotated
import typer
from zoo_core.plugin_api import RunError

def greet(name: str, times: Annotated[int, typer.Option(help="How often.", min=1)] = 1) -> int:
    '''Greet somebody by name.

    As often as wanted.
    '''
    if name == "nobody":
        raise RunError("nobody is here")
    if name == "bug":
        raise ValueError("a bug")
    if name == "end":
        raise SystemExit(7)
    print(" ".join(["hello", name] * times))
    return 3

not_a_function = 7

def unreadable(value: int | str):
    pass
"""


@pytest.fixture
def _imported(capsys):
    """What help needs is imported before `install` begins to forget what is."""
    cli.main(["train", "--help"])
    capsys.readouterr()


@pytest.fixture
def plugin(_imported, install, tmp_path):
    """``plugin("zoo-greet", ("greet", "heavy_code:greet", "Greet."))`` installs a plugin of commands."""
    (tmp_path / "heavy_code.py").write_text(HEAVY, encoding="utf-8")

    def lay(distribution, *commands):
        install(distribution, PLUGIN.format(commands=commands))
        default_registry.cache_clear()

    yield lay
    default_registry.cache_clear()


@pytest.fixture
def greeting(plugin):
    plugin("zoo-greet", ("greet", "heavy_code:greet", "Greet somebody."))


@pytest.mark.usefixtures("greeting")
def test_it_is_listed_with_its_package_and_not_imported(zoo, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    code, out, _ = zoo("--help")
    assert code == 0
    assert " greet " in out
    assert "Greet somebody. (from zoo-greet)" in out
    assert zoo("list", "loggers").code == zoo("check", "tinyssd_shapes").code == 0
    assert "heavy_code" not in sys.modules


@pytest.mark.usefixtures("greeting")
def test_it_is_a_command_like_all_others(zoo, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert zoo("greet", "you", "--times", "2") == (3, "hello you hello you\n", "")
    out = zoo("greet", "-h").out
    assert "zoo greet [OPTIONS] NAME" in out
    assert "As often as wanted." in out
    assert "How often." in out
    assert zoo("greet").code == 2
    assert zoo("greet", "you", "--times", "0").code == 2
    assert zoo("greet", "nobody") == (2, "", "zoo: nobody is here\n")
    with pytest.raises(SystemExit) as ended:
        zoo("greet", "end")
    assert ended.value.code == 7


@pytest.mark.usefixtures("greeting")
def test_what_fails_is_told_as_the_plugins(zoo):
    code, _, err = zoo("greet", "bug")
    assert (code, err) == (1, "zoo: command 'greet' of plugin 'zoo-greet' of zoo-greet 1.2 failed: ValueError: a bug\n")


@pytest.mark.usefixtures("greeting")
def test_a_near_word_is_suggested(zoo):
    code, _, err = zoo("great", "you")
    assert code == 2
    assert "no command is named 'great'; did you mean 'greet'? commands: list, show" in err
    assert err.endswith("doctor, greet\n")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("heavy_code:nothing", "is to be run by 'heavy_code:nothing', which does not exist"),
        ("nowhere:greet", "is to be run by 'nowhere:greet', which does not exist"),
        ("heavy_code:not_a_function", "cannot be run: "),
        ("heavy_code:unreadable", "cannot be run: "),
    ],
)
def test_one_that_cannot_be_run_says_why_and_others_can(zoo, plugin, target, message):
    plugin("zoo-bad", ("bad", target, "Fail."), ("greet", "heavy_code:greet", "Greet."))
    code, _, err = zoo("bad")
    assert code != 0
    assert err.startswith("zoo: command 'bad' of plugin 'zoo-bad' of zoo-bad 1.2 ")
    assert message in err
    assert zoo("greet", "you").out == "hello you\n"


def test_a_word_of_the_zoo_is_not_taken_and_the_plugin_is_told(zoo, plugin):
    plugin("zoo-greet", ("train", "heavy_code:greet", "Greet."), ("data", "heavy_code:greet", "Greet."))
    assert "Train a detector" in zoo("train", "--help").out
    assert "Report what is in a data set" in zoo("data").out
    assert zoo("zoo-greet:train", "you") == (3, "hello you\n", "")
    code, out, _ = zoo("plugins")
    assert code == 1
    for word in ("train", "data"):
        assert f"command {word!r} is also provided by plugin 'core' of zoo-core" in out
        assert f"use 'zoo-greet:{word}' for this one" in out


def test_two_packages_with_one_word_are_told_apart(zoo, plugin):
    plugin("zoo-a", ("greet", "heavy_code:greet", "Greet a."))
    plugin("zoo-b", ("greet", "heavy_code:greet", "Greet b."))
    assert zoo("greet", "you").code == 2
    assert zoo("zoo-a:greet", "you").out == zoo("zoo-b:greet", "you").out == "hello you\n"
    parts = {each["package"]: each["parts"] for each in json.loads(zoo("plugins", "--json").out)}
    assert parts["zoo-a"] == [{"kind": "command", "name": "zoo-a:greet"}]


def test_the_words_of_the_core_are_known_below_the_command_line():
    assert list(CORE_COMMANDS) == list(dict.fromkeys(name.partition(" ")[0] for name in COMMANDS))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "zoo_commands() should return an iterable of Command; got None"),
        (["greet"], "zoo_commands() should return Command objects; got 'greet'"),
        ([Command("Greet me", "a:b", "Greet.")], "one word of lower-case letters, digits and hyphens; got 'Greet me'"),
        ([Command("--greet", "a:b", "Greet.")], "one word of lower-case letters"),
        ([Command("greet", "a.b", "Greet.")], "the target of command 'greet' should be 'package.module:function'"),
        ([Command("greet", "a:b", " ")], "help of command 'greet' should say what it is for"),
        ([Command("greet", "a:b", "Greet.")] * 2, "zoo_commands() returns two commands 'greet'"),
    ],
)
def test_what_is_not_a_command_sets_the_plugin_aside(given, message):
    module = type("Plugin", (), {"zoo_commands": staticmethod(hookimpl(lambda: given))})
    with pytest.raises(PluginError) as caught:
        Registry().register(module, "greet")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "zoo_training_events() should return an iterable of targets; got None"),
        ("a:b", "zoo_training_events() should return an iterable of targets; got 'a:b'"),
        (["a.b"], "zoo_training_events() should return 'package.module:Class'; got 'a.b'"),
        ([dict], "zoo_training_events() should return 'package.module:Class'; got <class 'dict'>"),
    ],
)
def test_what_is_not_a_watcher_sets_the_plugin_aside(given, message):
    module = type("Plugin", (), {"zoo_training_events": staticmethod(hookimpl(lambda: given))})
    with pytest.raises(PluginError) as caught:
        Registry().register(module, "watch")
    assert message in str(caught.value)

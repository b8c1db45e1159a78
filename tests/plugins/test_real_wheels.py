"""Strangers' packages, built and installed: good ones are there at once, broken ones stop nobody."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import NamedTuple

import pytest

PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "1.2"
dependencies = {requires}

[project.entry-points.zoo]
{entry} = "{module}"

[tool.hatch.build.targets.wheel]
include = ["{module}.py"]
"""

LOSS = """
from typing import Literal
from zoo_core import Component, LossSettings, hookimpl

class Settings(LossSettings):
    '''A loss.

    Source: a stranger.
    '''
    name: Literal["{0}"] = "{0}"
    negative_mining_ratio: float = 3
    box_weight: float = 1

@hookimpl
def zoo_components():
    return [Component(Settings, "zoo_tinyssd.loss:MultiBoxLoss")]
"""

NAMELESS = LOSS.replace('    name: Literal["{0}"] = "{0}"\n', "")


class Stranger(NamedTuple):
    """A package, and what ``zoo plugins`` says of it."""

    source: str
    state: str
    reason: str = ""
    note: str = ""
    entry: str | None = None
    requires: tuple[str, ...] = ()


STRANGERS = {
    "x-good": Stranger(LOSS.format("fine"), "in use"),
    "x-import-error": Stranger("import a_package_that_nobody_has", "broken", "ModuleNotFoundError: No module named"),
    "x-syntax-error": Stranger("def (", "broken", "SyntaxError: invalid syntax"),
    "x-exits": Stranger("import sys; sys.exit(3)", "broken", "SystemExit: 3"),
    "x-misspelt-hook": Stranger(
        LOSS.format("lost").replace("def zoo_components", "def zoo_component"),
        "broken",
        "'zoo_component' is not a hook of the zoo; did you mean 'zoo_components'?",
    ),
    "x-wrong-type": Stranger(
        LOSS.format("lost").replace("return [", "return 7 #"),
        "broken",
        "zoo_components() should return an iterable of Component; got 7",
    ),
    "x-nameless": Stranger(NAMELESS, "broken", "Settings has no name; write name: Literal['...'] = '...'"),
    "x-like-ours": Stranger(
        LOSS.format("multibox"),
        "clash",
        ": use 'x-like-ours:multibox' for this one",
    ),
    "x-same-1": Stranger(
        LOSS.format("same"), "clash", "loss 'same' is also provided by plugin 'x-same-2' of x-same-2 1.2"
    ),
    "x-same-2": Stranger(LOSS.format("same"), "clash", "use 'x-same-2:same' for this one, or leave one of them out"),
    "x-twin-1": Stranger(LOSS.format("twin_1"), "in use", entry="twin"),
    "x-twin-2": Stranger(LOSS.format("twin_2"), "in use", entry="twin"),
    "x-other-core": Stranger("1 / 0", "broken", "made for zoo-core~=99.0, but this is ", requires=("zoo-core~=99.0",)),
    "x-prints": Stranger("print('buy me')\n" + LOSS.format("loud"), "in use", note="prints when imported"),
    "x-warns": Stranger(
        "import warnings; warnings.warn('old')\n" + LOSS.format("worried"), "in use", note="UserWarning: 'old'"
    ),
    "x-slow": Stranger(
        "import time; time.sleep(0.6)\n" + LOSS.format("slow"), "in use", note="s to import, which delays every command"
    ),
}


def write(folder: Path, name: str, stranger: Stranger) -> Path:
    project, module = folder / name, name.replace("-", "_")
    project.mkdir()
    (project / f"{module}.py").write_text(stranger.source, encoding="utf-8")
    text = PYPROJECT.format(
        name=name, module=module, entry=stranger.entry or name, requires=json.dumps(stranger.requires)
    )
    (project / "pyproject.toml").write_text(text, encoding="utf-8")
    return project


# All of them at once


@pytest.fixture(scope="module")
def crowded(environment, tmp_path_factory):
    """The environment with all strangers in it."""
    folder = tmp_path_factory.mktemp("strangers")
    environment.install(*(write(folder, name, stranger) for name, stranger in STRANGERS.items()))
    yield environment
    environment.uninstall(*STRANGERS)


@pytest.fixture(scope="module")
def reported(crowded):
    """What ``zoo plugins --json`` says, by package."""
    said = crowded.zoo("plugins", "--json")
    assert (said.returncode, said.stderr) == (1, "")
    return {each["package"]: each for each in json.loads(said.stdout)}


@pytest.mark.parametrize("name", STRANGERS)
def test_each_is_named_with_its_state_and_its_reason(reported, name):
    stranger, said = STRANGERS[name], reported[name]
    assert (said["name"], said["version"], said["state"]) == (stranger.entry or name, "1.2", stranger.state)
    assert stranger.reason in (said["reason"] or "")
    assert bool(said["reason"]) == (stranger.state != "in use")
    assert stranger.note in "".join(said["notes"])
    assert bool(said["parts"]) == (stranger.state != "broken")


def test_ours_are_in_use_whatever_the_strangers_do(reported):
    assert [reported[name]["state"] for name in ("zoo-core", "zoo-tinyssd")] == ["in use", "in use"]


def test_people_read_the_same(crowded):
    said = crowded.zoo("plugins")
    assert (said.returncode, said.stderr) == (1, "")
    for name, stranger in STRANGERS.items():
        entry = stranger.entry or name
        if stranger.state == "broken":
            assert f"\n{entry} of {name} 1.2 was set aside:\n" in said.stdout
        if stranger.state == "clash":
            assert f"\n{entry} of {name} 1.2 is in use, but shares some of its names:\n" in said.stdout
        assert stranger.reason in said.stdout
        assert stranger.note in said.stdout


def test_the_list_goes_on_and_says_that_some_are_missing(crowded):
    said = crowded.zoo("list", "losses", "--json")
    assert said.returncode == 0
    assert said.stderr == ""
    names = [each["name"] for each in json.loads(said.stdout)["loss"]]
    plain = {"multibox", "fine", "loud", "worried", "slow", "twin_1", "twin_2"}
    assert names == sorted(plain | {"x-like-ours:multibox", "x-same-1:same", "x-same-2:same"})
    said = crowded.zoo("list")
    assert said.returncode == 0
    assert said.stderr == "zoo: 7 plugins set aside; `zoo plugins` says why\n"
    assert "buy me" not in said.stdout


def test_a_configuration_chooses_by_package_and_name(crowded):
    said = crowded.zoo("check", "tinyssd_shapes", "--set", "loss=same")
    assert said.returncode == 2
    assert "loss: loss 'same' is provided by 2 packages; use 'x-same-1:same' or 'x-same-2:same'" in said.stderr
    assert crowded.zoo("check", "tinyssd_shapes", "--set", "loss=x-same-2:same").returncode == 0
    assert "package: 'x-same-2' of x-same-2 1.2" in crowded.zoo("show", "x-same-2:same").stdout
    assert "provided by 2 packages" in crowded.zoo("show", "same").stderr


def test_the_choice_is_kept_in_what_is_written(crowded):
    crowded.python(
        "-c",
        textwrap.dedent("""
        import yaml, zoo_core as zoo
        config = zoo.load_config("tinyssd_shapes", {"loss": {"name": "x-same-2:same", "box_weight": 2}})
        table = yaml.safe_load(config.to_yaml())
        assert table["loss"] == {"name": "x-same-2:same", "negative_mining_ratio": 3.0, "box_weight": 2.0}, table
        assert zoo.load_config(table) == zoo.load_config(config) == config
        assert type(config.loss).__module__ == "x_same_2"
        assert yaml.safe_load(zoo.load_config("tinyssd_shapes").to_yaml())["loss"]["name"] == "multibox"
        """),
    )


# One that comes and goes

WITH_IT = [
    f"--set={setting}"
    for setting in (
        "loss=fleeting",
        "training.epochs=1",
        "training.batch_size=2",
        "training.workers=0",
        "data.train_images=2",
        "data.validation_images=2",
    )
]


@pytest.fixture(scope="module")
def visit(environment, tmp_path_factory):
    """A run that was made with a package that is gone by now, and what was said while it was there."""
    folder = tmp_path_factory.mktemp("visit")
    run = folder / "run"
    environment.install(write(folder, "x-visitor", Stranger(LOSS.format("fleeting"), "in use")))
    try:
        said = {
            "list": environment.zoo("list", "losses"),
            "show": environment.zoo("show", "fleeting"),
            "check": environment.zoo("check", "tinyssd_shapes", *WITH_IT),
            "train": environment.zoo("train", "tinyssd_shapes", "--out", run, *WITH_IT),
            "python": environment.run(
                "python", "-c", "import sys, zoo_core as zoo; print(zoo.load(sys.argv[1]).config.loss)", run
            ),
        }
    finally:
        environment.uninstall("x-visitor")
    return run, said


def test_an_installed_package_is_there_at_once(visit):
    _, said = visit
    assert all(each.returncode == 0 for each in said.values()), said
    assert "x-visitor" in said["list"].stdout
    assert "package: 'x-visitor' of x-visitor 1.2" in said["show"].stdout
    assert "name='fleeting'" in said["python"].stdout


@pytest.mark.usefixtures("visit")
def test_what_was_uninstalled_is_gone_and_missed_by_name(environment):
    assert "fleeting" not in environment.zoo("list", "losses").stdout
    missed = environment.zoo("check", "tinyssd_shapes", *WITH_IT)
    assert missed.returncode == 2
    assert "loss: no loss is named 'fleeting'; losses: " in missed.stderr


def test_a_run_remembers_where_its_parts_came_from(visit, environment):
    run, _ = visit
    missed = environment.zoo("predict", run, run)
    assert missed.returncode == 2
    assert "no loss is named 'fleeting'" in missed.stderr
    assert missed.stderr.endswith(
        "  loss 'fleeting' came from x-visitor 1.2, and that is not installed: pip install x-visitor==1.2\n"
    )

"""``zoo plugin new``: what it writes is a plugin that works, and what it cannot write it says."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from zoo_core.cli import main
from zoo_core.cli.scaffold.names import NameTakenError, PluginNameError, PluginNames
from zoo_core.cli.scaffold.writing import NEW_KINDS, new_plugin
from zoo_core.common.errors import UnknownNameError
from zoo_core.common.tables import from_yaml
from zoo_core.common.versions import plugin_requirement
from zoo_core.parts.components import KINDS
from zoo_core.registry.registry import Registry, default_registry

LONGEST = "zoo-" + "abcdefghi-" * 3 + "abcdef"
RUFF = Path(sys.executable).with_name("ruff")


def write(name, kind, folder):
    return new_plugin(name, kind, folder, default_registry())


# What is written


@pytest.mark.parametrize("name", [pytest.param("zoo-cool-part", marks=pytest.mark.slow), "x1", LONGEST])
@pytest.mark.parametrize("kind", NEW_KINDS)
def test_what_is_written_is_tidy_whatever_its_name(kind, name, tmp_path):
    write(name, kind, tmp_path / "new")
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [RUFF, *command, "--no-cache", "."], cwd=tmp_path / "new", capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("kind", NEW_KINDS)
def test_nothing_of_the_template_is_left(kind, tmp_path):
    folder = write("Zoo_Cool.part", kind, tmp_path / "new")
    files = [path for path in folder.rglob("*") if path.is_file()]
    names = {str(path.relative_to(folder)) for path in files}
    assert {"pyproject.toml", "README.md", ".gitignore", ".github/workflows/test.yml"} < names
    assert {"src/zoo_cool_part/py.typed", "src/zoo_cool_part/settings.py", "tests/test_cool_part.py"} < names
    for path in files:
        text = f"{path}\n{path.read_text(encoding='utf-8')}".lower()
        assert not any(word in text for word in ("newpart", "newkind", "newkey", "newdetector", "newmodule"))


def test_every_kind_has_a_template():
    assert tuple(KINDS) == NEW_KINDS


@pytest.mark.parametrize("kind", NEW_KINDS)
def test_its_example_and_its_readme_choose_the_part_where_configurations_do(kind, tmp_path):
    folder = write("zoo-cool-part", kind, tmp_path / "new")
    readme = (folder / "README.md").read_text(encoding="utf-8")
    table = from_yaml(readme.partition("```yaml\n")[2].partition("```")[0])
    source = (folder / "src" / "zoo_cool_part" / "plugin.py").read_text(encoding="utf-8")
    example = ast.literal_eval(source.partition("return {\n")[2].join(["{", ""]).rpartition("}")[0] + "}")
    ((_, config),) = example.items()
    assert _found(table) == {"name": "cool_part"}
    assert "cool_part" in repr({key: config[key] for key in table})


def _found(table):
    """The innermost of what a table of one entry holds."""
    while len(table) == 1 and "name" not in table:
        (table,) = table.values() if isinstance(table, dict) else table
    return table


def test_it_is_made_for_the_core_that_wrote_it(tmp_path):
    folder = write("zoo-cool-part", "loss", tmp_path / "new")
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["name"] == "zoo-cool-part"
    assert plugin_requirement() in project["dependencies"]
    assert project["entry-points"] == {"zoo": {"cool_part": "zoo_cool_part.plugin"}}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("zoo-cool-net", PluginNames("zoo-cool-net", "zoo_cool_net", "cool_net", "CoolNet")),
        ("Cool.Net", PluginNames("cool-net", "cool_net", "cool_net", "CoolNet")),
        ("zoo-3d", PluginNames("zoo-3d", "zoo_3d", "3d", "Zoo3d")),
        ("vgg", PluginNames("vgg", "vgg", "vgg", "Vgg")),
    ],
)
def test_the_names_follow_from_that_of_the_distribution(name, expected):
    assert PluginNames.of(name) == expected


# What is refused


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("my plugin", "'my plugin' is not a possible package name: .*; zoo-my-plugin would do"),
        ("-x", "'-x' is not a possible package name: .*; zoo-x would do"),
        ("../up", "zoo-up would do"),
        ("netz_ä", "zoo-netz would do"),
        ("", "'' is not a possible package name: use letters, digits, and hyphens between them$"),
        ("3d", "Python cannot import a package '3d' of its own; zoo-3d would do"),
        ("class", "Python cannot import a package 'class' of its own; zoo-class would do"),
        ("json", "Python cannot import a package 'json' of its own; zoo-json would do"),
        (f"{LONGEST}x", "is longer than 40 characters"),
    ],
)
def test_refuses_what_is_no_name(name, message, tmp_path):
    with pytest.raises(PluginNameError, match=message):
        write(name, "loss", tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("zoo-voc", "dataset", "dataset 'voc' is already installed, from zoo-core; choose another name"),
        ("multibox", "targets", "target encoder 'multibox' is already installed, from zoo-tinyssd"),
        ("zoo-tinyssd", "loss", "a package 'zoo_tinyssd' is already installed"),
        ("numpy", "loss", "a package 'numpy' is already installed"),
    ],
)
def test_refuses_a_name_that_is_taken(name, kind, message, tmp_path):
    with pytest.raises(NameTakenError, match=message):
        write(name, kind, tmp_path / "new")


def test_refuses_the_name_of_a_known_part_that_is_not_installed(tmp_path):
    with pytest.raises(NameTakenError, match="backbone 'tinyssd' is in the package zoo-tinyssd"):
        new_plugin("tinyssd", "backbone", tmp_path / "new", Registry())


def test_refuses_what_is_no_kind(tmp_path):
    with pytest.raises(UnknownNameError) as caught:
        write("zoo-x", "backbon", tmp_path / "new")
    kinds = ", ".join(NEW_KINDS)
    assert str(caught.value) == f"no kind is named 'backbon'; did you mean 'backbone'? kinds: {kinds}"


def test_refuses_a_folder_in_which_something_is(tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(NameTakenError, match="already exists and is not empty; name another folder with --out"):
        write("zoo-x", "loss", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_command_writes_beside_you_and_says_how_to_go_on(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["plugin", "new", "zoo-x", "--kind", "loss"]) == 0
    assert (tmp_path / "zoo-x" / "pyproject.toml").is_file()
    assert "cd zoo-x\n  pip install --editable .[dev]\n" in capsys.readouterr().out
    assert main(["plugin", "new", "zoo-x", "--kind", "loss"]) == 2
    assert capsys.readouterr().err.startswith("zoo: zoo-x: already exists")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["plugin", "nwe", "zoo-x"], "no command is named 'plugin nwe'; did you mean 'plugin new'?"),
        (["plugin", "new", "zoo-x"], "Missing option '--kind'"),
    ],
)
def test_the_command_says_what_is_wrong_with_itself(words, message, capsys):
    assert main(words) == 2
    assert message in capsys.readouterr().err


# What is written works: built, installed, checked, tested and trained with in a fresh environment


@pytest.fixture(scope="module")
def type_cache(tmp_path_factory):
    """One cache for all, so that mypy reads numpy and pydantic once."""
    return tmp_path_factory.mktemp("mypy")


@pytest.mark.parametrize("kind", NEW_KINDS)
def test_what_is_written_installs_passes_its_own_checks_and_trains(kind, environment, type_cache, tmp_path):
    name = f"zoo-brand-new-{kind}"
    written = environment.zoo("plugin", "new", name, "--kind", kind, "--out", tmp_path / name)
    assert written.returncode == 0, written.stderr
    assert (tmp_path / name / ".github" / "workflows" / "test.yml").is_file()
    environment.install(tmp_path / name)
    try:
        shown = environment.zoo("show", f"brand_new_{kind}")
        assert f"package: 'brand_new_{kind}' of {name} 0.1.0" in shown.stdout, shown.stderr
        if kind != "dataset":  # whose detector has no images of its own: its tests draw some
            trained = environment.zoo("train", f"brand_new_{kind}_example", "--out", tmp_path / "run", *ONE_STEP)
            assert trained.returncode == 0, trained.stderr
            assert (tmp_path / "run" / "metrics.json").is_file()
        for program in (["mypy", "--cache-dir", type_cache], ["pytest", "-q"]):
            environment.python("-m", *program, cwd=tmp_path / name)
    finally:
        environment.uninstall(name)


def test_it_installs_and_passes_its_checks_as_it_says(bare_environment, tmp_path):
    """In an environment without the zoo, with its wheels in the folder of the plugin, and no package index."""
    plugin = write("zoo-as-told", "anchors", tmp_path / "zoo-as-told")
    bare_environment.build(plugin / "wheels")
    for program in ("mypy", "pytest"):  # what it sees of other packages are modules alone
        bare_environment.write_program(program, f'exec python -m {program} "$@"')
    bare_environment.write_program("ruff", f'exec "{Path(sys.executable).with_name("ruff")}" "$@"')
    commands = told_by_workflow(plugin)
    assert [command for command in told_by_page(plugin) if command != "zoo plugins"] == commands
    for command in [*commands, "zoo plugins"]:
        done = bare_environment.run_line(command, plugin, PIP_NO_INDEX="1", PIP_NO_BUILD_ISOLATION="0")
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def told_by_workflow(plugin):
    text = (plugin / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
    return [step["run"].strip() for step in from_yaml(text)["jobs"]["test"]["steps"] if "run" in step]


def told_by_page(plugin):
    """The commands below the one that makes an environment."""
    _, _, working = (plugin / "README.md").read_text(encoding="utf-8").partition("## Working on it")
    first, *lines = working.split("```")[1].strip().splitlines()
    assert first.startswith("python -m venv")
    return [command for line in lines for command in line.split(" && ")]


ONE_STEP = [
    f"--set={setting}"
    for setting in (
        "training.epochs=1",
        "training.batch_size=2",
        "training.workers=0",
        "data.train_images=2",
        "data.validation_images=2",
    )
]

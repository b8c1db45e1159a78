"""Everything that is installed is pinned, so that two environments made on two days are the same."""

import re
import sysconfig
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REQUIREMENTS = sorted(ROOT.glob("requirements*.txt"))
OURS = {
    tomllib.loads(project.read_text(encoding="utf-8"))["project"]["name"]: project.parent
    for project in [ROOT / "pyproject.toml", *ROOT.glob("plugins/*/pyproject.toml")]
}


def normalized(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def lines_of(file):
    lines = file.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def pinned():
    lines = lines_of(ROOT / "constraints.txt")
    assert all(re.fullmatch(r"[\w.-]+==[\w.+!-]+", line) for line in lines), "name==version and nothing else"
    return {normalized(name): version for name, version in (line.split("==") for line in lines)}


def test_what_is_installed_is_what_is_pinned():
    # Of the environment alone: setuptools puts its own copies of packages on sys.path.
    here = metadata.distributions(path=[sysconfig.get_path("purelib")])
    # A build of a version for this machine, as 2.13.0+cpu, is that version.
    installed = {normalized(each.name): each.version.partition("+")[0] for each in here}
    assert {name: installed[name] for name in installed.keys() - OURS.keys() - {"pip"}} == {
        name: version for name, version in pinned().items() if name in installed
    }


@pytest.mark.parametrize("file", REQUIREMENTS, ids=lambda file: file.name)
def test_what_is_asked_for_is_pinned(file):
    names = [line.partition("[")[0] for line in lines_of(file) if not line.startswith("-")]
    assert {normalized(name) for name in names} <= pinned().keys() | OURS.keys()
    assert {"-c constraints.txt", "-r requirements.txt"} & set(lines_of(file))


def test_users_install_the_core_and_every_plugin_and_nothing_else():
    folders = {line.removeprefix("-e ").partition("[")[0] for line in lines_of(ROOT / "requirements.txt")[1:]}
    assert folders == {str(folder.relative_to(ROOT)) for folder in OURS.values()}

"""One rule for versions: which core a plugin is made for."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from zoo_core.common import versions

ROOT = Path(__file__).parents[2]
PLUGINS = [*ROOT.glob("plugins/*/pyproject.toml"), *ROOT.glob("docs/examples/*/pyproject.toml")]


@pytest.mark.parametrize(
    ("core", "admits", "refuses"),
    [
        ("0.1.0", ["0.1.0", "0.1.7"], ["0.2.0", "1.0.0", "0.0.9"]),
        ("0.12.3", ["0.12.0", "0.12.10"], ["0.13.0", "0.11.9"]),
        ("1.4.2", ["1.4.0", "1.9.0"], ["1.3.9", "2.0.0"]),
    ],
)
def test_a_plugin_asks_for_the_versions_that_keep_their_promises(monkeypatch, core, admits, refuses):
    monkeypatch.setattr(versions, "core_version", lambda: core)
    specifier = Requirement(versions.plugin_requirement()).specifier
    assert [each for each in admits + refuses if specifier.contains(each)] == admits


@pytest.mark.parametrize("project", PLUGINS, ids=lambda path: path.parent.name)
def test_our_own_plugins_ask_for_just_those(project):
    dependencies = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
    assert versions.plugin_requirement() in dependencies

"""The command in a message installs what it is about, wherever the core came from."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from zoo_core.registry.installing import folder_in_repository, pip_install
from zoo_core.registry.known_plugins import OWN_PACKAGES

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def core_from(tmp_path, monkeypatch):
    """Let the core be one that pip installed from an address."""

    def installed(note):
        information = tmp_path / "site" / "zoo_core-0.1.0.dist-info"
        information.mkdir(parents=True)
        (information / "METADATA").write_text("Metadata-Version: 2.1\nName: zoo-core\nVersion: 0.1.0\n")
        if note is not None:
            (information / "direct_url.json").write_text(note)
        monkeypatch.syspath_prepend(tmp_path / "site")

    return installed


def test_from_the_repository(core_from, tmp_path):
    repository = tmp_path / "the zoo"
    (repository / "plugins").mkdir(parents=True)
    core_from(json.dumps({"url": repository.as_uri(), "dir_info": {"editable": True}}))
    assert pip_install("zoo-gluoncv-ssd") == f"pip install '{repository}/plugins/gluoncv_ssd'"
    assert pip_install("zoo-tinyssd==0.0.9") == "pip install FOLDER_OF_WHEELS/zoo_tinyssd-0.0.9-*.whl"


def test_from_a_wheel(core_from, tmp_path):
    (wheel := tmp_path / "wheels" / "zoo_core-0.1.0-py3-none-any.whl").parent.mkdir()
    core_from(json.dumps({"url": wheel.as_uri(), "archive_info": {}}))
    assert pip_install("zoo-tinyssd", "zoo-gluoncv-ssd") == (
        f"pip install {wheel.parent}/zoo_tinyssd-*.whl {wheel.parent}/zoo_gluoncv_ssd-*.whl"
    )


@pytest.mark.parametrize(
    "note",
    [
        None,
        "",
        "{",
        "[]",
        '{"url": 3}',
        '{"url": "https://example.org/zoo.git"}',
        '{"url": "file:///gone/with/the/wind"}',
    ],
)
def test_from_where_nobody_knows(core_from, note):
    core_from(note)
    assert pip_install("zoo-tinyssd") == "pip install FOLDER_OF_WHEELS/zoo_tinyssd-*.whl"


def test_packages_of_others_are_left_to_pip():
    assert pip_install("x-visitor==1.2", "zoo-of-a-stranger") == "pip install x-visitor==1.2 zoo-of-a-stranger"


def test_our_packages_lie_where_the_command_says():
    for package in OWN_PACKAGES:
        project = REPOSITORY / folder_in_repository(package) / "pyproject.toml"
        assert tomllib.loads(project.read_text(encoding="utf-8"))["project"]["name"] == package

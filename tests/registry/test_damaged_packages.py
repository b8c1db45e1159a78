"""A package whose own files are damaged is set aside, and never stops the others."""

from __future__ import annotations

import os

import pytest


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("entry_points.txt", b"[console_scripts]\nfoo\n", "its entry_points.txt cannot be read (TypeError: "),
        ("entry_points.txt", b"\xff\xfe[zoo]", "its entry_points.txt cannot be read (UnicodeDecodeError: "),
        ("entry_points.txt", b"[zoo]\na = 1 + 1\n", "Error: "),  # an AttributeError, or what importlib_metadata raises
        ("METADATA", None, "its METADATA is missing, or lacks name and version: reinstall b, or remove it"),
        ("METADATA", b"Name: b\n", "its METADATA is missing, or lacks name and version"),
        ("METADATA", b"\xff\xfe", "its METADATA cannot be read (UnicodeDecodeError: "),
    ],
)
def test_a_package_with_damaged_files_is_set_aside(install, discovered, tmp_path, file, content, reason):
    install("a", loss="first")
    install("b", loss="second")
    install("c", loss="last")
    damaged = tmp_path / "b-1.2.dist-info" / file
    damaged.unlink() if content is None else damaged.write_bytes(content)
    registry = discovered()
    assert list(registry.components("loss")) == ["first", "last"]
    (broken,) = (plugin for plugin in registry.plugins if plugin.problem)
    assert (broken.distribution, broken.version) == ("b", "1.2")
    assert reason in broken.problem


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
@pytest.mark.parametrize("file", ["entry_points.txt", "METADATA"])
def test_a_pipe_for_a_file_of_a_package_is_not_waited_for(install, discovered, tmp_path, file):
    install("a", loss="first")
    install("b", loss="second")
    damaged = tmp_path / "b-1.2.dist-info" / file
    damaged.unlink()
    os.mkfifo(damaged)
    (broken,) = (plugin for plugin in discovered().plugins if plugin.problem)
    assert f"{file} is a pipe or a device, not a regular file" in broken.problem


def test_a_package_without_metadata_that_is_no_plugin_does_no_harm(install, discovered, tmp_path):
    (tmp_path / "debris-1.0.dist-info").mkdir()
    (tmp_path / "more-1.0.dist-info").mkdir()
    (tmp_path / "more-1.0.dist-info" / "entry_points.txt").write_text("[console_scripts]\nx = y\n")
    install("nice", loss="nice")
    assert [plugin.name for plugin in discovered().plugins] == ["nice"]


def test_a_damaged_package_can_be_left_out(install, discovered, tmp_path, monkeypatch):
    install("b")
    (tmp_path / "b-1.2.dist-info" / "entry_points.txt").write_text("[x]\nfoo\n")
    monkeypatch.setenv("ZOO_BLOCK", "b")
    (plugin,) = discovered().plugins
    assert (plugin.problem, plugin.left_out) == (None, "ZOO_BLOCK")

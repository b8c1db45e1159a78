"""A fresh environment, in which packages are really built and installed, without a network.

Installing MXNet and the others anew would take minutes; so the environment sees what the
tests' own environment has, but for the zoo: that comes in as wheels, as every plugin does.
"""

from __future__ import annotations

import os
import subprocess
import sysconfig
import venv
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = (ROOT, ROOT / "plugins" / "tinyssd")

_OFFLINE = ("--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation", "--quiet")


class FreshEnvironment:
    """An environment with wheels of some projects: of the core and of TinySSD, unless others are named."""

    def __init__(self, folder: Path, projects: Sequence[Path] = OURS) -> None:
        self.folder = folder / "environment"
        self._wheels = folder / "wheels"
        venv.create(self.folder, with_pip=False, symlinks=True)
        self.packages = Path(sysconfig.get_path("purelib", "venv", {"base": str(self.folder)}))
        (self.packages / "dependencies.pth").write_text(f"{_everything_but_the_zoo(folder)}\n", encoding="utf-8")
        if projects:
            self.install(*projects)

    def run(self, program: str, *arguments: str | Path, cwd: Path | None = None, **variables: str):
        """Run a program of the environment, or a module of its Python (``-m``), to its end."""
        inside = self.folder / "bin" / program
        return subprocess.run(
            [inside, *arguments],
            cwd=cwd or self.folder,
            env={**os.environ, "PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": "1", **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def zoo(self, *arguments: str | Path, **variables: str):
        """Run ``zoo`` as users do."""
        return self.run("zoo", *arguments, **variables)

    def python(self, *arguments: str | Path, cwd: Path | None = None):
        """Run Python, which has to succeed."""
        done = self.run("python", *arguments, cwd=cwd)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def run_line(self, line: str, cwd: Path, **variables: str):
        """Run a line of a shell, to which the programs of the environment come first."""
        programs = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            ["bash", "-ec", line],  # noqa: S607 -- the one of the machine
            cwd=cwd,
            env={**os.environ, "PYTHONPATH": "", "PATH": programs, **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def write_program(self, name: str, line: str) -> None:
        """Add a program to the environment."""
        program = self.folder / "bin" / name
        program.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        program.chmod(0o755)

    def install(self, *projects: Path) -> None:
        """Build a wheel of each project and install them."""
        wheels = self.build(self._wheels, *projects)
        self.python("-m", "pip", "install", *(_OFFLINE[:-1]), "--quiet", *wheels)
        for wheel in wheels:
            wheel.unlink()

    def build(self, folder: Path, *projects: Path) -> list[Path]:
        """Build a wheel of each project into a folder; of the core and of TinySSD, unless others are named."""
        folder.mkdir(exist_ok=True)
        self.python("-m", "pip", "wheel", *_OFFLINE, "--wheel-dir", folder, *(projects or OURS))
        return sorted(folder.glob("*.whl"))

    def uninstall(self, *distributions: str) -> None:
        """Take packages out."""
        self.python("-m", "pip", "uninstall", "--disable-pip-version-check", "--quiet", "--yes", *distributions)


def _everything_but_the_zoo(folder: Path) -> Path:
    """A folder of links to all that is installed beside the tests, the zoo and its plugins left out."""
    links = folder / "dependencies"
    links.mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not path.name.startswith(("zoo", "_zoo", "__editable__")):
            (links / path.name).symlink_to(path)
    return links


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs the fresh environment takes long, as making that does."""
    for item in items:
        if {"environment", "bare_environment"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("slow")
            item.add_marker("install")


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> FreshEnvironment:
    """The environment that all tests share; what a test installs it takes out again."""
    return FreshEnvironment(tmp_path_factory.mktemp("fresh"))


@pytest.fixture
def bare_environment(tmp_path: Path) -> FreshEnvironment:
    """One without the zoo, for one test."""
    return FreshEnvironment(tmp_path, projects=())

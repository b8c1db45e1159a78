"""The wheels of a release in fresh environments, as its users have them: nothing of this repository is in reach."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

__all__ = ["Environment", "fill_wheelhouse"]

_QUIET = ("--quiet", "--disable-pip-version-check")


def fill_wheelhouse(folder: Path, built: Path, requirements: Sequence[str], constraints: Path) -> None:
    """Fetch the wheels of all that some packages need, or build them, in the pinned versions.

    Args:
        folder: in which the wheels are to be; those that are there already are not fetched again.
        built: the folder of our own wheels, which need each other and are on no index.
        requirements: the packages, as pip takes them.
        constraints: the pinned versions.
    """
    links = ["--find-links", str(built), "--find-links", str(folder)]
    options = ["--wheel-dir", str(folder), *links, "--constraint", str(constraints)]
    _run(sys.executable, "-m", "pip", "wheel", *_QUIET, *options, *requirements)


class Environment:
    """A new environment with nothing but some packages and what these need.

    Args:
        folder: where it is made.
        wheelhouse: the folder of wheels from which alone it is filled.
        requirements: the packages, as pip takes them.
    """

    def __init__(self, folder: Path, wheelhouse: Path, requirements: Sequence[str]) -> None:
        self._folder = folder
        venv.create(folder, with_pip=True, clear=True)
        self.run("python", "-m", "pip", "install", *_QUIET, "--no-index", "--find-links", wheelhouse, *requirements)
        self.run("python", "-m", "pip", "check", *_QUIET)

    def run(self, program: str, *arguments: str | Path) -> str:
        """Run a program of the environment, which has to succeed; what it prints."""
        return _run(self._folder / "bin" / program, *arguments, cwd=self._folder)


def _run(program: str | Path, *arguments: str | Path, cwd: Path | None = None) -> str:
    variables = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(  # noqa: S603 -- running what was built is the purpose
        [program, *arguments], cwd=cwd, env=variables, capture_output=True, text=True, check=False
    )
    if done.returncode:
        words = " ".join(map(str, [Path(program).name, *arguments]))
        raise SystemExit(f"{words}: failed\n{done.stdout}{done.stderr}")
    return done.stdout

"""Running ``zoo`` inside the tests, and as the program that users start."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from zoo_core.cli import main

PROGRAM = Path(sys.executable).with_name("zoo")
QUICK = [
    *("--set", "input_size=64x64"),
    *("--set", "backbone.channels=[4, 4, 4]"),
    *("--set", "anchors.sizes=[[0.25, 0.35], [0.7, 0.8]]"),
    *("--set", "data.train_images=8"),
    *("--set", "data.validation_images=5"),
    *("--set", "training.batch_size=4"),
    *("--set", "training.epochs=1"),
]
"""Settings of a training that takes seconds."""


class Said(NamedTuple):
    """What a command answered."""

    code: int
    out: str
    err: str


@pytest.fixture
def zoo(capsys) -> Callable[..., Said]:
    """Runs a command in this process."""

    def run(*arguments: str) -> Said:
        code = main(arguments)
        return Said(code, *capsys.readouterr())

    return run


@pytest.fixture
def program() -> Callable[..., Said]:
    """Runs a command as users do, with changes to the environment."""

    def run(*arguments: str, **environment: str) -> Said:
        done = subprocess.run(
            [PROGRAM, *arguments], capture_output=True, text=True, check=False, env={**os.environ, **environment}
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory) -> Path:
    """A quick training of `tinyssd_shapes`; tests only read it."""
    folder = tmp_path_factory.mktemp("runs") / "quick"
    assert main(["train", "tinyssd_shapes", "--out", str(folder), *QUICK]) == 0
    return folder

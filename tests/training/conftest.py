"""A detector so small that a step takes milliseconds."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.tiny import SMALL_SHAPES

TINY = {
    **SMALL_SHAPES,
    "training.batch_size": 4,
    "training.epochs": 4,
    "training.warmup_steps": 6,
    "training.learning_rate": 0.01,
}


@pytest.fixture(scope="session")
def tiny():
    """Makes the overrides of ``tinyssd_shapes``: ``tiny(optimizer="adam", checkpoints__keep=2)``."""

    def overrides(**training):
        return {**TINY, **{f"training.{key.replace('__', '.')}": value for key, value in training.items()}}

    return overrides


_HELD = """
import sys
from zoo_core.cli import main
from zoo_core.cli.progress import WorkProgress

def step(self, step):
    if step.number == int(sys.argv[1]):
        print("held", flush=True)
        sys.stdin.readline()

WorkProgress.step = step
sys.exit(main(sys.argv[2:]))
"""


@pytest.fixture
def held():
    """Runs ``zoo ARGUMENTS`` in a process of its own, which stands still at the end of a step until told to go on.

    So what happens to it happens at that moment, however busy the machine is.
    """
    started = []

    def start(number, *arguments):
        process = subprocess.Popen(
            [sys.executable, "-c", _HELD, str(number), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        for line in process.stdout:
            if line == "held\n":
                return process
        raise AssertionError(process.communicate()[1])

    yield start
    for process in started:
        process.kill()
        process.communicate()

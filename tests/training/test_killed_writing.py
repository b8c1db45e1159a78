"""Whenever a program is killed that writes checkpoints, the last one is whole, and none that was finished is lost."""

import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.sampling import one_in
from zoo_core.training.checkpoints import Checkpoints

KEPT = 2
WRITER = f"""
import os, pathlib, sys
import numpy as np
from zoo_core.engines import params_file
from zoo_core.training.checkpoints import Checkpoint, Checkpoints

def stand_still_in(place, name):
    original = getattr(place, name)
    calls = []
    def standing(*given, **named):
        calls.append(step)
        if calls.count(3) == (10 if name == "_array_bytes" else 1):
            print("inside", flush=True)
            sys.stdin.readline()
        return original(*given, **named)
    setattr(place, name, standing)

checkpoints = Checkpoints(pathlib.Path(sys.argv[1]), keep={KEPT})
step = checkpoints.last_step or 0
for place in sys.argv[2:]:
    stand_still_in(*{{
        "the arrays": (params_file, "_array_bytes"),
        "fsync": (os, "fsync"),
        "replace": (pathlib.Path, "replace"),
        "unlink": (pathlib.Path, "unlink"),
    }}[place])
while True:
    step += 1
    arrays = {{f"weight{{number}}": np.full((50, 200), step, np.float32) for number in range(20)}}
    checkpoints.add(Checkpoint(arrays, {{"step": step}}))
    print(step, flush=True)
"""


@pytest.fixture
def writer(tmp_path):
    """Starts a program that writes checkpoint after checkpoint, and prints the step of each when it is written."""
    started = []

    def start(*stand_still_in):
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", WRITER, str(tmp_path), *stand_still_in],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def assert_whole(folder, least):
    """The last checkpoint is of step `least` or a later one; all are whole, and none too many."""
    checkpoints = Checkpoints(folder, keep=KEPT)
    last = checkpoints.last()
    assert last.step >= least
    assert len(last.arrays) == 20
    for values in last.arrays.values():
        np.testing.assert_array_equal(values, np.full((50, 200), last.step, np.float32))
    assert min(KEPT, last.step) <= len(checkpoints.paths()) <= KEPT + 1
    return last.step


@pytest.mark.slow
def test_killed_at_random_moments(writer, tmp_path):
    chance = random.Random()  # another in every run: what holds, holds at every moment
    reached = 0
    for _ in range(10):
        process = writer()
        process.stdout.readline()
        time.sleep(chance.uniform(0, 0.05))
        process.kill()
        written = [int(line) for line in process.communicate()[0].split()]
        assert process.returncode == -signal.SIGKILL
        step = assert_whole(tmp_path, least=max(written, default=reached + 1))
        assert step > reached
        reached = step


MOMENTS = [("the arrays", 2), ("fsync", 2), ("replace", 2), ("unlink", 3)]


@pytest.mark.parametrize(("moment", "last"), one_in(3, MOMENTS))
def test_killed_in_the_middle_of_writing(writer, tmp_path, moment, last):
    process = writer(moment)
    said = [process.stdout.readline().strip() for _ in range(3)]
    assert said == ["1", "2", "inside"]
    process.kill()
    process.communicate()
    assert assert_whole(tmp_path, least=2) == last
    assert writer().stdout.readline() == f"{last + 1}\n"

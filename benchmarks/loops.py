"""Training loops that run in turn, each in a process of its own that stands still while another one runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from typing import NamedTuple

__all__ = ["Loop", "Rate", "serve"]


class Rate(NamedTuple):
    """How fast some steps were.

    Attributes:
        images: a second.
        milliseconds: of the processor for an image, on all cores together; other work on the machine changes it little.
    """

    images: float
    milliseconds: float


class Loop:
    """A process that trains for a while whenever it is asked to.

    Args:
        arguments: of Python.
        environment: variables that differ; OMP_NUM_THREADS is unset where it is not among them.
    """

    def __init__(self, *arguments: str, environment: Mapping[str, str] | None = None) -> None:
        inherited = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
        self._process = subprocess.Popen(  # noqa: S603  # this very program
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**inherited, **(environment or {})},
            start_new_session=True,
        )
        self.round()  # what is compiled and allocated at first does not count

    def round(self) -> Rate:
        """How fast some steps are."""
        os.killpg(self._process.pid, signal.SIGCONT)
        assert self._process.stdin, self._process.stdout  # noqa: S101  # mypy cannot know
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        rate = Rate(*json.loads(self._process.stdout.readline()))  # type: ignore[union-attr]
        os.killpg(self._process.pid, signal.SIGSTOP)
        return rate

    def end(self) -> None:
        """Let it end."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def serve(steps: Iterator[int], seconds: float) -> None:
    """In the process of a loop: train whenever a line comes in, and say how fast.

    Args:
        steps: makes a step, and gives its number of images.
        seconds: that a round takes at least.
    """
    for _ in sys.stdin:
        began, computed, images = time.perf_counter(), time.process_time(), 0
        while time.perf_counter() - began < seconds:
            images += next(steps)
        rate = Rate(images / (time.perf_counter() - began), 1000 * (time.process_time() - computed) / images)
        print(json.dumps(rate), flush=True)

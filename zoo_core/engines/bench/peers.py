"""Processes that do one thing when they are told, so that several can be timed in turn.

Each engine is in a process of its own: its memory is its own, and MXNet takes its number of threads from
the environment before it is imported. They are asked in turn, so that no two ever work at once and a noisy
machine is noisy for all.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from zoo_core.common.errors import RunError

__all__ = ["Peer", "milliseconds", "serve"]

_PAUSE = 0.05
"""Seconds in which the threads of the last one fall asleep: some wait for work at full speed for a while."""


class Peer:
    """A process that waits, and answers when it is asked.

    Args:
        module: run with ``python -m``; it calls `serve`.
        arguments: for it.
        environment: changes to that of this process.

    Raises:
        RunError: the process has ended; it has said why on the standard error.
    """

    def __init__(self, module: str, arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(  # noqa: S603 -- this Python, and a module of ours
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
            text=True,
        )

    def __enter__(self) -> Self:
        try:
            self._answer()  # it is ready
        except RunError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def ask(self, request: str) -> Any:
        """The answer to a request that the process knows."""
        time.sleep(_PAUSE)
        if self._process.stdin is not None:
            self._process.stdin.write(f"{request}\n")
            self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RunError(f"the measured process ended with exit code {self._process.wait()}")
        return json.loads(line)


def serve(answers: Mapping[str, Callable[[], Any]]) -> None:
    """Be a peer: answer each line on the standard input, until it ends.

    Args:
        answers: what to call for each request; gives plain values.
    """
    print(json.dumps("ready"), flush=True)  # noqa: T201 -- the other side of the pipe reads it
    for line in sys.stdin:
        print(json.dumps(answers[line.strip()]()), flush=True)  # noqa: T201 -- as above


def milliseconds(way: Callable[[], object]) -> float:
    """How long a call takes."""
    began = time.perf_counter()
    way()
    return 1000 * (time.perf_counter() - began)

"""Trials in processes of this machine: each has one of its own, whose crash ends nothing else."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from typing import Any

from zoo_core.common.cores import usable_cores
from zoo_core.tuning.places import Ended, Event, Job, Scored

__all__ = ["Processes"]

_THREADS = "OMP_NUM_THREADS"


class Processes:
    """Computes trials in processes; implements `zoo_core.tuning.places.Place`.

    Args:
        most: how many at a time; they share the cores.
    """

    def __init__(self, most: int = 1) -> None:
        self._most = most
        self._processes: dict[int, subprocess.Popen[str]] = {}
        self._listeners: dict[int, threading.Thread] = {}
        self._events: queue.Queue[Event] = queue.Queue()
        self._is_stopping = False

    @property
    def room(self) -> int:
        """See `Place.room`."""
        return self._most - len(self._processes)

    def start(self, job: Job) -> None:
        """See `Place.start`."""
        threads = os.environ.get(_THREADS) or str(max(1, usable_cores() // self._most))
        environment = {**os.environ, _THREADS: threads} if self._most > 1 else None
        with job.said.open("a", encoding="utf-8") as said:
            process = subprocess.Popen(
                [sys.executable, "-m", "zoo_core.tuning.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                env=environment,
                text=True,
                encoding="utf-8",
                start_new_session=True,  # Ctrl-C in the terminal is for the command, which asks its trials to stop
            )
        self._processes[job.number] = process
        self._listeners[job.number] = threading.Thread(target=self._listen, args=[job.number, process], daemon=True)
        self._listeners[job.number].start()
        self._write(job.number, {"config": job.config.model_dump(mode="json"), "folder": str(job.folder.resolve())})

    def _listen(self, number: int, process: subprocess.Popen[str]) -> None:
        ended: Ended | None = None
        for line in process.stdout or ():
            said = json.loads(line)
            if "epoch" in said:
                self._events.put(Scored(number, said["epoch"], said["score"]))
            else:
                ended = Ended(number, **said)
        code = process.wait()
        self._events.put(ended or self._without_a_word(number, code))

    def _without_a_word(self, number: int, code: int) -> Ended:
        if self._is_stopping:
            return Ended(number, "interrupted")
        if code >= 0:
            return Ended(number, "failed", reason=f"its process ended with exit code {code}")
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        hint = ": perhaps the memory was not enough" if name == "SIGKILL" else ""
        return Ended(number, "failed", reason=f"its process was ended by {name}{hint}")

    def next(self, seconds: float) -> Event | None:
        """See `Place.next`."""
        try:
            event = self._events.get(timeout=seconds)
        except queue.Empty:
            return None
        if isinstance(event, Ended):
            self._forget(event.number)
        return event

    def _forget(self, number: int) -> None:
        self._listeners.pop(number).join()
        process = self._processes.pop(number)
        for stream in (process.stdin, process.stdout):
            if stream:
                stream.close()

    def answer(self, number: int, go_on: bool) -> None:
        """See `Place.answer`."""
        self._write(number, go_on)

    def _write(self, number: int, message: Any) -> None:
        stdin = self._processes[number].stdin
        try:
            if stdin:
                stdin.write(json.dumps(message) + "\n")
                stdin.flush()
        except BrokenPipeError:  # it has died, which its listener tells
            return

    def stop(self) -> None:
        """See `Place.stop`."""
        self._is_stopping = True
        for process in self._processes.values():
            process.terminate()

    def close(self) -> None:
        """See `Place.close`."""
        for process in self._processes.values():
            process.kill()
        for number in list(self._processes):
            self._forget(number)

"""Processes that do pieces of work ahead; see `zoo_core.data.pipeline.worker` for what each of them does.

They are programs of their own, not forks: MXNet, OpenCV and CUDA do not survive a fork. They do not import the main
module either, so that a script needs no guard, and no engine.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import cycle
from types import TracebackType
from typing import Generic, Self, TypeVar
from weakref import finalize

from zoo_core.common.errors import TrainingError
from zoo_core.data.pipeline.shared_pickle import CAN_SHARE, read_shared, write_shared
from zoo_core.data.pipeline.worker import LONGEST, NUMBER, READY
from zoo_core.parts.guarding import reason_of

__all__ = ["NoProcessesError", "Processes"]

_Result = TypeVar("_Result")

_PROGRAM = "import sys; sys.path[:] = {path!r}; from zoo_core.data.pipeline.worker import serve; serve({descriptor})"


class NoProcessesError(Exception):
    """Work cannot be given to other processes; says why."""


class _Process:
    """One of them; what is asked first is answered first."""

    def __init__(self) -> None:
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                self.process = self._started(theirs.fileno())
            except BaseException:
                self._channel.close()
                raise

    @staticmethod
    def _started(descriptor: int) -> subprocess.Popen[bytes]:
        program = _PROGRAM.format(path=sys.path, descriptor=descriptor)
        return subprocess.Popen(  # noqa: S603 -- this very Python
            [sys.executable, "-c", program],
            stdin=subprocess.DEVNULL,
            pass_fds=[descriptor],
            process_group=0,  # Ctrl-C at a terminal reaches this process alone, which decides what it means
            env={"OPENBLAS_NUM_THREADS": "1", **os.environ},  # each core has a process of its own
        )

    def send(self, message: bytes, memory: Sequence[int] = ()) -> None:
        with suppress(ConnectionError):  # told when the answer is awaited
            socket.send_fds(self._channel, [message], memory)

    def answer(self) -> tuple[bytes, list[int]]:
        """The next message, and descriptors of memory.

        Raises:
            TrainingError: the process has ended.
        """
        with suppress(ConnectionError):
            message, memory, _, _ = socket.recv_fds(self._channel, LONGEST, 1)
            if message:
                return message, memory
        raise TrainingError(
            f"a process that prepares batches has {_manner(self.process.wait())}; "
            "with a lower training.workers less memory is needed, and with 1 a thread of this process does its work"
        )

    def end(self) -> None:
        """End it at once: it holds nothing that would be left behind."""
        self.process.kill()
        self.process.wait()
        self._channel.close()


class Processes(Generic[_Result]):
    """Processes that do the same work for different numbers; a context, at whose end they end.

    Args:
        work: from a number to a result, which is the same in whichever process it is made.
        count: of the processes.

    Raises:
        NoProcessesError: this system has none of that kind, or the work cannot be sent to them.
    """

    def __init__(self, work: Callable[[int], _Result], count: int) -> None:
        self._work = work
        self._all: list[_Process] = []
        self._end = finalize(self, _end, self._all)
        try:
            self._start(count)
        except BaseException:
            self._end()
            raise

    def _start(self, count: int) -> None:
        memory, told = _sendable(self._work)
        try:
            for _ in range(count):
                self._all.append(_Process())
                self._all[-1].send(told, [memory])
            said = [each.answer()[0] for each in self._all]
        except (OSError, TrainingError) as error:
            raise NoProcessesError(f"they cannot be started: {error}") from error
        finally:
            os.close(memory)
        if refused := [each.decode() for each in said if each != READY]:
            raise NoProcessesError(f"the data set, or a part, cannot be read by them: {refused[0]}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end()

    def results(self, numbers: range) -> Iterator[_Result]:
        """The results for some numbers, in their order; each process works on one ahead.

        Raises:
            TrainingError: a process has ended by itself.
            Exception: what the work raises.
        """
        turns, asked = cycle(self._all), deque[tuple[int, _Process]]()
        for number in numbers:
            process = next(turns)
            process.send(NUMBER.pack(number))
            asked.append((number, process))
            if len(asked) > len(self._all):
                yield self._result(*asked.popleft())
        while asked:
            yield self._result(*asked.popleft())

    def _result(self, number: int, process: _Process) -> _Result:
        told, shared = process.answer()
        if not shared:
            return self._again(number, told.decode())
        [memory] = shared
        try:
            result: _Result = read_shared(memory, told)
        finally:
            os.close(memory)
        return result

    def _again(self, number: int, why: str) -> _Result:
        """Do here what failed there, so that an error is the same, with its traceback, as without processes."""
        result = self._work(number)
        logging.getLogger(__name__).warning("batch %d was prepared again, since a process failed: %s", number, why)
        return result


def _sendable(work: Callable[[int], object]) -> tuple[int, bytes]:
    if not (CAN_SHARE and sys.executable):
        raise NoProcessesError("this system cannot share memory with them")
    try:
        return write_shared(work)
    except Exception as error:
        raise NoProcessesError(f"the data set, or a part, cannot be sent to them: {reason_of(error)}") from error


def _end(processes: list[_Process]) -> None:
    while processes:
        processes.pop().end()


def _manner(code: int) -> str:
    """How a process ended, by its exit code."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = str(-code)
    why = ", as systems do when memory runs out" if name == "SIGKILL" else ""
    return f"been ended by signal {name}{why}"

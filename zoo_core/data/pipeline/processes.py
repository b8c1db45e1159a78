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
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from selectors import EVENT_READ, PollSelector
from types import TracebackType
from typing import Any, Generic, Self, TypeVar
from weakref import finalize

from zoo_core.common.errors import TrainingError
from zoo_core.data.pipeline.shared_pickle import CAN_SHARE, read_shared, write_shared
from zoo_core.data.pipeline.worker import LONGEST, NUMBER, READY
from zoo_core.parts.guarding import reason_of

__all__ = ["NoProcessesError", "Processes"]

_Result = TypeVar("_Result")

_PROGRAM = "import sys; sys.path[:] = {path!r}; from zoo_core.data.pipeline.worker import serve; serve({own}, {common})"
_AHEAD = 2
"""Pieces of work that are begun or done, for each process: one that takes longer does not hold the others up."""

_Answer = tuple[Any, str]
"""A result, or why there is none."""


class NoProcessesError(Exception):
    """Work cannot be given to other processes; says why."""


class _Process:
    """One of them.

    Args:
        numbers: the socket from which all take the numbers of their work.
        work: shared memory that has what they do.
    """

    def __init__(self, numbers: socket.socket, work: int) -> None:
        self._channel, theirs = _connected()
        try:
            with theirs:
                self.process = self._started(theirs.fileno(), numbers.fileno())
            with suppress(ConnectionError):  # told when the answer is awaited
                socket.send_fds(self._channel, [b"work"], [work])
        except BaseException:
            self._channel.close()
            raise

    @staticmethod
    def _started(own: int, common: int) -> subprocess.Popen[bytes]:
        path = [each for each in sys.path if isinstance(each, str)]  # Python itself passes over all else, too
        program = _PROGRAM.format(path=path, own=own, common=common)
        return subprocess.Popen(  # noqa: S603 -- this very Python
            [sys.executable, "-c", program],
            stdin=subprocess.DEVNULL,
            pass_fds=[own, common],
            process_group=0,  # Ctrl-C at a terminal reaches this process alone, which decides what it means
            env={"OPENBLAS_NUM_THREADS": "1", **os.environ},  # each core has a process of its own
        )

    def fileno(self) -> int:
        """By which can be asked whether an answer has come."""
        return self._channel.fileno()

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

    def result(self) -> tuple[int, _Answer]:
        """The number of a piece of work that it has done, and what has come of it; raises as `answer`."""
        message, memory = self.answer()
        (number,), why = NUMBER.unpack_from(message), message[NUMBER.size :].decode(errors="replace")
        return number, (read_shared(memory[0]) if memory else None, why)

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
        self._numbers, self._theirs = _connected()
        self._end = finalize(self, _end, self._all, self._numbers, self._theirs)
        try:
            self._start(count)
        except BaseException:
            self._end()
            raise

    def _start(self, count: int) -> None:
        work = _sendable(self._work)
        try:
            for _ in range(count):
                self._all.append(_Process(self._theirs, work))
            self._theirs.close()  # so that nobody has it when all of them have ended
            said = [each.answer()[0] for each in self._all]
        except (OSError, TrainingError) as error:
            raise NoProcessesError(f"they cannot be started: {error}") from error
        finally:
            os.close(work)
        if refused := [each.decode(errors="replace") for each in said if each != READY]:
            raise NoProcessesError(f"the data set, or a part, cannot be read by them: {refused[0]}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end()

    def results(self, numbers: range) -> Iterator[_Result]:
        """The results for some numbers, in their order; the processes work ahead.

        Raises:
            TrainingError: a process has ended by itself.
            Exception: what the work raises.
        """
        coming, done = iter(numbers), dict[int, _Answer]()
        for number in islice(coming, _AHEAD * len(self._all)):
            self._ask(number)
        for number in numbers:
            while number not in done:
                done |= self._answers()
            for following in islice(coming, 1):
                self._ask(following)
            yield self._result(number, *done.pop(number))

    def _ask(self, number: int) -> None:
        with suppress(ConnectionError):  # told when the answer is awaited
            self._numbers.send(NUMBER.pack(number))

    def _answers(self) -> dict[int, _Answer]:
        """Those that have come, by their numbers; waits for one."""
        with PollSelector() as ready:
            for process in self._all:
                ready.register(process, EVENT_READ, process)
            return dict(key.data.result() for key, _ in ready.select())

    def _result(self, number: int, result: _Result, why: str) -> _Result:
        if not why:
            return result
        # Done again here, so that an error is the same, with its traceback, as without processes.
        again = self._work(number)
        logging.getLogger(__name__).warning("batch %d was prepared again, since a process failed: %s", number, why)
        return again


def _sendable(work: Callable[[int], object]) -> int:
    if not (CAN_SHARE and sys.executable):
        raise NoProcessesError("this system cannot share memory with them")
    try:
        return write_shared(work)
    except Exception as error:
        raise NoProcessesError(f"the data set, or a part, cannot be sent to them: {reason_of(error)}") from error


def _connected() -> tuple[socket.socket, socket.socket]:
    """Two ends, between which whole messages go."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def _end(processes: list[_Process], *ends: socket.socket) -> None:
    while processes:
        processes.pop().end()
    for each in ends:
        each.close()


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

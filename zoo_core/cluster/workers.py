"""The workers of a command: started where there is room, asked whether they live, replaced when they do not."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import RayActorError, RayError, RayTaskError

from zoo_core.cluster.circumstances import Circumstances
from zoo_core.cluster.ending import end_worker
from zoo_core.cluster.room import Room, all_of_nodes, free_on_nodes
from zoo_core.cluster.worker import RefusedError, Worker
from zoo_core.common.errors import RunError, TrainingError
from zoo_core.common.messages import counted
from zoo_core.prediction.engine import PeerLostError

__all__ = ["LOOK_EVERY", "WorkerLostError", "Workers"]

LOOK_EVERY, _PATIENCE = 10.0, 30.0
"""Seconds after which workers that compute are asked whether they live, and in which they have to answer."""
_START = 300.0
"""Seconds in which a worker has to import its engine and open its data."""
_FOR_MOST, _FOR_FEWEST = 10.0, 60.0
"""Seconds for which room is awaited when workers are lost: for as many as are wanted, and for as few as will do."""


class WorkerLostError(Exception):
    """Some worker is dead, or was frozen and has been ended."""


class Workers:
    """Processes on the nodes of a cluster.

    Args:
        kind: of the workers.
        work: arguments with which each of them is made, after the folder of the command.
        room: how many there are to be.
        command: what is where the command was given.

    Attributes:
        room: as above.
        handles: of the workers; in training in the order of their parts.

    Raises:
        RunError: the cluster is too small, or a node differs.
    """

    def __init__(self, kind: type[Worker], work: Sequence[Any], room: Room, command: Circumstances) -> None:
        self._kind, self._work, self.room, self._command = kind, work, room, command
        self.handles: list[Any] = []
        self._places: dict[Any, tuple[str, int]] = {}
        there = room.count(all_of_nodes())
        if there < room.fewest:
            raise RunError(
                f"the cluster has room for {there} of {counted(room.fewest, 'worker')} with {room.each} each: "
                "set --workers or --threads, or add nodes"
            )
        try:
            self.fill([])
        except WorkerLostError as error:
            self.close()
            reason = str(error.__cause__ or "it does not answer").strip().rpartition("\n")[2]
            raise RunError(f"a worker died before it could begin: {reason}; look at: zoo doctor --cluster") from None
        except BaseException:
            self.close()
            raise

    def fill(self, alive: Sequence[Any]) -> None:
        """Keep these workers, and start others beside them.

        Raises:
            TrainingError: there is no longer room for enough of them.
            RunError: a node differs from where the command was given, or lacks what is needed.
            WorkerLostError: one died before it could begin.
        """
        size = self._awaited_size(len(alive))
        for surplus in alive[size:]:
            self._end(surplus)
        fresh = [self._new() for _ in range(size - len(alive))]
        self.handles = [*alive[:size], *fresh]
        self._check(self._prepared(fresh))
        self._places |= zip(fresh, self.fetch([each.answer.remote() for each in fresh]), strict=True)

    def _prepared(self, fresh: Sequence[Any]) -> list[Circumstances]:
        try:
            return self.fetch([each.prepare.remote() for each in fresh], patience=_START)
        except TrainingError as error:
            raise RunError(str(error)) from error.__cause__

    def grow(self, say: Callable[[str], None]) -> bool:
        """Start more workers where there is room that was not there before; whether there are more now.

        A node that has joined and will not do is left alone: work goes on with those that are there, and no more.

        Args:
            say: called with what happens, in words.

        Raises:
            WorkerLostError: one died.
        """
        before = self.handles
        if self.room.size(len(before) + self.room.count(free_on_nodes())) <= len(before):
            return False
        try:
            self.fill(before)
        except RunError as error:
            for each in self.handles[len(before) :]:
                self._end(each)
            self.handles, self.room = before, self.room.at_most(len(before))
            say(f"goes on with {counted(len(before), 'worker')}, and takes no more: {error}")
            return False
        say(f"goes on with {counted(len(self.handles), 'worker')}")
        return True

    def _awaited_size(self, alive: int) -> int:
        began = time.monotonic()
        while True:
            waited = time.monotonic() - began
            size = self.room.size(alive + self.room.count(free_on_nodes()))
            largest = self.room.size(self.room.count(all_of_nodes()))
            if size and (size >= largest or waited > _FOR_MOST):
                return size
            if waited > _FOR_FEWEST:
                raise TrainingError(
                    f"there is no room for {counted(self.room.fewest, 'worker')}: nodes have gone or are busy; "
                    "what is saved is kept, to go on from"
                )
            time.sleep(0.5)

    def _new(self) -> Any:
        made = ray.remote(concurrency_groups={"answering": 1})(self._kind)
        options = {
            "num_cpus": self.room.threads,
            "num_gpus": self.room.gpus,
            "scheduling_strategy": "SPREAD",
            "runtime_env": {"env_vars": {"OMP_NUM_THREADS": str(self.room.threads)}},
        }
        return made.options(**options).remote(str(Path.cwd()), *self._work)

    def _check(self, found: Sequence[Circumstances]) -> None:
        lines = [f"  {each.node}: {line}" for each in found for line in each.differences(self._command)]
        if lines:
            raise RunError("\n".join(["nodes of the cluster differ", *dict.fromkeys(lines)]))

    def fetch(self, references: Sequence[Any], patience: float = _PATIENCE) -> list[Any]:
        """What workers give, when all of them have.

        Raises:
            WorkerLostError: one is dead, or does not answer.
            TrainingError: one refuses; says why.
        """
        while True:
            _, waiting = ray.wait(references, num_returns=len(references), timeout=LOOK_EVERY) if references else (0, 0)
            if not waiting:
                break
            if len(self.alive(patience)) < len(self.handles):
                raise WorkerLostError
        return self.given(references)

    def given(self, references: Sequence[Any]) -> list[Any]:
        """What workers gave; all of them have.

        Raises:
            WorkerLostError, TrainingError: as `fetch`.
        """
        try:
            return list(ray.get(list(references)))
        except RayTaskError as error:
            if isinstance(error.cause, RefusedError):
                raise TrainingError(str(error.cause)) from None
            if isinstance(error.cause, RayError | PeerLostError):
                raise WorkerLostError from error
            raise TrainingError(f"a worker fails: {error.cause!r}") from error
        except RayError as error:
            raise WorkerLostError from error

    def alive(self, patience: float = _PATIENCE) -> list[Any]:
        """The workers that answer; those that do not are ended."""
        answers = {each.answer.remote(): each for each in self.handles}
        ready, silent = ray.wait(list(answers), num_returns=len(answers), timeout=patience)
        for each in silent:
            self._end(answers[each])
        return [answers[each] for each in answers if each in ready and self._answered(each, answers[each])]

    def _answered(self, reference: Any, worker: Any) -> bool:
        try:
            self._places[worker] = ray.get(reference)
        except RayActorError:
            return False
        return True

    def _end(self, worker: Any) -> None:
        """End a worker, even one that is frozen and cannot end itself."""
        end_worker(worker, self._places.pop(worker, None))

    def close(self) -> None:
        """End all workers."""
        for each in self.handles:
            ray.kill(each)
        self.handles = []

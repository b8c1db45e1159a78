"""The workers of a command: started where there is room, asked whether they live, replaced when they do not."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import ray
from ray.exceptions import (
    ActorDiedError,
    ObjectStoreFullError,
    OutOfDiskError,
    OutOfMemoryError,
    RayError,
    RayTaskError,
)

from zoo_core.cluster.circumstances import Circumstances
from zoo_core.cluster.ending import end_worker
from zoo_core.cluster.placing import Placing
from zoo_core.cluster.room import Room
from zoo_core.cluster.worker import SHORT_OF_MEMORY, RefusedError, Worker, why_lost
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
_FULL = (ObjectStoreFullError, OutOfDiskError)


class WorkerLostError(Exception):
    """Some worker is dead, or was frozen and has been ended."""


class Workers:
    """Processes on the nodes of a cluster.

    Args:
        kind: of the workers.
        work: arguments with which each of them is made, after the folder of the command.
        room: how many there are to be.
        command: what is where the command was given.
        say: called with what happens to nodes, in words.

    Attributes:
        room: as above.
        handles: of the workers; in training in the order of their parts.

    Raises:
        RunError: the cluster is too small, or a node differs.
    """

    def __init__(
        self, kind: type[Worker], work: Sequence[Any], room: Room, command: Circumstances, say: Callable[[str], None]
    ) -> None:
        self._kind, self._work, self.room, self._command, self._say = kind, work, room, command, say
        self.handles: list[Any] = []
        self._places: dict[Any, tuple[str, int]] = {}
        self._placing = Placing(room)
        self._short_of_memory: set[Any] = set()
        there = self._placing.there
        if there < room.fewest:
            raise RunError(
                f"the cluster has room for {there} of {counted(room.fewest, 'worker')} with {room.each} each: "
                "set --workers or --threads, or add nodes"
            )
        try:
            self._begin()
        except WorkerLostError as error:
            self.close()
            reason = SHORT_OF_MEMORY if self._short_of_memory else why_lost(error.__cause__ or "it does not answer")
            raise RunError(f"a worker died before it could begin: {reason}; look at: zoo doctor --cluster") from None
        except BaseException:
            self.close()
            raise

    def _begin(self) -> None:
        if unfit := self._fill([]):
            raise RunError("\n  ".join(["nodes of the cluster will not do", *dict.fromkeys(unfit.values())]))

    def fill(self, alive: Sequence[Any]) -> None:
        """Keep these workers, and start others beside them, but not on a node that will not do.

        Raises:
            TrainingError: there is no longer room for enough of them.
            WorkerLostError: one died before it could begin.
        """
        while unfit := self._fill(alive):
            for each in unfit:
                self._placing.avoid(self._places[each][0])
                self._end(each)
            alive = [each for each in self.handles if each not in unfit]
            for reason in dict.fromkeys(unfit.values()):
                self._say(f"goes on without a node that will not do: {reason}")

    def _fill(self, alive: Sequence[Any]) -> dict[Any, str]:
        """The same; of new workers that will not do, why."""
        size = self._awaited_size(len(alive))
        for surplus in alive[size:]:
            self._end(surplus)
        fresh = [self._placing.start(self._kind, ["answering"], self._work) for _ in range(size - len(alive))]
        self.handles = [*alive[:size], *fresh]
        prepared = [each.prepare.remote() for each in fresh]
        self._places |= zip(fresh, self.fetch([each.answer.remote() for each in fresh], _START), strict=True)
        self._await(prepared, _START)
        found = zip(fresh, map(self._unfit, prepared), strict=True)
        return {worker: reason for worker, reason in found if reason}

    def _unfit(self, prepared: Any) -> str:
        """Why a worker will not do."""
        try:
            [found] = self.given([prepared])
        except TrainingError as error:
            return str(error)
        return "\n  ".join(f"{found.node}: {line}" for line in found.differences(self._command))

    def grow(self) -> bool:
        """Start more workers where there is room that was not there before; whether there are more now.

        Raises:
            WorkerLostError: one died.
        """
        before = len(self.handles)
        if self.room.size(before + self._placing.free) <= before:
            return False
        self.fill(self.handles)
        if len(self.handles) == before:
            return False
        self._say(f"goes on with {counted(len(self.handles), 'worker')}")
        return True

    def _awaited_size(self, alive: int) -> int:
        began = time.monotonic()
        while True:
            waited = time.monotonic() - began
            size = self.room.size(alive + self._placing.free)
            largest = self.room.size(self._placing.there)
            if size and (size >= largest or waited > _FOR_MOST):
                return size
            if waited > _FOR_FEWEST:
                raise TrainingError(
                    f"there is no room for {counted(self.room.fewest, 'worker')}: nodes have gone or are busy; "
                    "what is saved is kept, to go on from"
                )
            time.sleep(0.5)

    def fetch(self, references: Sequence[Any], patience: float = _PATIENCE) -> list[Any]:
        """What workers give, when all of them have.

        Raises:
            WorkerLostError: one is dead, or does not answer.
            TrainingError: one refuses; says why.
        """
        self._await(references, patience)
        return self.given(references)

    def _await(self, references: Sequence[Any], patience: float) -> None:
        while references and ray.wait(references, num_returns=len(references), timeout=LOOK_EVERY)[1]:
            if len(self.alive(patience)) < len(self.handles):
                raise WorkerLostError

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
            if isinstance(error.cause, _FULL):
                raise error.cause from None
            if isinstance(error.cause, RayError | PeerLostError):
                raise WorkerLostError from error
            raise TrainingError(f"a worker fails: {error.cause!r}") from error
        except _FULL:  # nobody is lost, and another attempt would find no more room
            raise
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
        except RayError as error:
            if isinstance(error, OutOfMemoryError):
                self._short_of_memory.add(worker)
            elif not isinstance(error, ActorDiedError):  # it lives, and cannot be reached
                self._end(worker)
            return False
        return True

    def losses(self, before: Sequence[Any], alive: Sequence[Any]) -> str:
        """How many workers are lost, and why, in words; empty where none is."""
        lost = [each for each in before if each not in alive]
        why = " as memory ran low on their node" if self._short_of_memory.intersection(lost) else ""
        return f"{counted(len(lost), 'worker')} lost{why}" if lost else ""

    def _end(self, worker: Any) -> None:
        """End a worker, even one that is frozen and cannot end itself."""
        end_worker(worker, self._places.pop(worker, None))

    def close(self) -> None:
        """End all workers."""
        for each in self.handles:
            ray.kill(each)
        self.handles = []

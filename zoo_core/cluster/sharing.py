"""Shards are handed out to workers, again where one is lost, until all are done."""

from __future__ import annotations

import pickle
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import ray

from zoo_core.cluster.room import Room
from zoo_core.cluster.shard_folder import ShardFolder
from zoo_core.cluster.shards import Found, OpenedWork, ShardWorker, Work
from zoo_core.cluster.workers import LOOK_EVERY, WorkerLostError, Workers
from zoo_core.common.errors import TrainingError

__all__ = ["Sharing", "shared"]

_AHEAD = 2
"""Shards that a worker has: while the command keeps the first, it computes the second."""
_ATTEMPTS = 3
"""So many workers may be lost over a shard."""


@contextmanager
def shared(
    work: Work,
    opened: OpenedWork,
    parts: Mapping[int, range],
    keep: Callable[[Mapping[str, Any], Sequence[str]], ShardFolder],
    room: Room,
    say: Callable[[str], None],
    progress: Callable[[int], None],
) -> Iterator[ShardFolder]:
    """The folder with all shards of some work: those that it has not are done by workers first.

    Args:
        work: that is done.
        opened: the same, where the command was given.
        parts: indices of the pictures of each shard.
        keep: makes the folder of facts and states; see `ShardFolder`.
        room: how many workers there are to be; no more than there are shards are started.
        say: called with what happens to workers, in words.
        progress: called with how many pictures are done.

    Raises:
        RunError: the cluster is too small, or a node differs; or the folder is of other work, or cannot be written.
        TrainingError: a worker refuses, or too many of them are lost.
    """
    command = opened.circumstances
    states = [opened.state(each) for each in parts.values()]
    with keep({**command.versions, **work.settings}, states) as kept:
        missing = kept.missing
        done = sum(map(len, parts.values())) - sum(len(parts[each]) for each in missing)
        progress(done)
        if missing:
            workers = Workers(ShardWorker, [pickle.dumps(work)], room.at_most(len(missing)), command, say)
            try:
                for number, found in Sharing(workers, parts, missing, say).all():
                    kept.keep(number, found)
                    done += len(parts[number])
                    progress(done)
            finally:
                workers.close()
        yield kept


class Sharing:
    """Who computes what.

    Args:
        workers: that compute.
        parts: indices of the pictures of each shard.
        missing: the shards that are to be done.
        say: called with what happens to workers, in words.
    """

    def __init__(
        self, workers: Workers, parts: Mapping[int, range], missing: list[int], say: Callable[[str], None]
    ) -> None:
        self._workers, self._parts, self._say = workers, parts, say
        self._waiting = deque(missing)
        self._given: dict[Any, tuple[Any, int]] = {}  # in the order in which they were given
        self._losses: Counter[int] = Counter()
        self._looked = time.monotonic()

    def all(self) -> Iterator[tuple[int, Found]]:
        """Each shard when it is done, in whatever order.

        Raises:
            TrainingError: a worker refuses, or too many of them are lost.
        """
        while self._waiting or self._given:
            self._hand_out()
            ready, _ = ray.wait([*self._given], timeout=LOOK_EVERY)
            for each in ready:
                try:
                    [found] = self._workers.given([each])
                except WorkerLostError:
                    self._recover(each)
                else:
                    yield self._given.pop(each)[1], found
            if time.monotonic() - self._looked > LOOK_EVERY:
                self._look()

    def _hand_out(self) -> None:
        have = Counter(worker for worker, _ in self._given.values())
        for worker in self._workers.handles * _AHEAD:
            if self._waiting and have[worker] < _AHEAD:
                number = self._waiting.popleft()
                self._given[worker.shard.remote(self._parts[number])] = worker, number
                have[worker] += 1

    def _look(self) -> None:
        """Whether all workers live, and whether there is room for more."""
        if len(self._workers.alive()) < len(self._workers.handles):
            self._recover()
        elif self._waiting:
            self._grow()
        self._looked = time.monotonic()

    def _grow(self) -> None:
        try:
            self._workers.grow()
        except WorkerLostError:
            self._recover()

    def _recover(self, failed: Any = None) -> None:
        """Fill the gaps, and have what lost workers had, or what failed, done by others."""
        before = self._workers.handles
        for _ in range(_ATTEMPTS):
            alive = self._workers.alive()
            lost = self._workers.losses(before, alive)
            self._take_back(alive, failed)
            try:
                self._workers.fill(alive)
            except WorkerLostError:
                continue
            if lost:
                self._say(f"{lost}; goes on with {len(self._workers.handles)}")
            return
        raise TrainingError(f"workers were lost {_ATTEMPTS} times in a row; what is done is kept, to go on from")

    def _take_back(self, alive: list[Any], failed: Any) -> None:
        lost: dict[Any, list[Any]] = {}
        for reference, (worker, _) in self._given.items():
            if worker not in alive or reference == failed:
                lost.setdefault(worker, []).append(reference)
        for references in lost.values():
            numbers = [self._given.pop(each)[1] for each in references]
            self._waiting.extend(numbers)
            self._blame(numbers[0])  # it had begun with the first alone, which may be what it was lost over

    def _blame(self, number: int) -> None:
        self._losses[number] += 1
        if self._losses[number] >= _ATTEMPTS:
            part = self._parts[number]
            raise TrainingError(
                f"{_ATTEMPTS} workers were lost over the pictures {part.start + 1} to {part.stop}: have the nodes "
                "enough memory for them? What is done is kept, to go on from"
            )

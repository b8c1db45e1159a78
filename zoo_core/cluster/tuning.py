"""Trials on a cluster: each is trained by a worker of its own, and its results come to where the command was given."""

from __future__ import annotations

import shutil
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import ray
from ray.exceptions import RayError

from zoo_core.boxes.protocols import Dataset
from zoo_core.cluster.circumstances import Circumstances, flat_versions
from zoo_core.cluster.ending import end_worker
from zoo_core.cluster.placing import Placing
from zoo_core.cluster.room import Room, gpus_for
from zoo_core.cluster.trial_worker import TrialWorker
from zoo_core.common.errors import RunError, TrainingError
from zoo_core.common.messages import listed
from zoo_core.common.writing import replacing, writing
from zoo_core.data.opening import dataset
from zoo_core.tuning.places import Ended, Event, Job, Scored

__all__ = ["TrialWorkers"]

_LOOK_EVERY, _PATIENCE = 10.0, 30.0
"""Seconds after which workers are asked whether they live, and in which they have to answer."""
_START = 300.0
"""Seconds in which a worker has to begin, once there is room for it."""


class _Running:
    """A trial that a worker computes, or that waits for room."""

    def __init__(self, job: Job, worker: Any) -> None:
        self.job, self.worker = job, worker
        self.files = worker.train.remote()
        self.event = worker.event.remote()
        self.place: tuple[str, int] | None = None
        self.until = time.monotonic() + _START

    def await_next(self) -> None:
        self.event = self.worker.event.remote()


class TrialWorkers:
    """Computes trials on the cluster to which this process is connected; implements `zoo_core.tuning.places.Place`.

    Args:
        most: trials at a time; None for as many as there is room for.
        threads: of each, each a CPU.
        say: called with what happens to nodes, in words.
    """

    def __init__(self, most: int | None, threads: int, say: Callable[[str], None]) -> None:
        self._most, self._say = most, say
        self._placing = Placing(Room(1, 1, threads))
        self._running: dict[int, _Running] = {}
        self._ended: deque[Ended] = deque()
        self._train_set: Dataset | None = None
        self._looked_at = time.monotonic()
        self._has_begun = self._is_stopping = False

    @property
    def room(self) -> int:
        """See `Place.room`.

        Raises:
            RunError: the cluster is too small for one.
        """
        there = self._placing.there
        if not there:
            each = self._placing.room.each
            raise RunError(f"no trial with {each} has room on the cluster: set --threads, or add nodes")
        return min(there, self._most or there) - len(self._running)

    def start(self, job: Job) -> None:
        """See `Place.start`."""
        if self._train_set is None:
            self._train_set = dataset(job.config, "train")
        self._placing.room = replace(self._placing.room, gpus=gpus_for(job.config.device))
        command = Circumstances.of_split(flat_versions(job.config, trains=True), "training", self._train_set)
        work = [job.config.model_dump(mode="json"), command]
        self._running[job.number] = _Running(job, self._placing.start(TrialWorker, ["telling", "answering"], work))

    def next(self, seconds: float) -> Event | None:
        """See `Place.next`.

        Raises:
            RunError: a node differs from where the command was given, when no trial has begun; or there is no room.
        """
        if not self._is_stopping:
            self._look()
        if self._ended:
            return self._ended.popleft()
        if self._is_stopping:
            return self._end(Ended(next(iter(self._running)), "interrupted"))
        awaited = {each.event: number for number, each in self._running.items()}
        ready, _ = ray.wait(list(awaited), num_returns=1, timeout=seconds)
        return self._told(awaited[ready[0]]) if ready else None

    def _told(self, number: int) -> Event | None:
        """What a trial tells; None for what is of no interest elsewhere."""
        running = self._running[number]
        try:
            said = ray.get(running.event)
        except RayError:
            return self._end(Ended(number, "lost"))
        running.place = said.pop("place", running.place)
        if "differences" in said:
            self._begin_elsewhere(running, said["differences"])
            return None
        self._has_begun = True
        if "how" in said:
            return self._end(self._kept(running, Ended(number, **said)))
        running.await_next()
        return Scored(number, said["epoch"], said["score"]) if "epoch" in said else None

    def _begin_elsewhere(self, running: _Running, differences: list[str]) -> None:
        """Leave a node alone that has joined and will not do; where nothing has begun yet, that is told."""
        if not self._has_begun or running.place is None:
            raise RunError("\n  ".join(["nodes of the cluster will not do", *differences]))
        self._placing.avoid(running.place[0])
        self._say(f"goes on without a node that will not do: {listed(differences)}")
        end_worker(running.worker, running.place)
        self.start(running.job)

    def _kept(self, running: _Running, ended: Ended) -> Ended:
        """The same, when the files of the run are here."""
        while not ray.wait([running.files], timeout=_LOOK_EVERY)[0]:
            if not ray.wait([running.worker.answer.remote()], timeout=_PATIENCE)[0]:
                return Ended(ended.number, "lost")
        try:
            files = ray.get(running.files)
        except RayError:
            return Ended(ended.number, "lost")
        folder = running.job.folder
        shutil.rmtree(folder, ignore_errors=True)
        with writing(folder, TrainingError):
            for name, content in files.items():
                with replacing(folder / name) as fresh:
                    fresh.write_bytes(content)
        return ended

    def _look(self) -> None:
        """Note which trials died or froze without a word, from time to time."""
        if time.monotonic() < self._looked_at + _LOOK_EVERY:
            return
        answers = {each.worker.answer.remote(): number for number, each in self._running.items()}
        known = [reference for reference, number in answers.items() if self._running[number].place]
        ray.wait(known or list(answers), num_returns=len(known or answers), timeout=_PATIENCE if known else 0)
        ready, _ = ray.wait(list(answers), num_returns=len(answers), timeout=0)
        self._looked_at = time.monotonic()
        for reference, number in answers.items():
            if self._is_lost(self._running[number], reference if reference in ready else None):
                self._ended.append(self._end(Ended(number, "lost")))

    def _is_lost(self, running: _Running, answer: Any) -> bool:
        if answer:
            try:
                running.place = ray.get(answer)
            except RayError:
                return True
            return False
        if running.place:
            return True
        if time.monotonic() < running.until:
            return False
        if self._placing.free:
            return True
        if not any(each.place for each in self._running.values()):
            raise RunError(
                f"there is no room for a trial with {self._placing.room.each}: nodes have gone or are busy; what has "
                "ended is kept, to go on from"
            )
        running.until = time.monotonic() + _START  # another trial has the room, and will leave it
        return False

    def _end(self, ended: Ended) -> Ended:
        running = self._running.pop(ended.number)
        end_worker(running.worker, running.place)
        return ended

    def answer(self, number: int, go_on: bool) -> None:
        """See `Place.answer`."""
        self._running[number].worker.decide.remote(go_on)

    def stop(self) -> None:
        """See `Place.stop`; there are no checkpoints elsewhere, so that trials begin again when the study goes on."""
        self._is_stopping = True

    def close(self) -> None:
        """See `Place.close`."""
        for each in self._running.values():
            end_worker(each.worker, each.place)
        self._running.clear()

"""Trials on a cluster: each is trained by a worker of its own, and its results come to where the command was given."""

from __future__ import annotations

import queue
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import RayError

from zoo_core.boxes.protocols import Dataset
from zoo_core.cluster.circumstances import Circumstances, flat_versions
from zoo_core.cluster.ending import end_worker
from zoo_core.cluster.room import Room, all_of_nodes
from zoo_core.cluster.worker import RefusedError, Worker, in_words
from zoo_core.common.errors import RunError
from zoo_core.common.writing import replacing, writing
from zoo_core.config.loading import load_config
from zoo_core.data.opening import dataset
from zoo_core.parts.guarding import reason_of
from zoo_core.tuning.places import Ended, Event, Job, Scored
from zoo_core.tuning.trial import TrialEnd, trained

__all__ = ["TrialWorkers"]

_LOOK_EVERY, _PATIENCE = 10.0, 30.0
"""Seconds after which workers are asked whether they live, and in which they have to answer."""
_START = 300.0
"""Seconds in which a worker has to begin."""


class TrialWorker(Worker):
    """Trains one trial, in a folder of its own that is gone when it has ended.

    Args:
        folder: see `Worker`.
        settings: the configuration, as JSON has it.
        command: what is where the command was given.
    """

    def __init__(self, folder: str, settings: Mapping[str, Any], command: Circumstances) -> None:
        super().__init__(folder)
        self._settings, self._command = settings, command
        self._events: queue.Queue[dict[str, Any]] = queue.Queue()
        self._answers: queue.Queue[bool] = queue.Queue()

    def prepare(self) -> Circumstances:
        """See `Worker.prepare`."""
        with in_words():
            self._settle()
            self._config = load_config(self._settings)
            versions = flat_versions(self._config, trains=True)
            return Circumstances.of_split(versions, "training", dataset(self._config, "train"))

    def train(self) -> dict[str, bytes]:
        """Train it; the files of its run folder. Whatever happens is an event, for the command waits for one."""
        try:
            if differences := self._differences():
                self._events.put({"differences": differences})
                return {}
            end, files = self._trained()
        except Exception as error:  # noqa: BLE001 -- a full disk, as an example
            end, files = TrialEnd("failed", reason=f"{ray.util.get_node_ip_address()}: {reason_of(error)}"), {}
        self._events.put(end._asdict())
        return files

    def _differences(self) -> list[str]:
        try:
            here = self.prepare()
        except RefusedError as error:
            return [str(error)]
        return [f"{here.node}: {line}" for line in here.differences(self._command)]

    def _trained(self) -> tuple[TrialEnd, dict[str, bytes]]:
        with tempfile.TemporaryDirectory(prefix="zoo-trial-", ignore_cleanup_errors=True) as folder:
            run = Path(folder) / "run"
            end = trained(self._config, run, self._go_on)
            found = [each for each in sorted(run.rglob("*")) if each.is_file()]
            return end, {str(each.relative_to(run)): each.read_bytes() for each in found}

    def _go_on(self, epoch: int, score: float) -> bool:
        self._events.put({"epoch": epoch, "score": score})
        return self._answers.get()

    @ray.method(concurrency_group="telling")  # type: ignore[untyped-decorator]  # ray leaves it so
    def event(self) -> dict[str, Any]:
        """What happens next."""
        return self._events.get()

    @ray.method(concurrency_group="answering")  # type: ignore[untyped-decorator]  # ray leaves it so
    def decide(self, go_on: bool) -> None:
        """Tell the trial, which has scored, whether to continue."""
        self._answers.put(go_on)


class _Running:
    """A trial that a worker computes."""

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
    """

    def __init__(self, most: int | None, threads: int) -> None:
        self._most = most
        self._each = Room(1, 1, threads)
        self._running: dict[int, _Running] = {}
        self._train_set: Dataset | None = None
        self._looked_at = time.monotonic()
        self._is_stopping = False

    @property
    def room(self) -> int:
        """See `Place.room`.

        Raises:
            RunError: the cluster is too small for one.
        """
        there = self._each.count(all_of_nodes())
        if not there:
            raise RunError(f"no trial with {self._each.each} has room on the cluster: set --threads, or add nodes")
        return min(there, self._most or there) - len(self._running)

    def start(self, job: Job) -> None:
        """See `Place.start`."""
        if self._train_set is None:
            self._train_set = dataset(job.config, "train")
        self._each = replace(self._each, gpus=int(job.config.device.startswith("gpu")))
        command = Circumstances.of_split(flat_versions(job.config, trains=True), "training", self._train_set)
        made = ray.remote(concurrency_groups={"telling": 1, "answering": 1})(TrialWorker)
        options = {
            "num_cpus": self._each.threads,
            "num_gpus": self._each.gpus,
            "scheduling_strategy": "SPREAD",
            "runtime_env": {"env_vars": {"OMP_NUM_THREADS": str(self._each.threads)}},
        }
        worker = made.options(**options).remote(str(Path.cwd()), job.config.model_dump(mode="json"), command)
        self._running[job.number] = _Running(job, worker)

    def next(self, seconds: float) -> Event | None:
        """See `Place.next`.

        Raises:
            RunError: a node differs from where the command was given.
        """
        if self._is_stopping:
            return self._ended(Ended(next(iter(self._running)), "interrupted"))
        awaited = {each.event: number for number, each in self._running.items()}
        ready, _ = ray.wait(list(awaited), num_returns=1, timeout=seconds)
        if not ready:
            return next(self._silent(), None)
        number = awaited[ready[0]]
        try:
            said = ray.get(ready[0])
        except RayError:
            return self._ended(Ended(number, "lost"))
        if "differences" in said:
            raise RunError("\n  ".join(["nodes of the cluster differ", *said["differences"]]))
        if "epoch" in said:
            self._running[number].await_next()
            return Scored(number, said["epoch"], said["score"])
        return self._ended(self._kept(number, Ended(number, **said)))

    def _kept(self, number: int, ended: Ended) -> Ended:
        """The same, when the files of the run are here."""
        running = self._running[number]
        try:
            files = ray.get(running.files)
        except RayError:
            return Ended(number, "lost")
        folder = running.job.folder
        shutil.rmtree(folder, ignore_errors=True)
        with writing(folder, RunError):
            for name, content in files.items():
                with replacing(folder / name) as fresh:
                    fresh.write_bytes(content)
        return ended

    def _silent(self) -> Iterator[Ended]:
        """Those that died or froze without a word."""
        if time.monotonic() < self._looked_at + _LOOK_EVERY:
            return
        answers = {each.worker.answer.remote(): number for number, each in self._running.items()}
        known = [reference for reference, number in answers.items() if self._running[number].place]
        ray.wait(known or list(answers), num_returns=len(known or answers), timeout=_PATIENCE if known else 0)
        ready, _ = ray.wait(list(answers), num_returns=len(answers), timeout=0)
        self._looked_at = time.monotonic()
        for reference, number in answers.items():
            running = self._running[number]
            if reference in ready:
                try:
                    running.place = ray.get(reference)
                except RayError:
                    yield self._ended(Ended(number, "lost"))
            elif running.place or time.monotonic() > running.until:
                yield self._ended(Ended(number, "lost"))

    def _ended(self, ended: Ended) -> Ended:
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

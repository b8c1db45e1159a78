"""Training on a cluster: the session stays where the command was given, and workers compute its batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from zoo_core.boxes.protocols import Dataset, Targets
from zoo_core.cluster.circumstances import Circumstances, flat_versions
from zoo_core.cluster.learner import ClusterLearner
from zoo_core.cluster.network_copy import network_copy
from zoo_core.cluster.room import Room, gpus_for
from zoo_core.cluster.training_worker import TrainingWorker
from zoo_core.cluster.workers import Workers
from zoo_core.common.errors import ConfigError, Problem
from zoo_core.common.messages import counted
from zoo_core.config.detector import DetectorConfig
from zoo_core.config.engines import chosen_engine
from zoo_core.config.fit import exchange_incompatibility
from zoo_core.data.pipeline.batches import Batch, TrainingBatches
from zoo_core.prediction.detector import Detector
from zoo_core.prediction.engine import Engine
from zoo_core.training.loop import TrainingLoop
from zoo_core.training.running import MakeLoop
from zoo_core.training.session import batches_for

__all__ = ["on_workers"]


@contextmanager
def on_workers(limits: tuple[int, int] | None, threads: int, say: Callable[[str], None]) -> Iterator[MakeLoop]:
    """What makes a training loop whose batches are computed by workers; they end with the context.

    Args:
        limits: the fewest and the most of them, both a power of two; None for one for each part of a batch.
        threads: of each.
        say: called with what happens to them, in words.
    """
    started: list[Workers] = []

    def make_loop(detector: Detector, train_set: Dataset) -> TrainingLoop:
        config = detector.config
        fewest, most = limits or (config.training.parts,) * 2
        room = Room(fewest, most, threads, gpus=gpus_for(config.device))
        _require_shareable(config, room)
        settings = config.model_dump(mode="json")
        settings["training"]["loggers"] = []  # they log where the session is; nobody else needs their packages
        command = Circumstances.of_split(flat_versions(config, trains=True), "training", train_set)
        workers = Workers(TrainingWorker, [settings, network_copy(detector.engine)], room, command, say)
        started.append(workers)
        numbers = batches_for(detector, train_set, kind=_Numbers)
        return TrainingLoop(config, _Elsewhere(detector.engine, workers, say), numbers)

    try:
        yield make_loop
    finally:
        for each in started:
            each.close()


def _require_shareable(config: DetectorConfig, room: Room) -> None:
    parts = config.training.parts
    if room.most > parts:
        message = f"{room.most} workers cannot share {counted(parts, 'part')} of a batch; set it, or fewer --workers"
        raise ConfigError("configuration", [Problem("training.parts", message)])
    if problem := exchange_incompatibility(config.training.exchange, chosen_engine(config.engine)):
        raise ConfigError("configuration", [problem])
    if config.training.precision == "auto":
        message = "'auto' measures each machine by itself; set float32, bfloat16 or float16"
        raise ConfigError("configuration", [Problem("training.precision", message)])


@dataclass(frozen=True)
class _Elsewhere:
    """Lets the network of an engine learn on workers."""

    engine: Engine
    workers: Workers
    say: Callable[[str], None]

    @property
    def runs_on(self) -> str:
        gpus = " with a GPU each" if self.workers.room.gpus else ""
        return f"{self.engine.library} on {counted(len(self.workers.handles), 'worker')}{gpus}"

    def learner(self, config: DetectorConfig, batch_size: int) -> ClusterLearner:
        local, settings = self.engine.learner(config, batch_size), config.training
        return ClusterLearner(self.workers, local, settings.exchange if settings.parts > 1 else None, self.say)


class _Numbers(TrainingBatches):
    """The batches of a training by their numbers alone, whose images workers prepare."""

    def _prepared_ahead(self, number: int) -> Iterator[Batch]:
        nothing = np.empty((0, 0), np.float32)
        targets = Targets(nothing.astype(np.int32), nothing, nothing)
        return (Batch(nothing, targets, (), number=each) for each in range(number, len(self)))

"""Measures a detector on every engine that can run it, each in a process of its own, in turn."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np

from zoo_core.common.cores import usable_cores
from zoo_core.common.errors import RunError
from zoo_core.common.messages import listed
from zoo_core.data.opening import dataset_at
from zoo_core.data.pipeline.image_writing import write_image
from zoo_core.data.pipeline.images import read_image
from zoo_core.engines.bench.machine import machine
from zoo_core.engines.bench.peers import Peer
from zoo_core.engines.bench.report import BenchReport, EngineReport
from zoo_core.engines.bench.subjects import Subject, opened, subjects_of
from zoo_core.engines.bench.worker import Task
from zoo_core.parts.geometry import ImageSize

__all__ = ["bench"]

_WORKER = "zoo_core.engines.bench.worker"
_BATCHES = 5
_STAGE_ROUNDS = 10
_PICTURE = ImageSize(375, 500)
"""The usual size of a picture of Pascal VOC."""

Progress = Callable[[int, int], None]


def bench(
    source: str | Path,
    *,
    overrides: Sequence[str] = (),
    config: str | None = None,
    engines: Sequence[str] = (),
    picture: Path | None = None,
    batch: int = 8,
    rounds: int = 30,
    threads: int | None = None,
    int8: Path | None = None,
    data: Path | None = None,
    progress: Progress | None = None,
) -> BenchReport:
    """What a detector costs, from an image file to boxes, on each engine and in each precision.

    Args:
        source: what `zoo_core.load` takes; or the name of a detector, or a configuration file, for new weights.
        overrides: settings, as ``key=value``.
        config: the detector, where the source does not say it.
        engines: those that are measured; empty for all that are installed.
        picture: an image file; by default one that is made, of 375x500 pixels.
        batch: how many images go through the network together for the throughput.
        rounds: how often each latency is taken.
        threads: of each engine; None for one on each core of this process.
        int8: the folder of a data set, on whose training images int8 is calibrated; by default those of `data`, or of
            the detector.
        data: the folder of a data set, on whose validation images each is scored.
        progress: called with the rounds that are done and the number of all; each score is one.

    Raises:
        RunError, ConfigError, MissingPackageError: as `zoo_core.load`.
        DatasetError: the picture or the data set that was named cannot be read.
        ArgumentError: there is no such engine, or it does not run the source.
    """
    with tempfile.TemporaryDirectory(prefix="zoo-") as folder:
        image = picture or _made_picture(Path(folder) / "picture.jpg")
        size = ImageSize(*read_image(image).shape[:2])
        threads = threads or usable_cores()
        task = Task(
            str(source), str(image), batch, _STAGE_ROUNDS, threads=threads, data=None if data is None else str(data)
        )
        detector = opened(task.source, tuple(overrides), config)
        for named, split in ((data, "validation"), (int8, "train")):
            if named is not None:
                dataset_at(named, split, detector.class_names)  # what is wrong with it is told before all else
        calibration = data if int8 is None and not task.source.lower().endswith(".onnx") else int8
        subjects = subjects_of(detector, task, Path(folder), engines, calibration)
        if not subjects.measured:
            reasons = listed(f"{engine}: {reason}" for engine, reason in subjects.left_out.items())
            raise RunError(f"{source}: nothing of it can be measured here: {reasons}")
        reports = _measured(subjects.measured, rounds, progress)
    return BenchReport(str(source), machine(), str(size), batch, rounds, threads, reports, subjects.left_out)


def _measured(subjects: Sequence[Subject], rounds: int, progress: Progress | None) -> tuple[EngineReport, ...]:
    scored = [each.task.data is not None for each in subjects]
    total, done = rounds + sum(scored), 0

    def count() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done, total)

    with ExitStack() as running:
        peers = [running.enter_context(_peer(each)) for each in subjects]
        latencies = np.empty((rounds, len(peers)))
        for turn in range(rounds):
            for index, peer in enumerate(peers):
                latencies[turn, index] = peer.ask("latency")
            count()
        memory = [peer.ask("peak") for peer in peers]
        throughputs = [[peer.ask("throughput") for peer in peers] for _ in range(_BATCHES)]
        memory_of_batch = [peer.ask("peak") for peer in peers]
        stages = [peer.ask("stages") for peer in peers]
        scores = []
        for peer, is_scored in zip(peers, scored, strict=True):
            scores.append(peer.ask("score") if is_scored else None)
            if is_scored:
                count()
    middle, high = np.percentile(latencies, [50, 95], axis=0)
    columns = (middle, high, np.median(throughputs, axis=0), stages, memory, memory_of_batch, scores)
    return tuple(
        EngineReport(
            subject.engine, subject.precision, float(p50), float(p95), float(throughput), *others, *subject.costs
        )
        for subject, p50, p95, throughput, *others in zip(subjects, *columns, strict=True)
    )


def _peer(subject: Subject) -> Peer:
    # MXNet and PyTorch take their threads from the environment, before they are imported.
    return Peer(_WORKER, [subject.task.to_json()], {"OMP_NUM_THREADS": str(subject.task.threads)})


def _made_picture(path: Path) -> Path:
    """A JPEG that is smooth in most places, as photographs are."""
    coarse = np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    image = cv2.resize(coarse, (_PICTURE.width, _PICTURE.height), interpolation=cv2.INTER_CUBIC)
    write_image(np.asarray(image, dtype=np.uint8), path)
    return path

"""Whether training waits for its images, on photographs of blood cells, with SSD's augmentation.

The share of its time that the training loop waits for a batch, what threads and processes alone deliver, in turn for
ZOO_BENCH_SECONDS (120 unless set) of each detector, what processes need of memory, and the memory of this one over 20
epochs of loading. ``python -m benchmarks.loading`` compares threads and processes alone, and ``python -m
benchmarks.loading training`` trains alone, on the device of `benchmarks.places`, with ever more workers.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

import zoo_core as zoo
from benchmarks.blood_cells import CLASSES, folder
from benchmarks.places import DEVICE, PRECISION, start_of
from zoo_core.common.cores import usable_cores
from zoo_core.config.detector import DetectorConfig
from zoo_core.data.pipeline.ahead import by_processes, by_threads
from zoo_core.training.loop import TrainingLoop
from zoo_core.training.session import batches_for

__all__ = ["compare_workers", "main", "train"]

_EPOCHS = 4
_LONG = 20
_ROUNDS = 5
_DETECTORS = {"tinyssd_256_voc": 32, "ssd_512_mobilenet1.0_voc": 8}
"""Names, with the images of a batch."""


def main() -> None:
    """Train for some epochs, then load alone, then load for long."""
    train()
    compare_workers()
    _remember(_config(1, _LONG))


def train() -> None:
    """Train for some epochs with 1, 2, 4 ... workers, up to a process for each core."""
    print(f"\nTinySSD at 256x256, {_EPOCHS} epochs of training, batches of 32")
    for doublings in range(usable_cores().bit_length()):
        _train(_config(1 << doublings, _EPOCHS))


def compare_workers() -> None:
    """Load alone with threads and with processes, as many as there are cores, in turn."""
    seconds = float(os.environ.get("ZOO_BENCH_SECONDS", "120"))
    cores = usable_cores()
    ways: dict[str, Callable[..., Iterator[Any]]] = {
        "1 thread": partial(by_threads, count=1),
        f"{cores} threads": partial(by_threads, count=cores),
        f"{cores} processes": partial(by_processes, count=cores),
    }
    for name, size in _DETECTORS.items():
        config = zoo.load_config(_config(1, 10_000, name), {"training.batch_size": size})
        batches = batches_for(zoo.build(config), zoo.dataset(config, "train"))
        rates: dict[str, list[float]] = {way: [] for way in ways}
        own: dict[str, float] = {}
        for _ in range(_ROUNDS):
            for way, ahead in ways.items():
                with closing(ahead(batches.__getitem__, range(len(batches)))) as coming:
                    rate, own[way] = _rate(coming, 2 * cores, seconds / _ROUNDS / len(ways))
                    rates[way].append(size * rate)
                    memory = max(_memory_of_children(), default=0.0)
        print(f"\n{name}: images a second that {cores} cores prepare, batches of {size}, {_ROUNDS} rounds in turn")
        for way, taken in rates.items():
            print(
                f"  {way:12} median {np.median(taken):6.1f}, {min(taken):6.1f} to {max(taken):6.1f}; "
                f"{1000 * own[way] / size:5.2f} ms of this process for an image"
            )
        print(f"  a process that prepares has {memory / 1e6:.0f} MB to itself")


def _rate(coming: Iterator[Any], ahead: int, seconds: float) -> tuple[float, float]:
    """Batches a second, and the processor's seconds of this process for each.

    The first are left out, which those who prepare could make while the others began.
    """
    for _ in range(ahead):
        next(coming)
    count, began, busy = 0, time.perf_counter(), time.process_time()
    while (taken := time.perf_counter() - began) < seconds:
        next(coming)
        count += 1
    return count / taken, (time.process_time() - busy) / count


def _memory_of_children() -> Iterator[int]:
    """Bytes of each that are in memory and are its own."""
    own = Path(f"/proc/self/task/{os.getpid()}/children")
    for child in own.read_text(encoding="ascii").split():
        lines = Path(f"/proc/{child}/smaps_rollup").read_text(encoding="ascii").splitlines()
        yield sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Private_"))


def _config(workers: int, epochs: int, name: str = "tinyssd_256_voc") -> DetectorConfig:
    return zoo.load_config(
        name,
        {
            "classes": CLASSES,
            "data": {"name": "voc", "root": str(folder())},
            "training.workers": workers,
            "training.epochs": epochs,
            "device": DEVICE,
            "training.precision": PRECISION,
            **start_of(name),
        },
    )


def _train(config: DetectorConfig) -> None:
    detector = zoo.build(config)
    steps = list(TrainingLoop(config, detector.engine, batches_for(detector, zoo.dataset(config, "train"))).steps())
    for title, chosen in (
        ("the first epoch", [step for step in steps if step.epoch == 1]),
        ("the others", [step for step in steps if step.epoch > 1]),
    ):
        seconds, waited = sum(step.seconds for step in chosen), sum(step.waited for step in chosen)
        images = sum(step.images for step in chosen)
        print(
            f"  {config.training.workers} workers, {title:16} {images / seconds:6.1f} images/s, "
            f"waiting {100 * waited / seconds:5.2f} % of the time"
        )


def _remember(config: DetectorConfig) -> None:
    batches = batches_for(zoo.build(config), zoo.dataset(config, "train"))
    coming = batches.starting_at(0)
    print(f"\nMemory of the process, {_LONG} epochs of loading with a thread")
    for epoch in range(_LONG):
        for _ in islice(coming, int(batches.per_epoch)):
            pass
        if epoch in (0, 4, 9, 14, 19):
            print(f"  after epoch {epoch + 1:2}: {_resident() / 1e6:6.0f} MB")


def _resident() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    train() if sys.argv[1:] == ["training"] else compare_workers()

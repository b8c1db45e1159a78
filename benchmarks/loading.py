"""Whether training waits for its images: TinySSD at 256x256 on photographs of blood cells, with SSD's augmentation.

The share of its time that the training loop waits for a batch, what loading alone could deliver, and the memory of
the process over 20 epochs of loading.
"""

from __future__ import annotations

import os
import time
from itertools import islice
from pathlib import Path

import zoo_core as zoo
from benchmarks.blood_cells import CLASSES, folder
from zoo_core.config.detector import DetectorConfig
from zoo_core.training.loop import TrainingLoop
from zoo_core.training.session import batches_for

__all__ = ["main"]

_EPOCHS = 4
_LONG = 20


def main() -> None:
    """Train for some epochs with 1 and 2 workers, then load alone, then load for long."""
    print(f"\nTinySSD at 256x256, {_EPOCHS} epochs of training, batches of 32")
    for workers in (1, 2):
        _train(_config(workers, _EPOCHS))
    print("\nLoading alone")
    for workers in (0, 1, 2):
        _load(_config(workers, _EPOCHS))
    _remember(_config(2, _LONG))


def _config(workers: int, epochs: int) -> DetectorConfig:
    return zoo.load_config(
        "tinyssd_256_voc",
        {
            "classes": CLASSES,
            "data": {"name": "voc", "root": str(folder())},
            "training.workers": workers,
            "training.epochs": epochs,
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


def _load(config: DetectorConfig) -> None:
    batches = batches_for(zoo.build(config), zoo.dataset(config, "train"))
    began = time.perf_counter()
    images = sum(len(batch.images) for batch in batches.starting_at(0))
    print(f"  {config.training.workers} workers  {images / (time.perf_counter() - began):6.1f} images/s")


def _remember(config: DetectorConfig) -> None:
    batches = batches_for(zoo.build(config), zoo.dataset(config, "train"))
    coming = batches.starting_at(0)
    print(f"\nMemory of the process, {_LONG} epochs of loading with 2 workers")
    for epoch in range(_LONG):
        for _ in islice(coming, int(batches.per_epoch)):
            pass
        if epoch in (0, 4, 9, 14, 19):
            print(f"  after epoch {epoch + 1:2}: {_resident() / 1e6:6.0f} MB")


def _resident() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")

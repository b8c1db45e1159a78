"""What detectors of each family reach on the photographs of blood cells after training from scratch for equal times.

``python -m benchmarks.families [NAME...]``. Each trains for a few epochs first, which says how long one takes, and then
from the start for as many as fit into ZOO_BENCH_SECONDS (1,800 unless set), on the device of `benchmarks.places`
in the format ZOO_BENCH_PRECISION (float32). The results are written to families.json; those of names that were not
given stay as they are.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import zoo_core as zoo
from benchmarks.blood_cells import CLASSES, SMALL_ANCHORS, folder
from benchmarks.places import DEVICE, PRECISION, machine_with, start_of
from zoo_core.common.writing import write_text
from zoo_core.config.detector import DetectorConfig
from zoo_core.training.events import StepEvent

__all__ = ["DETECTORS", "RESULTS", "main", "recipe"]

RESULTS = Path(__file__).with_name("families.json")
_TRIAL = 4
"""Epochs of which the last two say how long one takes."""

_ADAM = {
    "training.optimizer": "adam",
    "training.learning_rate": 0.001,
    "training.warmup_steps": 100,
    "training.clip_norm": 10,
}
DETECTORS: dict[str, dict[str, Any]] = {
    "tinyssd_256_voc": {
        "anchors.sizes": SMALL_ANCHORS,
        "loss.negative_mining_ratio": 3,
        "training.learning_rate": 0.05,
        "training.warmup_steps": 50,
    },
    "ssd_512_mobilenet1.0_custom": {"anchors.sizes": [28, 60, 110, 190, 276, 360, 450], **_ADAM},
    "yolo3_mobilenet1.0_custom": _ADAM,
    "retinanet_512_resnet18_v1_custom": _ADAM,
    "fcos_512_resnet18_v1_custom": _ADAM,
    "center_net_resnet18_v1b_custom": _ADAM,
}
"""Names of detectors, each with the settings in which it is not as all others."""
_COMMON: dict[str, Any] = {
    "classes": CLASSES,
    "data.name": "voc",
    "data.train": "trainval",
    "data.validation": "test",
    "training.batch_size": 16,
    "training.schedule": "cosine",
    "training.warmup_epochs": 0,
    "training.weight_decay": 0.0005,
    "training.decay_norms_and_biases": False,
    "training.score_every": None,
    "training.augmentation": [
        {"name": "photometric", "hue": 18},
        {"name": "expand", "largest": 2},
        {"name": "crop", "objects": "some"},
        "stretch",
        "flip",
    ],
}


def recipe(name: str) -> dict[str, Any]:
    """The settings with which a detector learns the photographs, but for where they are and where it is trained."""
    return {**_COMMON, **DETECTORS[name]}


def main(names: Sequence[str] = tuple(DETECTORS)) -> None:
    """Train each, print what it reaches, and write it down."""
    faulthandler.enable()  # a crash on a GPU once said nothing
    seconds = float(os.environ.get("ZOO_BENCH_SECONDS", "1800"))
    for name in names:
        with tempfile.TemporaryDirectory() as place:
            found = _trained(name, seconds, Path(place)) | {"machine": machine_with(DEVICE)}
        kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
        write_text(RESULTS, json.dumps({**kept, name: found}, indent=2) + "\n")
        print(f"{name:34} {found}", flush=True)


def _trained(name: str, seconds: float, place: Path) -> dict[str, Any]:
    of_an_epoch = _seconds_of_epochs(_config(name, _TRIAL), place / "trial")
    epochs = max(_TRIAL, int(seconds / (sum(of_an_epoch[-2:]) / 2)))
    config = _config(name, epochs)
    taken = _seconds_of_epochs(config, place / "run")
    report = zoo.evaluate(zoo.load(place / "run"), zoo.dataset(config))
    return {
        "epochs": epochs,
        "precision": config.training.precision,
        "seconds": round(sum(taken), 1),
        "VOC 2007": round(report.map_voc07, 4),
        "VOC 2010+": round(report.map_voc10, 4),
        "COCO": round(report.coco.ap, 4),
    }


def _config(name: str, epochs: int) -> DetectorConfig:
    machine = {
        "data.root": str(folder()),
        "device": DEVICE,
        "training.precision": PRECISION,
        "training.workers": 4,
    }
    return zoo.load_config(name, {**recipe(name), **machine, **start_of(name), "training.epochs": epochs})


def _seconds_of_epochs(config: DetectorConfig, out: Path) -> list[float]:
    """Train; how long each epoch took."""
    ends: dict[int, float] = {}
    begun = time.perf_counter()

    def watch(step: StepEvent) -> None:
        ends[step.epoch] = time.perf_counter()

    zoo.train(config, out, watch=watch)
    return [end - before for before, end in zip([begun, *ends.values()], ends.values(), strict=False)]


if __name__ == "__main__":
    main(sys.argv[1:] or tuple(DETECTORS))

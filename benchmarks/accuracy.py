"""What a detector reaches from scratch with the zoo's training and with GluonCV's own loop, over three seeds.

Equal networks, first weights, anchors, targets, loss, epochs, batch and rate; both are scored by the same code. It
takes hours, so that a run that is done is kept in accuracy.json and not done again: take it out there to repeat it.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import zoo_core as zoo
from benchmarks.blood_cells import detector_config
from benchmarks.gluoncv_training import GluonCVLoop
from zoo_core.common.writing import write_text
from zoo_core.config.detector import DetectorConfig

__all__ = ["RESULTS", "main"]

RESULTS = Path(__file__).with_name("accuracy.json")
_DETECTORS: dict[str, dict[str, Any]] = {
    "tinyssd_256": {"training.epochs": 30},
    "ssd_512_mobilenet1.0": {"training.batch_size": 4, "training.epochs": 12},
}
"""Each with its epochs; where they are few, small batches come further."""
_SEEDS = (0, 1, 2)


def _by_gluoncv(config: DetectorConfig) -> float:
    loop = GluonCVLoop(config)
    for _ in range(config.training.epochs):
        for _ in loop.epoch():
            pass
    return zoo.evaluate(loop.detector, zoo.dataset(config)).map_voc07


def _by_the_zoo(config: DetectorConfig) -> float:
    with tempfile.TemporaryDirectory() as folder:
        run = zoo.train(config, Path(folder) / "run")
        scores: float = json.loads(run.metrics.read_text(encoding="utf-8"))["map_voc07"]
    return scores


_LOOPS: dict[str, Callable[[DetectorConfig], float]] = {"GluonCV": _by_gluoncv, "zoo": _by_the_zoo}


def _kept() -> dict[str, float]:
    """Read again each time, since the other loop may be training beside this one."""
    return dict(json.loads(RESULTS.read_text(encoding="utf-8"))) if RESULTS.is_file() else {}


def main(detectors: Sequence[str] = tuple(_DETECTORS), loops: Sequence[str] = tuple(_LOOPS)) -> None:
    """Train what has not been trained yet, and print VOC07 mAP of every run."""
    for detector in detectors:
        for loop in loops:
            for seed in _SEEDS:
                key = f"{detector} {loop} seed {seed}"
                if key not in _kept():
                    config = detector_config(detector, {**_DETECTORS[detector], "training.seed": seed})
                    score = round(_LOOPS[loop](config), 4)
                    write_text(RESULTS, json.dumps(dict(sorted({**_kept(), key: score}.items())), indent=2) + "\n")
                    print(f"  {key}: {score:.4f}", flush=True)
            scores = [_kept()[f"{detector} {loop} seed {seed}"] for seed in _SEEDS]
            print(
                f"{detector:24} {loop:8} mean {np.mean(scores):.3f}, {min(scores):.3f} to {max(scores):.3f}", flush=True
            )


if __name__ == "__main__":
    only = sys.argv[1:]  # names of detectors and of loops, so that several can run side by side
    main(*([each for each in every if each in only] or [*every] for every in (_DETECTORS, _LOOPS)))

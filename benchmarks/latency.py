"""Time from a photograph to detections for every registered detector of zoo-gluoncv-ssd, on this machine's CPU.

Reading, resizing, network and post-processing of one image of 375x500 pixels, with new weights. The
results are written to latency.json, from which docs/detectors.md takes them.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np

import zoo_core as zoo
from zoo_core.engines.bench.machine import machine
from zoo_core.registry.registry import default_registry

__all__ = ["RESULTS", "main"]

RESULTS = Path(__file__).with_name("latency.json")
_ROUNDS = 9


def main() -> None:
    """Time each detector, and write down its shortest time in milliseconds."""
    registry = default_registry()
    names = [name for name in zoo.detectors() if registry.owner("detector", name).package == "zoo-gluoncv-ssd"]
    shortest = {name: _milliseconds(name) for name in names}
    RESULTS.write_text(json.dumps({"machine": machine(), "milliseconds": shortest}, indent=2) + "\n", encoding="utf-8")


def _milliseconds(name: str) -> float:
    detector = zoo.build(name)
    image = np.random.default_rng(0).integers(0, 256, (375, 500, 3), dtype=np.uint8)
    detector.predict(image)
    times = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        detector.predict(image)
        times.append(1000 * (time.perf_counter() - began))
    # Other work on the machine only ever adds to a time.
    shortest = round(min(times), 1)
    print(f"  {name:34} {shortest:7.1f} ms")
    return shortest

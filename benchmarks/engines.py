"""Images a second of training on MXNet and on PyTorch with each of its settings, run in turn: all others stand still.

Each way makes steps on one drawn batch, in a process of its own with all cores. The results are written to
engines.json. ``torch.compile`` takes minutes before its first step, so that it is measured only where the environment
variable ZOO_BENCH_COMPILE is 1; bfloat16 where the processor has it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.loops import Loop, Rate, serve
from zoo_core.engines.precision import has_bfloat16

__all__ = ["RESULTS", "main"]

RESULTS = Path(__file__).with_name("engines.json")
_ROUNDS = 5
_SECONDS = 5.0
"""Of a round, at least."""
_DETECTORS = {"tinyssd_256_voc": 32, "ssd_512_mobilenet1.0_voc": 8}
"""Names, with the images of a batch."""


def main() -> None:
    """Compare the ways for both detectors, and write down what was found."""
    from zoo_core.engines.bench.machine import machine

    found = {name: _compare(name) for name in _DETECTORS}
    RESULTS.write_text(json.dumps({"machine": machine(), "training": found}, indent=2) + "\n", encoding="utf-8")


def _ways() -> list[str]:
    ways = ["mxnet", "torch", "torch contiguous"]
    if os.environ.get("ZOO_BENCH_COMPILE") == "1":
        ways.append("torch compiled")
    return [*ways, "mxnet bfloat16", "torch bfloat16"] if has_bfloat16() else ways


def _compare(detector: str) -> dict[str, Any]:
    """The rates of each way."""
    loops = {way: Loop("-W", "ignore", "-m", "benchmarks.engines", way, detector) for way in _ways()}
    rates: dict[str, list[Rate]] = {way: [] for way in loops}
    try:
        for _ in range(_ROUNDS):
            for way, loop in loops.items():
                rates[way].append(loop.round())
    finally:
        for loop in loops.values():
            loop.end()
    return _table(detector, rates)


def _table(detector: str, rates: Mapping[str, list[Rate]]) -> dict[str, Any]:
    """Print and return medians of images a second and the least of the processor's time, with ratios to MXNet."""
    print(f"\nTraining of {detector}, batch {_DETECTORS[detector]}: {_ROUNDS} rounds of at least {_SECONDS:g} s")
    speed = {way: float(np.median([each.images for each in taken])) for way, taken in rates.items()}
    work = {way: min(each.milliseconds for each in taken) for way, taken in rates.items()}
    table = {}
    for way in rates:
        ratios = speed[way] / speed["mxnet"], work["mxnet"] / work[way]
        table[way] = {
            "images a second": round(speed[way], 2),
            "CPU ms an image": round(work[way], 2),
            "times MXNet": round(ratios[0], 2),
            "times MXNet by CPU": round(ratios[1], 2),
        }
        print(
            f"  {way:22} median {speed[way]:7.2f} images/s, {ratios[0]:.2f} times MXNet   "
            f"least {work[way]:7.1f} ms of CPU an image, {ratios[1]:.2f} times"
        )
    return table


def _steps(way: str, detector: str) -> Iterator[int]:
    """Train on one batch."""
    import zoo_core as zoo
    from zoo_core.boxes.protocols import Targets
    from zoo_core.data.pipeline.batches import Batch

    engine, _, setting = way.partition(" ")
    size = _DETECTORS[detector]
    precision = "bfloat16" if setting == "bfloat16" else "float32"
    config = zoo.load_config(detector, {"engine": engine, "device": "cpu", "training.precision": precision})
    rng = np.random.default_rng(0)
    anchors = zoo.plan(config).anchor_count
    classes = np.where(rng.random((size, anchors)) < 0.01, 1, 0).astype(np.int32)
    mask = np.repeat((classes > 0)[..., None], 4, -1).astype(np.float32)
    offsets = rng.normal(size=mask.shape).astype(np.float32) * mask
    images = rng.normal(size=(size, 3, *config.input_size)).astype(np.float32)
    batch = Batch(images, Targets(classes, offsets, mask), ())
    built: Any = zoo.build(config).engine
    learner = built.learner(config, size)
    if setting == "contiguous":
        import torch

        learner.lay_out(torch.contiguous_format)
    if setting == "compiled":
        built.network.compile()
    while True:
        learner.forward_backward(batch)
        learner.step(1e-4, 1)
        learner.wait()
        yield size


if __name__ == "__main__":
    serve(_steps(*sys.argv[1:]), _SECONDS)

"""Images a second of training on MXNet and on PyTorch with each of its settings, run in turn: all others stand still.

Each way makes steps on one drawn batch, in a process of its own with all cores, on the device of `benchmarks.places`;
on a GPU without MXNet, which has no build for those of today. The results are written to engines.json, or to
engines_gpu.json. ``torch.compile`` takes minutes before its first step, so that it is measured only where the
environment variable ZOO_BENCH_COMPILE is 1; 16-bit formats where the device has them.
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
from benchmarks.places import DEVICE, machine_with, start_of
from zoo_core.engines.precision import has_bfloat16

__all__ = ["RESULTS", "main"]

RESULTS = Path(__file__).with_name("engines.json" if DEVICE == "cpu" else "engines_gpu.json")
_ROUNDS = 5
_SECONDS = 5.0 if DEVICE == "cpu" else 1.0
"""Of a round, at least."""
_DETECTORS = {"tinyssd_256_voc": 32, "ssd_512_mobilenet1.0_voc": 8 if DEVICE == "cpu" else 32}
"""Names, with the images of a batch."""


def main() -> None:
    """Compare the ways for both detectors, and write down what was found."""
    found = {name: _compare(name) for name in _DETECTORS}
    content = {"machine": machine_with(DEVICE), "training": found}
    RESULTS.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _ways() -> list[str]:
    """By which a detector is trained; the others are compared with the first."""
    compiled = ["torch compiled"] if os.environ.get("ZOO_BENCH_COMPILE") == "1" else []
    if DEVICE != "cpu":
        return ["torch contiguous_format", "torch", "torch bfloat16", "torch float16", *compiled]
    ways = ["mxnet", "torch", "torch channels_last", "torch contiguous_format", *compiled]
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
    """Print and return medians of images a second and the least of the processor's time, with ratios to the first."""
    print(f"\nTraining of {detector}, batch {_DETECTORS[detector]}: {_ROUNDS} rounds of at least {_SECONDS:g} s")
    speed = {way: float(np.median([each.images for each in taken])) for way, taken in rates.items()}
    work = {way: min(each.milliseconds for each in taken) for way, taken in rates.items()}
    table, first = {}, next(iter(rates))
    for way in rates:
        ratios = speed[way] / speed[first], work[first] / work[way]
        table[way] = {
            "images a second": round(speed[way], 2),
            "CPU ms an image": round(work[way], 2),
            f"times {first}": round(ratios[0], 2),
            f"times {first} by CPU": round(ratios[1], 2),
        }
        print(
            f"  {way:22} median {speed[way]:7.2f} images/s, {ratios[0]:.2f} times {first}   "
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
    precision = setting if setting in ("bfloat16", "float16") else "float32"
    machine = {"engine": engine, "device": DEVICE, "training.precision": precision}
    config = zoo.load_config(detector, {**machine, **start_of(detector)})
    rng = np.random.default_rng(0)
    anchors = zoo.plan(config).anchor_count
    classes = np.where(rng.random((size, anchors)) < 0.01, 1, 0).astype(np.int32)
    mask = np.repeat((classes > 0)[..., None], 4, -1).astype(np.float32)
    offsets = rng.normal(size=mask.shape).astype(np.float32) * mask
    images = rng.normal(size=(size, 3, *config.input_size)).astype(np.float32)
    batch = Batch(images, Targets(classes, offsets, mask), ())
    built: Any = zoo.build(config).engine
    learner = built.learner(config, size)
    if setting in ("contiguous_format", "channels_last", "compiled"):
        import torch

        learner.lay_out(torch.contiguous_format if setting == "contiguous_format" else torch.channels_last)
    if setting == "compiled":
        built.network.compile()
    while True:
        learner.forward_backward(batch)
        learner.step(1e-4, 1)
        learner.wait()
        yield size


if __name__ == "__main__":
    serve(_steps(*sys.argv[1:]), _SECONDS)

"""Images a second of whole training loops on BCCD, each in its own process, run in turn: all others stand still.

GluonCV's loop as shipped (MXNet's default of half of the cores for the network, and two worker processes), the same
with as many threads as the zoo takes, and the zoo's; then TinySSD, whose peer is the imperative loop of the notebook.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np

from benchmarks.loops import Loop, serve
from zoo_core.common.cores import usable_cores

__all__ = ["main"]

_ROUNDS = 5
_LEAST_SECONDS = 8.0
"""Of a round, so that what worker processes have prepared ahead counts for little."""


def main() -> None:
    """Compare the loops for both detectors."""
    cores = str(usable_cores())
    half = str(max(1, int(cores) // 2))
    _compare(
        "ssd_512_mobilenet1.0, batch 8",
        {
            "zoo": ("zoo", "ssd_512_mobilenet1.0", {}),
            "GluonCV as shipped": ("gluoncv", "ssd_512_mobilenet1.0", {"OMP_NUM_THREADS": half}),
            f"GluonCV with {cores} threads": ("gluoncv", "ssd_512_mobilenet1.0", {"OMP_NUM_THREADS": cores}),
        },
    )
    _compare(
        "TinySSD at 256, batch 32",
        {
            "zoo": ("zoo", "tinyssd_256", {}),
            "imperative loop": ("imperative", "tinyssd_256", {"OMP_NUM_THREADS": half}),
            f"imperative loop, {cores} threads": ("imperative", "tinyssd_256", {"OMP_NUM_THREADS": cores}),
        },
    )


def _compare(title: str, ways: dict[str, tuple[str, str, dict[str, str]]]) -> None:
    loops = {
        name: Loop("-m", "benchmarks.training", loop, detector, environment=environment)
        for name, (loop, detector, environment) in ways.items()
    }
    rates: dict[str, list[float]] = {name: [] for name in loops}
    try:
        for _ in range(_ROUNDS):
            for name, loop in loops.items():
                rates[name].append(loop.round().images)
    finally:
        for loop in loops.values():
            loop.end()
    ours = np.median(rates["zoo"])
    print(f"\nTraining of {title}: images a second, {_ROUNDS} rounds of at least {_LEAST_SECONDS:g} s")
    for name, taken in rates.items():
        print(
            f"  {name:34} median {np.median(taken):6.2f}, {min(taken):6.2f} to {max(taken):6.2f}   "
            f"the zoo is {ours / np.median(taken):.2f} times as fast"
        )


def _work(loop: str, detector: str) -> None:
    """Train for some steps whenever a line comes in, and say how many images a second they were."""
    serve(_LOOPS[loop](detector), _LEAST_SECONDS)


def _zoo(detector: str) -> Iterator[int]:
    import zoo_core as zoo
    from benchmarks.blood_cells import detector_config
    from zoo_core.training.loop import TrainingLoop
    from zoo_core.training.session import batches_for

    size = {"training.batch_size": 32} if detector == "tinyssd_256" else {}
    config = detector_config(detector, {"training.epochs": 1000, **size})
    built = zoo.build(config)
    for step in TrainingLoop(config, built.engine, batches_for(built, zoo.dataset(config, "train"))).steps():
        yield step.images


def _gluoncv(detector: str) -> Iterator[int]:
    from benchmarks.blood_cells import detector_config
    from benchmarks.gluoncv_training import GluonCVLoop

    loop = GluonCVLoop(detector_config(detector))
    while True:
        yield from loop.epoch()


def _imperative(detector: str) -> Iterator[int]:
    from benchmarks.blood_cells import detector_config
    from benchmarks.imperative_training import imperative_steps

    return imperative_steps(detector_config(detector, {"training.batch_size": 32}))


_LOOPS = {"zoo": _zoo, "gluoncv": _gluoncv, "imperative": _imperative}

if __name__ == "__main__":
    _work(*sys.argv[1:])

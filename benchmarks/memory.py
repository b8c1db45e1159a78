"""Whether memory stays flat: 10,000 pictures through one detector, and 200 times loading and exporting one.

Small pictures and a small TinySSD, so that it is a matter of minutes; what is lost is lost a picture or a detector.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import zoo_core as zoo
from zoo_core.engines.bench.memory import resident_megabytes

__all__ = ["SMALL", "main", "memory_of_loading", "memory_of_predicting"]

SMALL = {
    "input_size": 64,
    "backbone.channels": [8, 16, 16, 16, 16],
    "anchors.sizes": [[0.2, 0.3], [0.4, 0.5], [0.6, 0.7], [0.8, 0.9]],
}
"""Settings of a TinySSD that is made and run in milliseconds."""


def main() -> None:
    """Print the memory of this process ten times on the way, for each engine."""
    with tempfile.TemporaryDirectory() as folder:
        run, exported = Path(folder) / "run", Path(folder) / "model.onnx"
        detector = new_run(run)
        zoo.export(detector, exported)
        for engine, source in (("mxnet", run), ("onnxruntime", exported), ("openvino", exported)):
            _print(f"10,000 pictures through {engine}", memory_of_predicting(source, 10_000, engine))
        _print("200 times loading a run and exporting it", memory_of_loading(run, 200))


def new_run(folder: Path) -> zoo.Detector:
    """A run of a detector with new weights."""
    run = zoo.Run.create(zoo.load_config("tinyssd_shapes", SMALL), folder)
    detector = zoo.build(run.config)
    detector.engine.save(run.weights)
    return detector


def memory_of_predicting(source: Path, count: int, engine: str) -> list[float]:
    """Megabytes after each tenth of so many pictures of many sizes; what was found is kept, as a caller may.

    Args:
        source: of the detector.
        count: of the pictures.
        engine: that runs it.
    """
    detector = zoo.load(source, engine=engine)
    counts, marks = 0, []
    for number, found in enumerate(detector.stream(_pictures(count), batch_size=8), 1):
        counts += len(found)
        if number % (count // 10) == 0:
            marks.append(_megabytes())
    return marks


def memory_of_loading(run: Path, count: int) -> list[float]:
    """Megabytes after each tenth of so many times loading, exporting, and loading what was exported."""
    marks = []
    for number in range(1, count + 1):
        exported = run / "model.onnx"
        zoo.export(zoo.load(run), exported)
        zoo.load(exported)
        if number % (count // 10) == 0:
            marks.append(_megabytes())
    return marks


def _pictures(count: int) -> Iterator[NDArray[np.uint8]]:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (480, 640, 3), dtype=np.uint8)
    for _ in range(count):
        height, width = rng.integers(40, (480, 640))
        yield noise[:height, :width].copy()


def _megabytes() -> float:
    """What is in use: what the C library keeps of what was given back is returned first, for it comes and goes."""
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)
    return resident_megabytes()


def _print(title: str, marks: list[float]) -> None:
    print(f"\n{title}: memory in use after each tenth, in MB")
    print("  " + "  ".join(f"{each:.0f}" for each in marks))
    print(f"  from the second to the last: {marks[-1] - marks[1]:+.1f} MB")

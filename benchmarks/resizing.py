"""What resizing a picture to 512x512 costs on one core, for each interpolation, in milliseconds.

From uint8 RGB to what the network takes before normalisation: of the size of a photograph of BCCD, of a large one
that shrinks, and of a small one that grows. The table of docs/predict.md is what this prints.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

import cv2
import numpy as np

import zoo_core as zoo
from zoo_core.config.resize import LetterboxResize, ShortSideResize, StretchResize
from zoo_core.data.pipeline.transforms import resized
from zoo_core.parts.resizing import ResizeSettings

__all__ = ["main"]

_INPUT = zoo.ImageSize(512, 512)
_PICTURES = [zoo.ImageSize(480, 640), zoo.ImageSize(1080, 1920), zoo.ImageSize(240, 320)]
_ROUNDS = 40


def main() -> None:
    """Measure in a process that has one core and one thread from its start."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-m", "benchmarks.resizing"], env=environment, check=True)


def _measure() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    cv2.setNumThreads(1)
    ways: list[ResizeSettings] = [
        StretchResize(interpolation=interpolation, rounded=rounded)
        for interpolation in ("nearest", "linear", "area", "cubic", "lanczos", "auto")
        for rounded in (False, True)
    ]
    print(f"| resize | {' | '.join(map(str, _PICTURES))} |")
    print(f"|---|{'---|' * len(_PICTURES)}")
    for way in (*ways, LetterboxResize(), ShortSideResize()):
        name = f"{way.name}, {way.interpolation}{', rounded' if way.rounded else ''}"
        print(f"| {name} | {' | '.join(f'{_milliseconds(way, size):.1f}' for size in _PICTURES)} |")


def _milliseconds(way: ResizeSettings, size: zoo.ImageSize) -> float:
    """The shortest time: other work on the machine only ever adds."""
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    placement = way.placement(size, _INPUT)
    times = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        resized(image, way, placement)
        times.append(1000 * (time.perf_counter() - began))
    return min(times)


if __name__ == "__main__":
    _measure()

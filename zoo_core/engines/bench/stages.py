"""Where the time of one prediction goes: decoding the file, resizing, the network, post-processing.

On MXNet and PyTorch each stage is called and timed. An exported file does all but decoding in one call, or all but
decoding and resizing; there the engine's own profile says how long each operator took. What comes before the first
operator of the network is resizing, what comes after it, or between its operators, is post-processing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from zoo_core.data.pipeline.images import read_image
from zoo_core.engines.bench.peers import milliseconds
from zoo_core.engines.onnx.profiling import profile
from zoo_core.engines.onnx.runtime import ExportedDetector
from zoo_core.parts.geometry import ImageSize
from zoo_core.prediction.predictor import ImagePredictor

__all__ = ["STAGES", "stages_of"]

STAGES = ("decode", "resize", "network", "postprocessing")


def stages_of(detector: ImagePredictor, picture: Path, rounds: int) -> dict[str, float]:
    """The median milliseconds of each of `STAGES` for one picture."""
    detector.predict(picture)
    runs = [_once(detector, picture) for _ in range(rounds)]
    if isinstance(detector, ExportedDetector):
        inner = _inside(detector, picture, rounds)
        runs = [
            run | inside | {"resize": run["resize"] + inside["resize"]} for run, inside in zip(runs, inner, strict=True)
        ]
    return {stage: float(np.median([run[stage] for run in runs])) for stage in STAGES}


def _once(detector: Any, picture: Path) -> dict[str, float]:
    took: dict[str, float] = {}

    def timed(stage: str, way: Callable[[], Any]) -> Any:
        results: list[Any] = []
        took[stage] = milliseconds(lambda: results.append(way()))
        return results[0]

    image = timed("decode", lambda: read_image(picture))
    if isinstance(detector, ExportedDetector):
        timed("resize", lambda: detector.as_taken(image))
        return took
    pixels = timed("resize", lambda: detector.network_input(image)[None])
    said = timed("network", lambda: detector.engine(pixels))
    timed("postprocessing", lambda: detector.read(said[0][0], said[1][0], ImageSize(*image.shape[:2])))
    return took


def _inside(detector: ExportedDetector, picture: Path, rounds: int) -> list[dict[str, float]]:
    """The stages inside of the file, run by run; the first run, in which memory is set up, is left out."""
    runs = profile(detector.path, detector.as_taken(read_image(picture))[None], rounds + 1, detector.execution)
    found = []
    for run in runs[1:]:
        took: dict[str, float] = defaultdict(float)
        stage = "resize"
        for event in run:
            if event.of_network:
                stage = "postprocessing"
            took["network" if event.of_network else stage] += event.milliseconds
        found.append(took)
    return found

"""What a detector and its file score on each engine that is here, and how long they take for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.protocols import Dataset
from zoo_core.engines.onnx.report import EngineScore
from zoo_core.engines.onnx.runtime import ExportedDetector
from zoo_core.evaluation.evaluate import evaluate
from zoo_core.prediction.detections import Detections
from zoo_core.prediction.predictor import ImagePredictor

__all__ = ["on_openvino", "scored"]


def on_openvino(file: Path, precision: str) -> Iterator[tuple[str, ImagePredictor]]:
    """A file on OpenVINO, where that is installed, in each precision in which this processor computes.

    Args:
        file: an exported file.
        precision: precision of the file.
    """
    if find_spec("openvino") is None:
        return
    from zoo_core.engines.onnx.runtimes.on_openvino import precisions_here

    if precision == "int8":
        yield precision, ExportedDetector(file, engine="openvino")
        return
    for each in precisions_here():
        yield each, ExportedDetector(file, engine="openvino", precision=each)


def scored(
    engine: str,
    precision: str,
    detector: ImagePredictor,
    dataset: Dataset,
    progress: Callable[[int, int], None] | None,
) -> EngineScore:
    """What a detector scores on a data set, by the rule of VOC 2010 and later."""
    timed = _Timed(detector)
    score = evaluate(timed, dataset, progress).map_voc10
    return EngineScore(engine, precision, score, 1000 * timed.seconds / max(1, len(dataset)))


class _Timed:
    """A detector with a watch: reading the pictures is not counted."""

    def __init__(self, detector: ImagePredictor) -> None:
        self._detector = detector
        self.class_names = detector.class_names
        self.seconds = 0.0

    def predict(self, source: list[NDArray[np.uint8]], /) -> list[Detections]:
        began = time.perf_counter()
        found = self._detector.predict(source)
        self.seconds += time.perf_counter() - began
        return found

"""A peer that has loaded one detector: ``python -m zoo_core.engines.bench.worker JSON``, with the fields of `Task`."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from zoo_core.data.opening import dataset_at
from zoo_core.engines.bench.memory import peak_megabytes
from zoo_core.engines.bench.peers import milliseconds, serve
from zoo_core.engines.bench.stages import stages_of
from zoo_core.engines.opening import is_exported, load
from zoo_core.evaluation.evaluate import evaluate
from zoo_core.prediction.predictor import ImagePredictor

__all__ = ["Task"]

_WARM_UP = 3


@dataclass(frozen=True)
class Task:
    """What is measured.

    Attributes:
        source: a run folder, a file of weights, or an exported file.
        picture: an image file.
        batch: how many images go through the network together for the throughput.
        rounds: number of rounds of the stages.
        engine: what runs it; None for the usual one.
        precision: of an exported file.
        threads: of an exported file; the others have them from ``OMP_NUM_THREADS``.
        data: the folder of a data set on which it is scored.
    """

    source: str
    picture: str
    batch: int = 8
    rounds: int = 10
    engine: str | None = None
    precision: str | None = None
    threads: int | None = None
    data: str | None = None

    def to_json(self) -> str:
        """The argument for the process."""
        return json.dumps(asdict(self))


def _opened(task: Task) -> ImagePredictor:
    if is_exported(task.source):
        return load(task.source, engine=task.engine, precision=task.precision, threads=task.threads)
    if task.engine == "torch":  # runs do without MXNet, whose memory would be counted
        sys.modules["mxnet"] = None  # type: ignore[assignment]  # as where it is not installed
    return load(task.source, engine=task.engine)


def _serve(task: Task) -> None:
    detector = _opened(task)

    def one() -> Any:
        return detector.predict(task.picture).boxes

    def batch() -> float:
        began = time.perf_counter()
        detector.predict([task.picture] * task.batch, task.batch)
        return task.batch / (time.perf_counter() - began)

    def score() -> float:
        return evaluate(detector, dataset_at(Path(task.data or ""), "validation", detector.class_names)).map_voc10

    for _ in range(_WARM_UP):
        one()
    serve(
        {
            "latency": lambda: milliseconds(one),
            "peak": peak_megabytes,
            "throughput": batch,
            "stages": lambda: stages_of(detector, Path(task.picture), task.rounds),
            "score": score,
        }
    )


if __name__ == "__main__":
    _serve(Task(**json.loads(sys.argv[1])))

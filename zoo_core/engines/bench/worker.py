"""A peer that has loaded one detector: ``python -m zoo_core.engines.bench.worker JSON``, with the fields of `Task`."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from zoo_core.config.loading import load_config
from zoo_core.engines.bench.memory import peak_megabytes
from zoo_core.engines.bench.peers import milliseconds, serve
from zoo_core.engines.bench.stages import stages_of
from zoo_core.engines.opening import build, load
from zoo_core.prediction.predictor import ImagePredictor
from zoo_core.registry.registry import default_registry

__all__ = ["Task", "opened"]

_WARM_UP = 3


@dataclass(frozen=True)
class Task:
    """What is measured.

    Attributes:
        source: what `opened` takes.
        picture: an image file.
        batch: how many images go through the network together for the throughput.
        rounds: number of rounds of the stages.
        overrides: settings, as ``key=value``.
        config: the detector, where the source does not say it.
    """

    source: str
    picture: str
    batch: int = 8
    rounds: int = 10
    overrides: tuple[str, ...] = ()
    config: str | None = None

    def to_json(self) -> str:
        """The argument for the process."""
        return json.dumps(asdict(self))


def opened(source: str, overrides: tuple[str, ...] = (), config: str | None = None) -> ImagePredictor:
    """A detector as `zoo_core.load` gives it; or with new weights, of a registered name or a configuration file."""
    names = default_registry().detectors()
    if source in names or Path(source).suffix in {".yaml", ".yml", ".toml", ".json"}:
        return build(load_config(source, list(overrides) or None))
    return load(source, list(overrides) or None, config)


def _serve(task: Task) -> None:
    detector = opened(task.source, task.overrides, task.config)

    def one() -> Any:
        return detector.predict(task.picture).boxes

    def batch() -> float:
        began = time.perf_counter()
        detector.predict([task.picture] * task.batch, task.batch)
        return task.batch / (time.perf_counter() - began)

    for _ in range(_WARM_UP):
        one()
    serve(
        {
            "latency": lambda: milliseconds(one),
            "peak": peak_megabytes,
            "throughput": batch,
            "stages": lambda: stages_of(detector, Path(task.picture), task.rounds),
        }
    )


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    _serve(Task(**{**given, "overrides": tuple(given["overrides"])}))

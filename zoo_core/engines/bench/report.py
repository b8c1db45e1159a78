"""What was measured, as numbers, JSON and a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from zoo_core.engines.bench.stages import STAGES

__all__ = ["BenchReport", "EngineReport"]


@dataclass(frozen=True)
class EngineReport:
    """What a detector costs on one engine, in one precision.

    Attributes:
        engine: name of the engine.
        precision: ``float32``, ``bfloat16``, ``float16`` or ``int8``.
        latency_p50: median milliseconds from an image file to its boxes.
        latency_p95: milliseconds within which 95 of 100 are done.
        throughput: images per second, in batches.
        stages: median milliseconds of each stage.
        memory: the most that a process held which does nothing else, in MB; with a picture at a time.
        memory_of_batch: the same after batches.
        score: mean average precision on the data set that was named, by the rule of VOC 2010 and later; None for none.
        parameters: numbers that the network has learned, as the engine holds them.
        operations: multiply-adds of its convolutions and dense layers for one image.
    """

    engine: str
    precision: str
    latency_p50: float
    latency_p95: float
    throughput: float
    stages: Mapping[str, float]
    memory: float
    memory_of_batch: float
    score: float | None
    parameters: int
    operations: int


@dataclass(frozen=True)
class BenchReport:
    """What a detector costs.

    Attributes:
        source: what was measured.
        machine: where.
        picture: height x width of the image.
        batch: how many images went through the network together for the throughput.
        rounds: how often each latency was taken.
        threads: of each engine.
        engines: what was measured.
        left_out: why there is no more, by engine.
    """

    source: str
    machine: str
    picture: str
    batch: int
    rounds: int
    threads: int
    engines: tuple[EngineReport, ...]
    left_out: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)

    def rows(self) -> list[tuple[object, ...]]:
        """The table, whose columns are `columns`."""
        return [
            (
                each.engine,
                each.precision,
                f"{each.latency_p50:.1f}",
                f"{each.latency_p95:.1f}",
                *(f"{each.stages[stage]:.1f}" for stage in STAGES),
                f"{each.throughput:.1f}",
                f"{each.memory:.0f}",
                f"{each.memory_of_batch:.0f}",
                *([] if each.score is None else [f"{100 * each.score:.2f}"]),
                f"{each.parameters / 1e6:.2f}",
                f"{each.operations / 1e9:.2f}",
            )
            for each in self.engines
        ]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns of `rows`."""
        batch = f"x{self.batch}"
        scores = [] if all(each.score is None for each in self.engines) else ["mAP"]
        times = ("p50 ms", "p95 ms", *STAGES, f"images/s {batch}")
        return ("engine", "precision", *times, "MB", f"MB {batch}", *scores, "M params", "G MACs")

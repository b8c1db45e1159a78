"""Trainings that never happened, for those who watch trainings: a run folder, and what would be told of it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar, Literal

from zoo_core.config.detector import DetectorConfig
from zoo_core.config.loading import load_config
from zoo_core.evaluation.coco import CocoNumbers
from zoo_core.evaluation.report import ClassReport, Report
from zoo_core.parts.components import (
    AnchorSettings,
    BackboneSettings,
    BoxFormat,
    Component,
    EncoderSettings,
    FeatureMap,
    ImageSize,
    LossSettings,
)
from zoo_core.registry.hookspecs import hookimpl
from zoo_core.registry.registry import Registry
from zoo_core.training.events import (
    BeginEvent,
    CheckpointEvent,
    EndEvent,
    EpochEvent,
    MeansEvent,
    Outcome,
    ScoreEvent,
    StepEvent,
    TrainingEvent,
)

__all__ = ["OUTCOMES", "told_of_training", "write_run"]

OUTCOMES: tuple[Outcome, ...] = ("finished", "stopped", "failed")
_EPOCHS, _PER_EPOCH = 2, 3
_FILES = ("config.yaml", "weights.params", "metrics.jsonl", "versions.json", "checkpoints/step-00000003.params")


class _Backbone(BackboneSettings):
    name: Literal["made_up"] = "made_up"

    def feature_maps(self, image: ImageSize) -> tuple[FeatureMap, ...]:
        return (FeatureMap(8, image.height // 8, image.width // 8, stride=8),)

    def smallest_input(self) -> ImageSize:
        return ImageSize(8, 8)


class _Anchors(AnchorSettings):
    name: Literal["made_up"] = "made_up"
    gives: ClassVar[BoxFormat] = BoxFormat.CENTER_PIXEL

    def anchors_per_cell(self) -> tuple[int, ...]:
        return (1,)


class _Targets(EncoderSettings):
    name: Literal["made_up"] = "made_up"
    takes: ClassVar[BoxFormat] = BoxFormat.CENTER_UNIT


class _Loss(LossSettings):
    name: Literal["made_up"] = "made_up"


@cache
def _config() -> DetectorConfig:
    registry = Registry()
    parts = [Component(each, "nowhere:Nothing") for each in (_Backbone, _Anchors, _Targets, _Loss)]
    registry.register(SimpleNamespace(zoo_components=hookimpl(lambda: parts)), "made-up")
    named = dict.fromkeys(("backbone", "anchors", "targets", "loss"), "made_up")
    training = {"epochs": _EPOCHS, "score_every": 1}
    config = {
        **named,
        "classes": ["circle", "square", "triangle"],
        "input_size": 64,
        "data": "shapes",
        "training": training,
    }
    return load_config(config, registry=registry)


def write_run(folder: Path) -> dict[Path, bytes]:
    """Write what a run folder has, made up; its files and what is in them."""
    written = {folder / name: f"{name} of the training\n".encode() for name in _FILES}
    for path, content in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return written


def told_of_training(
    folder: Path, outcome: Outcome, done: int = 0, steps: int | None = None
) -> Iterator[TrainingEvent]:
    """The events of a training of two epochs of three steps.

    Args:
        folder: the run folder.
        outcome: how it ends.
        done: steps that were done when it was stopped.
        steps: after which it ends; None for all.
    """
    whole = _EPOCHS * _PER_EPOCH
    yield BeginEvent(done, _epoch(done), folder, _config(), whole, 10, 4)
    last = whole if steps is None else steps
    for step in range(done + 1, last + 1):
        ends = step % _PER_EPOCH == 0
        yield StepEvent(step, _epoch(step), whole, ends, 4, 0.01, 2 / step, 1 / step, 0.5, 0.0)
        means = (step, _epoch(step), 3 / step, 2 / step, 1 / step, 0.01, 8.0, 0.0)
        if step % 2 == 0:
            yield MeansEvent(*means)
        if ends:
            yield EpochEvent(*means)
            yield CheckpointEvent(step, _epoch(step), folder / "checkpoints" / f"step-{step:08}.params")
            yield ScoreEvent(
                step, _epoch(step), _report(0.5 if step > _PER_EPOCH else math.nan), step > _PER_EPOCH, None
            )
    finished = outcome == "finished"
    yield EndEvent(last, _epoch(last), outcome, None if finished else "made up", _report(0.5) if finished else None)


def _epoch(step: int) -> int:
    return max(step - 1, 0) // _PER_EPOCH + 1


def _report(score: float) -> Report:
    """All scores are this one, which is not a number where there was nothing to find."""
    numbers = CocoNumbers(*[score] * 12)
    return Report((ClassReport("circle", score, score, 3, 0, 7, numbers),), iou=0.5, images=4, seconds=1.0)

"""The training loop."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from zoo_core.config import DetectorConfig
from zoo_core.data.loading import Batch, training_batches
from zoo_core.errors import TrainingError
from zoo_core.gluon import mx
from zoo_core.gluon.engine import GluonEngine
from zoo_core.interfaces import Dataset
from zoo_core.planning import plan
from zoo_core.registry import make
from zoo_core.training_settings import TrainingSettings

__all__ = ["Step", "train_network"]


@dataclass(frozen=True)
class Step:
    """What one step of training did.

    Attributes:
        epoch: counted from 1.
        number: of the step, counted from 1 over all epochs.
        last_of_epoch: whether the epoch ends with it.
        images: in its batch.
        learning_rate: with which it was made.
        class_loss: of the batch.
        box_loss: of the batch.
        seconds: since the last step ended.
        waited: the part of `seconds` spent waiting for data.
    """

    epoch: int
    number: int
    last_of_epoch: bool
    images: int
    learning_rate: float
    class_loss: float
    box_loss: float
    seconds: float
    waited: float


def learning_rate_at(step: int, steps: int, settings: TrainingSettings) -> float:
    """The learning rate of a step, counted from 0, of so many."""
    if step < settings.warmup_steps:
        return settings.learning_rate * (step + 1) / (settings.warmup_steps + 1)
    if settings.schedule == "constant":
        return settings.learning_rate
    done = (step - settings.warmup_steps) / max(1, steps - settings.warmup_steps)
    return settings.learning_rate * (1 + math.cos(math.pi * done)) / 2

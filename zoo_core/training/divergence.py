"""A loss that is not a number, or has exploded: where, with which images and gradients, and what to try."""

from __future__ import annotations

import math
from collections.abc import Sequence

from zoo_core.common.errors import TrainingError
from zoo_core.common.messages import listed
from zoo_core.data.pipeline.batches import Batch

__all__ = ["DivergedError", "LossWatch", "diverged"]

_EXPLODED = 1000
"""This many times the loss at the beginning is not a fluctuation."""


class DivergedError(TrainingError):
    """The loss has diverged.

    Attributes:
        batch: the batch from which the step should have learned.
    """

    def __init__(self, message: str, batch: Batch) -> None:
        super().__init__(message)
        self.batch = batch


class LossWatch:
    """Knows the loss of the first batches, and tells when it has diverged.

    Attributes:
        first: the losses of the first batches.
    """

    BEGINNING = 10
    """How many losses are remembered."""

    def __init__(self, first: Sequence[float] = ()) -> None:
        self.first = list(first)

    def lost(self, loss: float) -> str | None:
        """What is wrong with a loss, in words; None when nothing is."""
        if not math.isfinite(loss):
            return "is no longer a number"
        if len(self.first) < self.BEGINNING:
            self.first.append(loss)
        usual = max(1.0, sum(self.first) / len(self.first))
        return f"has exploded (it was {usual:.3g} at the beginning)" if loss > _EXPLODED * usual else None


def diverged(what: str, where: str, losses: tuple[float, float], batch: Batch, gradients: str) -> DivergedError:
    """The error that says everything about a loss that has diverged.

    Args:
        what: is wrong.
        where: the step.
        losses: losses of the classes and of the boxes.
        batch: batch of the step.
        gradients: the largest of the step, in words.
    """
    return DivergedError(
        f"the loss {what} {where} (classes {losses[0]:.3g}, boxes {losses[1]:.3g})\n"
        f"  images of the batch: {listed(batch.image_ids)}\n"
        f"  largest gradients: {gradients}\n"
        "  try a smaller training.learning_rate, more training.warmup_steps, or training.clip_norm=10; "
        "if the same images keep appearing, check them: zoo data check",
        batch,
    )

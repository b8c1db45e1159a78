"""How a detector is trained: optimiser, schedule, and which changes of the images."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from zoo_core.augmentation_settings import SSD_AUGMENTATION, Step
from zoo_core.settings import Settings

__all__ = ["TrainingSettings"]


class TrainingSettings(Settings):
    """How the weights are found."""

    epochs: PositiveInt = 20
    """How often every training image is seen."""
    batch_size: PositiveInt = 32
    """Images in a step."""
    optimizer: Literal["sgd", "adam"] = "sgd"
    """Stochastic gradient descent with momentum, or Adam."""
    learning_rate: PositiveFloat = 0.01
    """The largest step size of the schedule."""
    momentum: Annotated[float, Field(ge=0, lt=1)] = 0.9
    """Of SGD, or beta1 of Adam."""
    weight_decay: Annotated[float, Field(ge=0)] = 5e-4
    """L2 penalty."""
    schedule: Literal["cosine", "constant"] = "cosine"
    """How the learning rate falls from its largest value to zero over the run, or that it stays."""
    warmup_steps: NonNegativeInt = 0
    """Steps in which the learning rate climbs from zero."""
    clip_gradient: PositiveFloat | None = None
    """Every gradient value is clipped to this much in both directions; null for no clipping."""
    augmentation: tuple[Step, ...] = SSD_AUGMENTATION
    """Random changes of the training images, in order; an empty list for none."""
    workers: NonNegativeInt = 1
    """Threads that prepare batches beside the training itself; 0 prepares them in between."""
    seed: NonNegativeInt = 0
    """Fixes initial weights, order and augmentation."""

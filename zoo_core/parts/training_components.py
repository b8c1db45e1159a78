"""The light half of what training is made of: augmentation steps, optimisers, schedules and loggers."""

from abc import abstractmethod
from typing import ClassVar, NamedTuple

from zoo_core.parts.component_settings import ComponentSettings

__all__ = ["AugmentationSettings", "LoggerSettings", "OptimizerSettings", "ScheduleSettings", "Span"]


class AugmentationSettings(ComponentSettings):
    """One random change of a training image and its boxes."""

    kind: ClassVar[str] = "augmentation"
    whole_input: ClassVar[bool] = False
    """Whether the size that a step is told is that of the whole input of the network, which it is to fill. Else it is
    that of the picture in it, beside which `resize` may leave something over."""


class OptimizerSettings(ComponentSettings):
    """How gradients become changes of the weights."""

    kind: ClassVar[str] = "optimizer"
    state_names: ClassVar[tuple[str, ...]] = ()
    """What it keeps for each weight, in the order of the arrays that its heavy half makes: their names in checkpoints,
    which are the same for every engine."""


class LoggerSettings(ComponentSettings):
    """Where what happens in a training is written, besides the run folder."""

    kind: ClassVar[str] = "logger"


class Span(NamedTuple):
    """How long a training is.

    Attributes:
        steps: number of steps in all epochs.
        per_epoch: steps in an epoch, which gradient accumulation can make a fraction.
        warmup: number of steps, at the beginning, in which the rate climbs.
    """

    steps: int
    per_epoch: float
    warmup: int

    def progress(self, done: int) -> float:
        """The fraction of training after warm-up that is done, 0 to below 1."""
        return (done - self.warmup) / (self.steps - self.warmup)


class ScheduleSettings(ComponentSettings):
    """How the learning rate changes after warm-up."""

    kind: ClassVar[str] = "schedule"
    has_heavy_half: ClassVar[bool] = False

    @abstractmethod
    def factor(self, done: int, span: Span) -> float:
        """The fraction of the largest learning rate with which a step is made, 0 to 1.

        Args:
            done: steps made before it, at least as many as warm-up has.
            span: length of the training.
        """

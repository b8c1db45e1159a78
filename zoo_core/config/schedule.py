"""How the learning rate changes over a training: schedules as settings that know their closed form."""

from __future__ import annotations

import math
from abc import abstractmethod
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, PositiveFloat, SerializeAsAny

from zoo_core.parts.choices import NamedSettings, choice

__all__ = ["SCHEDULES", "Constant", "Cosine", "Milestones", "Poly", "Schedule", "ScheduleSettings", "Span"]

Share = Annotated[float, Field(ge=0, le=1)]


class Span(NamedTuple):
    """How long a training is.

    Attributes:
        steps: of all epochs.
        per_epoch: steps in an epoch, which gradient accumulation can make a fraction.
        warmup: steps, the first of all, in which the rate climbs.
    """

    steps: int
    per_epoch: float
    warmup: int

    def progress(self, done: int) -> float:
        """The share of what comes after warm-up that lies behind, 0 to below 1."""
        return (done - self.warmup) / (self.steps - self.warmup)


class ScheduleSettings(NamedSettings):
    """How the learning rate changes after warm-up."""

    @abstractmethod
    def factor(self, done: int, span: Span) -> float:
        """The share of the largest learning rate with which a step is made.

        Args:
            done: steps made before it, at least as many as warm-up has.
            span: of the training.
        """


class Constant(ScheduleSettings):
    """The rate stays."""

    name: Literal["constant"] = "constant"

    def factor(self, done: int, span: Span) -> float:  # noqa: ARG002 -- as every schedule
        """1."""
        return 1.0


class Cosine(ScheduleSettings):
    """The rate falls along half a cosine.

    Source: Loshchilov and Hutter, SGDR, 2017, equation 5, without restarts.
    """

    name: Literal["cosine"] = "cosine"
    final: Share = 0.0
    """The share of the largest rate at which it ends."""

    def factor(self, done: int, span: Span) -> float:
        """``final + (1 - final) * (1 + cos(pi * progress)) / 2``."""
        return self.final + (1 - self.final) * (1 + math.cos(math.pi * span.progress(done))) / 2


class Poly(ScheduleSettings):
    """The rate falls as a power of what is left of the training.

    Source: Chen et al., DeepLab, 2017, section 4.1.
    """

    name: Literal["poly"] = "poly"
    power: PositiveFloat = 0.9
    """1 for a straight line; more falls faster at first."""
    final: Share = 0.0
    """The share of the largest rate at which it ends."""

    def factor(self, done: int, span: Span) -> float:
        """``final + (1 - final) * (1 - progress) ** power``."""
        return self.final + (1 - self.final) * math.pow(1 - span.progress(done), self.power)


def _whole_from_1(milestone: float) -> float:
    if milestone >= 1 and milestone % 1:
        raise ValueError("should be a whole number of epochs, or a share of all steps below 1")
    return milestone


class Milestones(ScheduleSettings):
    """The rate is multiplied at each milestone: the steps of GluonCV's scripts."""

    name: Literal["step"] = "step"
    at: Annotated[tuple[Annotated[PositiveFloat, AfterValidator(_whole_from_1)], ...], Field(min_length=1)] = (
        2 / 3,
        5 / 6,
    )
    """After which epochs, as 160; or, below 1, after which share of all steps, as 0.75."""
    multiplier: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """By which the rate is multiplied each time."""

    def factor(self, done: int, span: Span) -> float:
        """The multiplier to the power of the milestones passed."""
        places = (round(each * (span.steps if each < 1 else span.per_epoch)) for each in self.at)
        return math.pow(self.multiplier, sum(place <= done for place in places))


SCHEDULES: tuple[type[ScheduleSettings], ...] = (Cosine, Milestones, Poly, Constant)

Schedule = Annotated[SerializeAsAny[ScheduleSettings], BeforeValidator(choice("a schedule", SCHEDULES))]

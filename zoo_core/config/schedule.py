"""How the learning rate changes over a training: schedules as settings that know their closed form."""

import math
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, PositiveFloat

from zoo_core.parts.training_components import ScheduleSettings, Span

__all__ = ["Constant", "Cosine", "Milestones", "Poly"]

Share = Annotated[float, Field(ge=0, le=1)]


class Constant(ScheduleSettings):
    """The rate stays constant.

    Source: gluon's Trainer, which does so without a scheduler.
    """

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
    """Final rate, as a fraction of the largest."""

    def factor(self, done: int, span: Span) -> float:
        """``final + (1 - final) * (1 + cos(pi * progress)) / 2``."""
        return self.final + (1 - self.final) * (1 + math.cos(math.pi * span.progress(done))) / 2


class Poly(ScheduleSettings):
    """The rate falls as a power of the fraction of the training that is left.

    Source: Chen et al., DeepLab, 2017, section 4.1.
    """

    name: Literal["poly"] = "poly"
    power: PositiveFloat = 0.9
    """Exponent: 1 for a straight line; larger values fall faster at first."""
    final: Share = 0.0
    """Final rate, as a fraction of the largest."""

    def factor(self, done: int, span: Span) -> float:
        """``final + (1 - final) * (1 - progress) ** power``."""
        return self.final + (1 - self.final) * math.pow(1 - span.progress(done), self.power)


def _whole_from_1(milestone: float) -> float:
    if milestone >= 1 and milestone % 1:
        raise ValueError("should be a whole number of epochs, or a fraction of all steps below 1")
    return milestone


class Milestones(ScheduleSettings):
    """The rate is multiplied at each milestone: the steps of GluonCV's scripts.

    Source: GluonCV 0.10.5, gluoncv/utils/lr_scheduler.py, LRScheduler with mode "step".
    """

    name: Literal["step"] = "step"
    at: Annotated[tuple[Annotated[PositiveFloat, AfterValidator(_whole_from_1)], ...], Field(min_length=1)] = (
        2 / 3,
        5 / 6,
    )
    """Epochs after which the rate falls, as 160; or, below 1, fractions of all steps, as 0.75."""
    multiplier: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """Factor by which the rate is multiplied each time."""

    def factor(self, done: int, span: Span) -> float:
        """The multiplier to the power of the number of milestones passed."""
        places = (round(each * (span.steps if each < 1 else span.per_epoch)) for each in self.at)
        return math.pow(self.multiplier, sum(place <= done for place in places))

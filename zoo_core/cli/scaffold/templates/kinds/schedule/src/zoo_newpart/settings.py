"""How the learning rate changes. Pure Python, for every command imports it."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, PositiveInt
from zoo_core.plugin_api import ScheduleSettings, Span

__all__ = ["NewpartSettings"]


class NewpartSettings(ScheduleSettings):
    """The rate falls along half a cosine several times, and restarts after each.

    Source: Loshchilov and Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, 2017, equation 5.
    """

    name: Literal["newpart"] = "newpart"

    cycles: PositiveInt = 3
    """How often it falls."""
    lowest: Annotated[float, Field(ge=0, le=1)] = 0.01
    """The share of the largest rate to which it falls."""

    def factor(self, done: int, span: Span) -> float:
        """The share of the largest rate after some steps, from `lowest` to 1."""
        of_cycle = span.progress(done) * self.cycles % 1
        return self.lowest + (1 - self.lowest) * (1 + math.cos(math.pi * of_cycle)) / 2

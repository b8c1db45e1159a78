"""What schedules promise: a fraction of the largest rate for every step of every training."""

from __future__ import annotations

import math
from typing import ClassVar

from hypothesis import strategies as st

from zoo_core.parts.components import ScheduleSettings
from zoo_core.parts.training_components import Span
from zoo_core.testing.comparing import try_cases
from zoo_core.testing.contract import ComponentContract

__all__ = ["ScheduleContract"]

_SPANS = st.builds(
    lambda steps, per_epoch, warmup: Span(steps, per_epoch, min(warmup, steps - 1)),
    st.integers(1, 10_000),
    st.floats(0.1, 1000),
    st.integers(0, 1000),
)


class ScheduleContract(ComponentContract):
    """Every check of a schedule, on trainings of random lengths."""

    light_questions: ClassVar[str] = (
        "settings.factor(3, importlib.import_module('zoo_core.parts.training_components').Span(9, 3.0, 0))"
    )
    rests_on: ClassVar[tuple[str, ...]] = ("test_factors_are_shares",)
    varied: ClassVar[tuple[str, ...]] = (
        "test_factors_are_shares",
        "test_equal_steps_have_equal_factors",
    )

    def test_factors_are_shares(self, settings: ScheduleSettings) -> None:
        """Every step has a factor from 0 to 1, and in every training some step is above 0."""

        def check(span: Span) -> None:
            factors = [settings.factor(done, span) for done in _some_steps(span)]
            for factor in factors:
                assert isinstance(factor, int | float) and math.isfinite(factor) and 0 <= factor <= 1, (
                    f"factor() should return a fraction of the largest rate, from 0 to 1; got {factor!r} in {span}"
                )
            assert any(factors), f"all steps of {span} have the rate 0: nothing would be learned"

        try_cases(self.examples, check, span=_SPANS)

    def test_equal_steps_have_equal_factors(self, settings: ScheduleSettings) -> None:
        """A factor depends on the step alone, not on earlier calls: a stopped training resumes as it was."""

        def check(span: Span) -> None:
            steps = _some_steps(span)
            first = [settings.factor(done, span) for done in steps]
            second = [settings.factor(done, span) for done in reversed(steps)]
            assert first == second[::-1], "called again in another order, the steps have different factors"

        try_cases(self.examples, check, span=_SPANS)


def _some_steps(span: Span) -> list[int]:
    return [*range(span.warmup, span.steps, max(1, (span.steps - span.warmup) // 20)), span.steps - 1]

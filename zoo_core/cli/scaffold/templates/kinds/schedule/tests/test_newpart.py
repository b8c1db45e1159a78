"""The promises of every schedule, and what this one promises besides."""

import pytest
from zoo_core.plugin_api import Span
from zoo_core.testing import ScheduleContract

from zoo_newpart.settings import NewpartSettings


class TestNewpart(ScheduleContract):
    settings = NewpartSettings()


class TestNewpartInOneCycle(ScheduleContract):
    settings = NewpartSettings(cycles=1, lowest=0)


def test_it_begins_anew_after_each_cycle():
    settings = NewpartSettings(cycles=2, lowest=0.1)
    span = Span(steps=110, per_epoch=10.0, warmup=10)
    assert [settings.factor(done, span) for done in (10, 60)] == [1, 1]
    assert settings.factor(35, span) == pytest.approx(0.55)
    assert settings.factor(59, span) == pytest.approx(0.1, abs=0.01)

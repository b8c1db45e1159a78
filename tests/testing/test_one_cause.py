"""A part with one fault fails one check; those that rest on it are skipped and say so."""

from __future__ import annotations

import re

import pytest

pytest_plugins = ["pytester"]

BROKEN = '''
from types import SimpleNamespace

from zoo_core.config.schedule import Constant
from zoo_core.parts.components import Component
from zoo_core.plugin_api import Anchors, mx
from zoo_core.testing import AnchorContract, LossContract, ScheduleContract
from zoo_tinyssd.anchors import MultiBoxPrior
from zoo_tinyssd.anchors_settings import MultiBoxPriorSettings
from zoo_tinyssd.loss_settings import MultiBoxLossSettings


class Fewer(MultiBoxPrior):
    def __call__(self, maps, image):
        found = super().__call__(maps, image)
        return Anchors(found.boxes[:-1], found.format, image)


class Mean(mx.gluon.HybridBlock):
    def __init__(self, settings):
        super().__init__()

    def hybrid_forward(self, F, scores, offsets, *targets):
        return scores.mean(), offsets.mean()


class Rising(Constant):
    """Source: nobody."""

    def factor(self, done, span):
        return 2.0 + len(seen) if seen.append(done) is None else 0


seen = []


class TestAnchors(AnchorContract):
    examples = 5
    settings = MultiBoxPriorSettings()
    component = Component(MultiBoxPriorSettings, "test_broken:Fewer")


class TestLoss(LossContract):
    examples = 1
    settings = MultiBoxLossSettings()
    component = Component(MultiBoxLossSettings, "test_broken:Mean")


class TestNothing(LossContract):
    settings = MultiBoxLossSettings()
    component = Component(MultiBoxLossSettings, "test_broken:nowhere")


class TestSchedule(ScheduleContract):
    examples = 5
    settings = Rising()
    component = Component(Rising)
'''
CAUSES = {
    "TestAnchors": "test_anchors_are_as_many_as_promised",
    "TestLoss": "test_gives_two_parts_of_every_image",
    "TestNothing": "test_is_made_from_its_settings",
    "TestSchedule": "test_factors_are_shares",
}


@pytest.mark.slow
def test_one_fault_is_one_failure_and_what_rests_on_it_says_so(pytester):
    pytester.makepyfile(test_broken=BROKEN)
    words = ["-rfs", "-p", "no:cacheprovider", "-k", "not light"]
    report = pytester.runpytest_inprocess(*words).stdout.str()
    failed = re.findall(r"FAILED test_broken\.py::(\w+)::(\w+)", report)
    assert sorted(failed) == sorted(CAUSES.items())
    for cause in CAUSES.values():
        assert f"says nothing while {cause} fails" in report

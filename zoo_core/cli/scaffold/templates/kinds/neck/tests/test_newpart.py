"""The promises of every neck, and what this one promises besides."""

from zoo_core.plugin_api import FeatureMap
from zoo_core.testing import NeckContract

from zoo_newpart.settings import NewpartSettings


class TestNewpart(NeckContract):
    settings = NewpartSettings(), NewpartSettings(channels=7)


def test_maps_that_do_not_halve_are_refused():
    maps = FeatureMap(8, 9, 16, 4), FeatureMap(8, 4, 8, 8)
    reason = NewpartSettings().incompatibility(maps)
    assert reason == "a map of 9x16 is more than twice as large as the next one of 4x8"

"""The promises of every backbone, and of this one."""

import pytest
from pydantic import ValidationError
from zoo_core.testing import BackboneContract

from zoo_newpart.settings import NewpartSettings


class TestNewpart(BackboneContract):
    settings = NewpartSettings()


class TestNewpartWithTwoMaps(BackboneContract):
    settings = NewpartSettings(channels=(4, 8, 8), maps=2)


def test_more_maps_than_stages_are_refused():
    with pytest.raises(ValidationError, match="maps is 3, but there are 2 stages"):
        NewpartSettings(channels=(8, 8), maps=3)

"""Every check of necks catches one that breaks it; what is promised by all blocks is tested on backbones."""

from __future__ import annotations

import pytest

from tests.fake_families.networks import TopDown
from tests.fake_families.plugin import TopDownSettings
from zoo_core.testing import NeckContract
from zoo_core.testing.pyramids import Pyramid


class SaysAList(TopDownSettings):
    def feature_maps(self, maps):
        return list(super().feature_maps(maps))


class SaysHalfCells(TopDownSettings):
    def feature_maps(self, maps):
        return tuple(each._replace(height=each.height / 2) for each in super().feature_maps(maps))


class SaysYes(TopDownSettings):
    def incompatibility(self, maps):
        return super().incompatibility(maps) is None


class RoundsDown(TopDownSettings):
    def feature_maps(self, maps):
        *made, last = super().feature_maps(maps)
        return (*made, last._replace(height=max(1, maps[-1].height // 2)))


class KeepsStrides(TopDownSettings):
    def feature_maps(self, maps):
        return tuple(each._replace(stride=4) for each in super().feature_maps(maps))


class AcceptsNothing(TopDownSettings):
    def incompatibility(self, maps):
        return f"{len(maps)} are never enough"


class AcceptsAnything(TopDownSettings):
    def incompatibility(self, maps):  # noqa: ARG002
        return None


class TakesThreeMaps(TopDown):
    """Leaves out further ones, of which its settings do not know."""

    def hybrid_forward(self, F, maps):  # noqa: N803
        return super().hybrid_forward(F, maps)[:4]


class GivesOneMap(TopDown):
    def hybrid_forward(self, F, maps):  # noqa: N803
        return super().hybrid_forward(F, maps)[0]


ACCEPTS = "test_what_it_accepts_it_can_do"
PLAINLY, MAPS = "test_shapes_are_told_plainly", "test_feature_maps_are_those_of_the_network"
MUTANTS = [
    (PLAINLY, "is a tuple with at least one FeatureMap, not", SaysAList(), TopDown),
    (PLAINLY, "FeatureMap of whole numbers from 1, not FeatureMap", SaysHalfCells(), TopDown),
    (PLAINLY, "is a text that says why not, or None, not", SaysYes(), TopDown),
    (PLAINLY, "accepts no maps that halve from one to the next: 1 are never", AcceptsNothing(), TopDown),
    (MAPS, r"feature_maps\(\) says .* and the network gives", RoundsDown(), TopDown),
    (MAPS, "should return a list with one array", TopDownSettings(), GivesOneMap),
    (
        ACCEPTS,
        "against which incompatibility.. has nothing, .* and the network fails: MXNetError",
        AcceptsAnything(),
        TopDown,
    ),
    (ACCEPTS, "has nothing, feature_maps.. says .* and the network gives", TopDownSettings(), TakesThreeMaps),
    ("test_stride_is_the_distance_between_cells", "has stride 4, so its cells cover", KeepsStrides(), TopDown),
]


@pytest.mark.parametrize(("check", "says", "settings", "made"), MUTANTS, ids=[check for check, *_ in MUTANTS])
def test_a_broken_neck_is_caught(caught, check, says, settings, made):
    caught(NeckContract, check, settings, made, says)


def test_every_check_has_a_mutant(checks_of):
    assert checks_of(NeckContract) == {check for check, *_ in MUTANTS}


def test_an_author_says_what_a_neck_is_given():
    given = type("Contract", (NeckContract,), {"pyramid": Pyramid(5, equal=True)})().given(TopDownSettings())
    assert given == (5, True)

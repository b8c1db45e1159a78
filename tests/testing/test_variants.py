"""Parts that keep their promises with their author's settings alone are caught, with the setting that breaks them."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

import pytest
from pydantic import Field

from zoo_core.config.augmentation import Flip
from zoo_core.data.pipeline.steps import FlipStep
from zoo_core.parts.components import ComponentSettings
from zoo_core.testing import AnchorContract, AugmentationContract, BackboneContract, EncoderContract
from zoo_core.testing.comparing import try_cases
from zoo_core.testing.variants import changes, variants
from zoo_tinyssd.anchors import MultiBoxPrior
from zoo_tinyssd.anchors_settings import MultiBoxPriorSettings
from zoo_tinyssd.backbone import TinySSDBackbone
from zoo_tinyssd.backbone_settings import TinySSDBackboneSettings
from zoo_tinyssd.encoder import MultiBoxEncoder
from zoo_tinyssd.encoder_settings import MultiBoxEncoderSettings


class FourInACell(MultiBoxPriorSettings):
    """Source: nobody."""

    def anchors_per_cell(self):
        return (4,) * len(self.sizes)


class SixMaps(TinySSDBackboneSettings):
    """Source: nobody."""

    def feature_maps(self, image):
        return TinySSDBackboneSettings(channels=(4, 4, 4, 4)).feature_maps(image)


class UsualStds(MultiBoxEncoder):
    def decode(self, offsets, anchors):
        return MultiBoxEncoder(MultiBoxEncoderSettings()).decode(offsets, anchors)


class NeverForCertain(FlipStep):
    """Forgets the boxes where it flips always."""

    def __init__(self, settings):
        super().__init__(settings)
        self.always = settings.probability == 1

    def __call__(self, sample, rng, size):
        moved = super().__call__(sample, rng, size)
        return replace(moved, boxes=sample.boxes) if self.always else moved


MUTANTS = {
    "anchors": (AnchorContract, FourInACell(), MultiBoxPrior, r"with sizes=\S.* test_anchors_are_as_many_as_promised"),
    "backbone": (
        BackboneContract,
        SixMaps(channels=(4, 4, 4, 4)),
        TinySSDBackbone,
        r"with channels=\(.* feature_maps\(\)",
    ),
    "targets": (EncoderContract, MultiBoxEncoderSettings(), UsualStds, r"with stds=\(.* test_decoding_gives_back"),
    "augmentation": (
        AugmentationContract,
        Flip(),
        NeverForCertain,
        r"with probability=1.0 test_boxes_follow",
    ),
}


@pytest.mark.parametrize(("contract", "part", "heavy", "says"), MUTANTS.values(), ids=MUTANTS)
def test_what_holds_for_the_given_settings_alone_is_caught(caught, contract, part, heavy, says):
    caught(contract, "test_other_settings_keep_the_promises", part, heavy, says)


class Every(ComponentSettings):
    """One of each form."""

    kind = "loss"
    name: Literal["every"] = "every"
    share: Annotated[float, Field(ge=0, le=1)] = 0.3
    count: Annotated[int, Field(ge=1, le=1_000_000)] = 5
    choice: Literal["a", "b", "c"] = "a"
    limit: Annotated[float, Field(gt=0)] | None = None
    sizes: Annotated[tuple[tuple[float, float], ...], Field(min_length=1)] = ((1, 2), (3, 4))
    even: Annotated[int, Field(multiple_of=2)] = 8
    root: str = "folder"
    table: dict[str, int] = Field(default={"key": 1})


def test_every_form_of_setting_is_varied_and_stays_near():
    drawn = []

    def keep(each):
        drawn.append(each)

    try_cases(100, keep, each=variants(Every(), Every.model_validate))
    assert changes(Every(), drawn[0]) == "", "the simplest case comes first"
    assert {each.root for each in drawn} == {"folder"}
    assert all(each.table == {"key": 1} for each in drawn)
    assert {each.share for each in drawn} == {0.0, 0.15, 0.27, 0.3, 0.6, 1.0}
    assert {each.count for each in drawn} == {1, 2, 4, 5, 6, 10}
    assert {each.choice for each in drawn} == {"a", "b", "c"}
    assert {each.limit for each in drawn} == {None, 1.0, 3.0}
    assert {each.even for each in drawn} == {8, 4, 16}
    assert {len(each.sizes) for each in drawn} == {1, 2, 3}
    assert len({each.sizes for each in drawn if len(each.sizes) == 2}) > 4

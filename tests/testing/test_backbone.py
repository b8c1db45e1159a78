"""Every check of backbones catches a TinySSD that breaks it."""

# ruff: noqa: N803 -- F is gluon's name

from __future__ import annotations

import random

import pytest

from zoo_core.engines.gluon import mx
from zoo_core.parts.components import FeatureMap, ImageSize
from zoo_core.testing import BackboneContract, BlockContract
from zoo_tinyssd.backbone import TinySSDBackbone
from zoo_tinyssd.backbone_settings import TinySSDBackboneSettings

SMALL = {"channels": (4, 8, 8), "first_output": 2}
"""Runs from 8x8 on."""


class Small(TinySSDBackboneSettings):
    channels: tuple[int, ...] = SMALL["channels"]
    first_output: int = SMALL["first_output"]


class SaysBarePairs(Small):
    def smallest_input(self):
        return (8, 8)


class SaysHalfCells(Small):
    def feature_maps(self, image):
        first, *others = super().feature_maps(image)
        return (FeatureMap(first.channels, first.height / 2, first.width / 2, first.stride), *others)


class SaysAList(Small):
    def feature_maps(self, image):
        return list(super().feature_maps(image))


class RoundsUp(Small):
    def feature_maps(self, image):
        return super().feature_maps(ImageSize(image.height + 1, image.width))


class HalvesStrides(Small):
    def feature_maps(self, image):
        *maps, whole = super().feature_maps(image)
        return (*(each._replace(stride=each.stride // 2) for each in maps), whole)


class NeedsTooMuch(Small):
    def smallest_input(self):
        return ImageSize(8, 9)


class NeedsTooLittle(Small):
    def smallest_input(self):
        return ImageSize(8, 7)


class NeedsTooLittleByFar(TinySSDBackboneSettings):
    """Of seven blocks, which need 128x128."""

    channels: tuple[int, ...] = (4,) * 7

    def smallest_input(self):
        return ImageSize(1, 1)


class PlainBlock(mx.gluon.Block):
    def __init__(self, settings):
        super().__init__()
        self.inner = TinySSDBackbone(settings)

    def forward(self, images):
        return self.inner(images)


class Changed(TinySSDBackbone):
    """Does something to the images first."""

    def hybrid_forward(self, F, images):
        return super().hybrid_forward(F, self.change(F, images))


class LosesTheBatch(TinySSDBackbone):
    def hybrid_forward(self, F, images):
        return [F.mean(each, axis=0, keepdims=True) for each in super().hybrid_forward(F, images)]


class GivesOneMap(TinySSDBackbone):
    def hybrid_forward(self, F, images):
        return super().hybrid_forward(F, images)[0]


class NegativeVariance(TinySSDBackbone):
    def __init__(self, settings):
        super().__init__(settings)
        last = self.blocks[-1][4]
        last.running_var.init = mx.init.Constant(-last._kwargs["eps"])


class LooksAtTheBatch(Changed):
    def change(self, F, images):
        return F.broadcast_sub(images, F.mean(images, axis=0, keepdims=True))


class OtherwiseCompiled(Changed):
    def change(self, F, images):
        return images if F is mx.nd else images * 2


class CutsGradients(TinySSDBackbone):
    def hybrid_forward(self, F, images):
        return [F.BlockGrad(each) for each in super().hybrid_forward(F, images)]


class InfiniteGradients(Changed):
    """The root of what a first layer gives is finite, and infinitely steep where that is 0."""

    def __init__(self, settings):
        super().__init__(settings)
        self.first = mx.gluon.nn.Conv2D(3, kernel_size=1, activation="relu")

    def change(self, F, images):
        return F.sqrt(self.first(images))


class IdleLayer(TinySSDBackbone):
    def __init__(self, settings):
        super().__init__(settings)
        self.forgotten = mx.gluon.nn.Conv2D(8, kernel_size=3)


class StartsByChance(TinySSDBackbone):
    def __init__(self, settings):
        super().__init__(settings)
        self.blocks[0][0].weight.init = mx.init.Constant(random.random())


class DrawsByChance(Changed):
    def __init__(self, settings):
        super().__init__(settings)
        self._gain = random.random()

    def change(self, F, images):  # noqa: ARG002
        return images * self._gain


class HidesLayers(TinySSDBackbone):
    def __init__(self, settings):
        super().__init__(settings)
        object.__setattr__(self, "_hidden", TinySSDBackbone(settings))

    def hybrid_forward(self, F, images):
        return super().hybrid_forward(F, self._hidden(images)[0])


class NamesItself(mx.gluon.HybridBlock):
    def __init__(self, settings):
        super().__init__(prefix="tiny_")
        with self.name_scope():
            self.inner = TinySSDBackbone(settings)

    def hybrid_forward(self, F, images):  # noqa: ARG002
        return self.inner(images)


ONE_FOR_ALL = TinySSDBackbone(Small())


class BorrowsLayers(mx.gluon.HybridBlock):
    def __init__(self, settings):  # noqa: ARG002
        super().__init__()
        self.inner = ONE_FOR_ALL


MUTANTS = [
    ("test_is_a_hybrid_block", "PlainBlock is not a HybridBlock: derive it", Small(), PlainBlock),
    ("test_shapes_are_told_plainly", r"ImageSize of positive integers; got \(8, 8\)", SaysBarePairs(), None),
    ("test_shapes_are_told_plainly", "FeatureMap of positive integers; got FeatureMap", SaysHalfCells(), None),
    ("test_shapes_are_told_plainly", "should be a tuple of some FeatureMap; got", SaysAList(), None),
    (
        "test_feature_maps_are_those_of_the_network",
        r"at \d+x\d+ feature_maps\(\) says \[\(1, 8, .* but the network returns \[\(1, 8, ",
        RoundsUp(),
        TinySSDBackbone,
    ),
    ("test_feature_maps_are_those_of_the_network", "should return a list with one array", Small(), GivesOneMap),
    ("test_a_batch_has_the_promised_shapes", r"says \[\(2, 8, .* the network returns \[\(1, 8", Small(), LosesTheBatch),
    ("test_stride_is_the_distance_between_cells", "map 0 has stride 2 and is 2x2 at 8x8", HalvesStrides(), None),
    ("test_smallest_input_is_exact", "runs at 8x8, but smallest_input.* 8x9", NeedsTooMuch(), TinySSDBackbone),
    ("test_smallest_input_is_exact", "cannot run at 8x7, which", NeedsTooLittle(), TinySSDBackbone),
    ("test_smallest_input_is_exact", "cannot run at 66x71, though smallest", NeedsTooLittleByFar(), TinySSDBackbone),
    ("test_fresh_outputs_are_finite", r"NaN right after initialize\(\)", Small(), NegativeVariance),
    ("test_a_batch_is_its_images", "something else in a batch than alone", Small(), LooksAtTheBatch),
    ("test_hybridizing_changes_nothing", "hybridized, it returns something else", Small(), OtherwiseCompiled),
    (
        "test_gradients_reach_every_weight",
        r"weights of self\.blocks\[0\]\[0\], .* are zero",
        Small(),
        CutsGradients,
    ),
    ("test_gradients_reach_every_weight", "infinite or NaN", Small(), InfiniteGradients),
    ("test_gradients_reach_every_weight", r"no pass uses self\.\w+: leave out what is not used", Small(), IdleLayer),
    ("test_fresh_weights_depend_on_the_seed_alone", "draw it with mx.init or mx.random", Small(), StartsByChance),
    ("test_weights_survive_a_file", "must be a gluon Parameter", Small(), DrawsByChance),
    ("test_weights_survive_a_file", "cannot run .*has not been initialized", Small(), HidesLayers),
    ("test_two_networks_share_nothing", "parameters with the same names: tiny_", Small(), NamesItself),
    ("test_two_networks_share_nothing", "parameters with the same names", Small(), BorrowsLayers),
]


@pytest.mark.parametrize(("check", "says", "settings", "made"), MUTANTS, ids=[check for check, *_ in MUTANTS])
def test_a_broken_backbone_is_caught(caught, check, says, settings, made):
    caught(BackboneContract, check, settings, made, says)


def test_every_check_has_a_mutant(checks_of):
    assert checks_of(BackboneContract) | checks_of(BlockContract) == {check for check, *_ in MUTANTS}

"""Every check of heads catches one that breaks it; what is promised by all blocks is tested on backbones."""

# ruff: noqa: N803 -- F is gluon's name

from __future__ import annotations

from typing import ClassVar

import pytest

from tests.fake_families.networks import OneConvHead, SharedHead
from tests.fake_families.plugin import OneConvHeadSettings, SharedHeadSettings
from zoo_core.engines.gluon import mx
from zoo_core.testing import HeadContract

SOUND = OneConvHeadSettings()


class AcceptsAnything(SharedHeadSettings):
    def incompatibility(self, maps, anchors_per_cell):  # noqa: ARG002
        return None


class SaysWords(OneConvHeadSettings):
    scorings: ClassVar = frozenset({"softmax"})


class SaysYes(OneConvHeadSettings):
    def incompatibility(self, maps, anchors_per_cell):  # noqa: ARG002
        return len(maps) == 1 or None


class ForgetsTheBackground(OneConvHead):
    def hybrid_forward(self, F, maps):
        scores, numbers = super().hybrid_forward(F, maps)
        return F.slice_axis(scores, axis=2, begin=1, end=None), numbers


class ChannelsFirst(OneConvHead):
    def hybrid_forward(self, F, maps):
        size = 4 + self._outputs.scores
        flat = [F.flatten(layer(map_)) for layer, map_ in zip(self.outputs, maps, strict=True)]
        said = F.concat(*flat, dim=1).reshape((0, -1, size))
        return F.slice_axis(said, axis=2, begin=4, end=None), F.slice_axis(said, axis=2, begin=0, end=4)


class LastMapFirst(OneConvHead):
    def hybrid_forward(self, F, maps):
        return [F.reverse(each, axis=1) for each in super().hybrid_forward(F, maps)]


class OtherRows(OneConvHead):
    @property
    def class_rows(self):
        return {layer: rows._replace(before=rows.before + 1) for layer, rows in super().class_rows.items()}


class RowsOfTheNumbers(OneConvHead):
    """Scores stand before the numbers, and it says that they stand behind."""

    def hybrid_forward(self, F, maps):
        scores, numbers = super().hybrid_forward(F, maps)
        said = F.concat(numbers, scores, dim=2)
        count = self._outputs.scores
        return F.slice_axis(said, axis=2, begin=0, end=count), F.slice_axis(said, axis=2, begin=count, end=None)


class RowsOfNobody(OneConvHead):
    @property
    def class_rows(self):
        return {f"inner.{layer}": rows for layer, rows in super().class_rows.items()}


class NamesNoRows(OneConvHead):
    class_rows = {}  # noqa: RUF012 -- as a head without the property


class NamesTheFirstRows(OneConvHead):
    @property
    def class_rows(self):
        return dict([*super().class_rows.items()][:1])


class ForgetsTheProperty(OneConvHead):
    def class_rows(self):
        return {}


class StumblesOverRows(OneConvHead):
    @property
    def class_rows(self):
        return self.no_such_layers


class SaysOtherBoxes(OneConvHead):
    @property
    def class_rows(self):
        return {layer: rows._replace(boxes=layer) for layer, rows in super().class_rows.items()}


class GivesProbabilities(OneConvHead):
    def hybrid_forward(self, F, maps):
        scores, numbers = super().hybrid_forward(F, maps)
        return F.sigmoid(scores), numbers


class NamesABackbone(OneConvHead):
    def __init__(self, settings, outputs):
        super().__init__(settings, outputs)
        self.neck = mx.gluon.nn.Activation("relu")


class GivesOneArray(OneConvHead):
    def hybrid_forward(self, F, maps):
        return F.concat(*super().hybrid_forward(F, maps), dim=2)


PLAINLY, ORDER = "test_what_it_needs_is_told_plainly", "test_outputs_stand_in_the_order_of_the_anchors"
PLANNED, ROWS = "test_outputs_are_as_planned", "test_class_rows_are_those_of_the_classes"
MUTANTS = [
    (PLAINLY, "scorings is a frozenset of Scoring", SaysWords(), OneConvHead),
    (PLAINLY, "is a text that says why not, or None, not True", SaysYes(), OneConvHead),
    (PLANNED, "it should give .* and gives", SOUND, ForgetsTheBackground),
    (
        PLANNED,
        "against which incompatibility.. has nothing, .* it should give .* and fails",
        AcceptsAnything(),
        SharedHead,
    ),
    (PLANNED, "should return a list with one array", SOUND, GivesOneArray),
    (ORDER, "put channels last before you make one axis", SOUND, ChannelsFirst),
    (ORDER, "map 0 moves outputs of anchors of others", SOUND, LastMapFirst),
    (ROWS, "class_rows promises .* rows for 'outputs.0'", SOUND, OtherRows),
    (ROWS, "should move score 1 alone, and moves", SOUND, RowsOfTheNumbers),
    (ROWS, "class_rows names 'inner.outputs.0', and no parameter begins so", SOUND, RowsOfNobody),
    (ROWS, "no row in class_rows is that of class 0 for every anchor of a cell of map 0", SOUND, NamesNoRows),
    (ROWS, "no row in class_rows is that of class 0 for every anchor of a cell of map 1", SOUND, NamesTheFirstRows),
    (ROWS, "class_rows is a property that gives ClassRows by the name", SOUND, ForgetsTheProperty),
    (ROWS, "scores by .* at most: give scores as they are before softmax or sigmoid", SOUND, GivesProbabilities),
    (ROWS, "class_rows fails: AttributeError: .*no_such_layers", SOUND, StumblesOverRows),
    (ROWS, "boxes of class_rows of 'outputs.0' is 'outputs.0', which has .* rows and not four", SOUND, SaysOtherBoxes),
    ("test_its_parts_have_names_of_their_own", "a child is named 'neck'", SOUND, NamesABackbone),
]


@pytest.mark.parametrize(("check", "says", "settings", "made"), MUTANTS, ids=[check for check, *_ in MUTANTS])
def test_a_broken_head_is_caught(caught, check, says, settings, made):
    caught(HeadContract, check, settings, made, says)


def test_every_check_has_a_mutant(checks_of):
    assert checks_of(HeadContract) == {check for check, *_ in MUTANTS}

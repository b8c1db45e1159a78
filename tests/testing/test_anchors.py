"""Every check of anchor generators catches a MultiBoxPrior that breaks it."""

from __future__ import annotations

import numpy as np
import pytest

from zoo_core.boxes.boxes import Anchors, BoxFormat
from zoo_core.testing import AnchorContract
from zoo_tinyssd.anchors import MultiBoxPrior
from zoo_tinyssd.anchors_settings import MultiBoxPriorSettings

SOUND = MultiBoxPriorSettings()


class SaysAList(MultiBoxPriorSettings):
    def anchors_per_cell(self):
        return list(super().anchors_per_cell())


class SaysOneMore(MultiBoxPriorSettings):
    def anchors_per_cell(self):
        return tuple(each + 1 for each in super().anchors_per_cell())


class FitsMore(MultiBoxPriorSettings):
    def fitted(self, shapes, image):
        return [FitsMore(sizes=[(*sizes, 0.5) for sizes in self.sizes])] if any(shapes) and image else []


class FitsAnother(MultiBoxPriorSettings):
    def fitted(self, shapes, image):
        return [MultiBoxPriorSettings()] if any(shapes) and image else []


class Rewritten(MultiBoxPrior):
    """Rewrites the boxes (N, 4) of each map."""

    def __call__(self, maps, image):
        found = super().__call__(maps, image)
        per_cell = self.settings.anchors_per_cell()
        ends = np.cumsum([map_.cells * each for map_, each in zip(maps, per_cell, strict=True)])
        parts = [
            self.rewrite(part.reshape(map_.height, map_.width, -1, 4)).reshape(-1, 4)
            for map_, part in zip(maps, np.split(found.boxes, ends[:-1]), strict=True)
        ]
        return Anchors(np.concatenate(self.ordered(parts)), found.format, image)

    def rewrite(self, boxes):
        return boxes

    def ordered(self, parts):
        return parts


class BareArray(MultiBoxPrior):
    def __call__(self, maps, image):
        return super().__call__(maps, image).boxes


class Mislabelled(MultiBoxPrior):
    def __call__(self, maps, image):
        return Anchors(super().__call__(maps, image).boxes, BoxFormat.CENTER_UNIT, image)


class ThinksOfASquare(MultiBoxPrior):
    def __call__(self, maps, image):
        return Anchors(super().__call__(maps, image).boxes, BoxFormat.CORNER_UNIT, (300, 300))


class ColumnsFirst(Rewritten):
    def rewrite(self, boxes):
        return boxes.transpose(1, 0, 2, 3)


class ShapesFirst(Rewritten):
    def rewrite(self, boxes):
        return boxes.transpose(2, 0, 1, 3)


class CoarseFirst(Rewritten):
    def ordered(self, parts):
        return parts[::-1]


class AllInOnePlace(Rewritten):
    def rewrite(self, boxes):
        return boxes * 0 + [0.4, 0.4, 0.6, 0.6]


class WithoutHeight(Rewritten):
    def rewrite(self, boxes):
        return boxes[..., [0, 1, 2, 1]]


class NotANumber(Rewritten):
    def rewrite(self, boxes):
        return boxes * np.nan


class Jittered(Rewritten):
    def rewrite(self, boxes):
        return boxes + np.random.default_rng().normal(scale=1e-3, size=boxes.shape)


class RemembersTheFirst(MultiBoxPrior):
    """Keeps anchors by the number of maps, and forgets that images differ."""

    def __call__(self, maps, image):
        if not hasattr(self, "_first"):
            self._first = super().__call__(maps, image)
        return self._first


class Unpicklable(MultiBoxPrior):
    def __init__(self, settings):
        super().__init__(settings)
        self.rule = lambda size: size


MUTANTS = [
    ("test_anchors_per_cell_are_told_plainly", r"one for each feature map; got \[4, 4", SaysAList(), None),
    ("test_gives_anchors_in_its_format", r"should return zoo_core.Anchors\(.*\), not ndarray", SOUND, BareArray),
    ("test_gives_anchors_in_its_format", "are center/unit, but the settings say .* corner/unit", SOUND, Mislabelled),
    ("test_anchors_know_their_image", "anchors for 32x32 say that their image is 300x300", SOUND, ThinksOfASquare),
    ("test_anchors_are_as_many_as_promised", "promises 25 anchors, but 20 were made", SaysOneMore(), MultiBoxPrior),
    ("test_anchors_follow_the_cells", "not in order: all anchors of a cell come first", SOUND, ColumnsFirst),
    ("test_anchors_follow_the_cells", "not in order: all anchors of a cell come first", SOUND, ShapesFirst),
    ("test_anchors_follow_the_cells", "not in order: all anchors of a cell come first", SOUND, CoarseFirst),
    ("test_anchors_follow_the_cells", "are in the same position", SOUND, AllInOnePlace),
    ("test_anchors_are_boxes", "have no width or height", SOUND, WithoutHeight),
    ("test_anchors_are_boxes", "infinite or NaN", SOUND, NotANumber),
    ("test_equal_settings_make_equal_anchors", "use no randomness", SOUND, Jittered),
    ("test_equal_settings_make_equal_anchors", "after use on images of other sizes", SOUND, RemembersTheFirst),
    ("test_fitted_settings_are_of_the_same_network", "that is another network", FitsMore(), None),
    ("test_fitted_settings_are_of_the_same_network", "of the same class, not MultiBoxPrior", FitsAnother(), None),
    ("test_generator_survives_pickling", "the generator cannot be pickled", SOUND, Unpicklable),
]


@pytest.mark.parametrize(("check", "says", "settings", "made"), MUTANTS, ids=[check for check, *_ in MUTANTS])
def test_a_broken_generator_is_caught(caught, check, says, settings, made):
    caught(AnchorContract, check, settings, made, says)


def test_every_check_has_a_mutant(checks_of):
    assert checks_of(AnchorContract) == {check for check, *_ in MUTANTS}

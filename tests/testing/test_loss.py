"""Every check of losses catches a MultiBox loss that breaks it."""

# ruff: noqa: N803 -- F is gluon's name

from __future__ import annotations

import random

import pytest

from zoo_core.engines.gluon import mx
from zoo_core.parts.outputs import Normalizer, Scoring
from zoo_core.testing import LossContract
from zoo_dense.losses import RetinaNetLoss
from zoo_dense.retinanet_settings import RetinaNetLossSettings
from zoo_gluoncv_centernet.loss import CenterNetLoss
from zoo_gluoncv_centernet.loss_settings import CenterNetLossSettings
from zoo_gluoncv_yolo.loss import YoloLoss
from zoo_gluoncv_yolo.loss_settings import YoloLossSettings
from zoo_tinyssd.loss import MultiBoxLoss
from zoo_tinyssd.loss_settings import MultiBoxLossSettings

MEANING, MASK = "test_scores_mean_what_scoring_says", "test_offsets_count_by_the_mask"
WEIGHTS = "test_weights_say_how_much_anchors_count"


class PlainBlock(mx.gluon.Block):
    def __init__(self, settings):  # noqa: ARG002
        super().__init__()


class Rewritten(MultiBoxLoss):
    """Rewrites the arguments or the parts of the loss."""

    def hybrid_forward(self, F, *arguments):
        return self.after(F, *super().hybrid_forward(F, *self.before(F, *arguments)), arguments[2])

    def before(self, F, *arguments):  # noqa: ARG002
        return arguments

    def after(self, F, class_part, box_part, classes):  # noqa: ARG002
        return class_part, box_part


class AddsUp(Rewritten):
    def after(self, F, class_part, box_part, classes):  # noqa: ARG002
        return class_part.sum(), box_part.sum()


class OneNumber(Rewritten):
    def after(self, F, class_part, box_part, classes):  # noqa: ARG002
        return class_part + box_part


class DividesByMatches(Rewritten):
    def after(self, F, class_part, box_part, classes):
        return class_part, box_part / F.sum(classes > 0, axis=1)


class IgnoresNothing(Rewritten):
    def before(self, F, scores, offsets, classes, targets, mask):
        return scores, offsets, F.relu(classes), targets, mask


class NormalisesScores(Rewritten):
    """Leaves ignored anchors out, and lets them move the others."""

    def before(self, F, scores, *others):
        return F.broadcast_sub(scores, F.BlockGrad(F.mean(scores, axis=1, keepdims=True))), *others


class MasksNothing(Rewritten):
    def before(self, F, scores, offsets, classes, targets, mask):
        ignored = F.broadcast_like(F.expand_dims(classes < 0, axis=-1), mask)
        return scores, offsets, classes, targets, 1 - ignored


class TakesAnyMaskForOne(Rewritten):
    def before(self, F, scores, offsets, classes, targets, mask):  # noqa: ARG002
        return scores, offsets, classes, targets, mask > 0


class MasksTwice(Rewritten):
    def before(self, F, scores, offsets, classes, targets, mask):  # noqa: ARG002
        return scores, offsets, classes, targets, mask**2


class CountsClassesFromZero(Rewritten):
    """Takes the first score for that of class 0, which is the background's."""

    def before(self, F, scores, offsets, classes, targets, mask):
        return scores, offsets, F.where(classes > 0, classes - 1, classes), targets, mask


class CutsOffsets(Rewritten):
    def before(self, F, scores, offsets, *others):
        return scores, F.BlockGrad(offsets), *others


class WrongSign(Rewritten):
    def after(self, F, class_part, box_part, classes):  # noqa: ARG002
        return class_part, -box_part


class CountsTheFirstMost(Rewritten):
    def after(self, F, class_part, box_part, classes):  # noqa: ARG002
        return class_part / (1 + F.contrib.arange_like(class_part)), box_part


class DividesByAllMatches(Rewritten):
    """As SSD's, but its settings say that it divides by images."""

    def after(self, F, class_part, box_part, classes):
        matches = F.maximum(F.sum(classes > 0), 1)
        return F.broadcast_div(class_part, matches), F.broadcast_div(box_part, matches)


class CenterNetLikeLoss(CenterNetLoss):
    """Divides the class part by matches, where its settings say peaks."""

    def hybrid_forward(self, F, scores, numbers, classes, number_targets, mask, soft):
        parts = super().hybrid_forward(F, scores, numbers, classes, number_targets, mask, soft)
        peaks, matches = (F.maximum(F.sum(each), 1) for each in (soft >= 1, classes > 0))
        return F.broadcast_div(F.broadcast_mul(parts[0], peaks), matches), parts[1]


class OtherwiseCompiled(Rewritten):
    def after(self, F, class_part, box_part, classes):  # noqa: ARG002
        return class_part * (1 if F is mx.nd else 2), box_part


class ByChance(Rewritten):
    def after(self, F, class_part, box_part, classes):  # noqa: ARG002
        return class_part * random.random(), box_part


class WeighsNothing(YoloLoss):
    def hybrid_forward(self, F, *arguments):
        return super().hybrid_forward(F, *arguments[:5])


class WeighsBoxesAgain(YoloLoss):
    def hybrid_forward(self, F, scores, offsets, classes, targets, mask, weights=None):
        twice = mask if weights is None else F.broadcast_mul(mask, F.expand_dims(weights, axis=-1))
        return super().hybrid_forward(F, scores, offsets, classes, targets, twice, weights)


class HalvesWhatIsWeighed(YoloLoss):
    def hybrid_forward(self, F, *arguments):
        class_part, box_part = super().hybrid_forward(F, *arguments)
        return class_part / (1 + (len(arguments) == 6)), box_part


MUTANTS = [
    ("test_is_a_hybrid_block", "PlainBlock is not a HybridBlock: derive it", PlainBlock),
    ("test_gives_two_parts_of_every_image", r"should have the shape \(4,\), not \(1,\)", AddsUp),
    ("test_gives_two_parts_of_every_image", "its class part and box part", OneNumber),
    ("test_is_finite_whatever_is_in_the_images", "with no object in any image .* infinite or NaN", DividesByMatches),
    ("test_ignored_anchors_have_no_influence", "their class scores have a gradient", IgnoresNothing),
    ("test_ignored_anchors_have_no_influence", "their class scores change the loss", NormalisesScores),
    (MASK, "where their targets mean nothing: multiply the error by the mask", MasksNothing),
    (MASK, "not in proportion to the mask", TakesAnyMaskForOne),
    (MASK, "not in proportion to the mask", MasksTwice),
    (MEANING, "'softmax', so the score of class c at an anchor is number c . 1, but a higher", CountsClassesFromZero),
    ("test_gradients_train_both_parts", "offsets have no gradient in images with objects", CutsOffsets),
    ("test_better_predictions_cost_less", "the box part of perfect predictions is", WrongSign),
    ("test_every_image_has_its_own_parts", "images in another order have different losses", CountsTheFirstMost),
    ("test_parts_of_a_batch_add_up", "normalizer is 'images', but the loss of a batch is not", DividesByAllMatches),
    ("test_hybridizing_changes_nothing", "hybridized, the loss differs", OtherwiseCompiled),
    ("test_equal_settings_make_equal_losses", "a used loss and a new one", ByChance),
]


@pytest.mark.parametrize(("check", "says", "made"), MUTANTS, ids=[check for check, *_ in MUTANTS])
def test_a_broken_loss_is_caught(caught, check, says, made):
    caught(LossContract, check, MultiBoxLossSettings(), made, says)


@pytest.mark.parametrize(
    ("scoring", "settings", "made", "says"),
    [
        # A loss of sigmoids whose settings forget to say so, one of a softmax that says sigmoid, one of another family.
        ("softmax", RetinaNetLossSettings, RetinaNetLoss, "'softmax', so the score of class c .* a higher one costs"),
        ("sigmoid", MultiBoxLossSettings, MultiBoxLoss, "'sigmoid', so the score of class c .* is number c, but"),
        ("sigmoid", YoloLossSettings, YoloLoss, "'sigmoid', so the score of class c at an anchor is number c, but"),
        ("objectness", MultiBoxLossSettings, MultiBoxLoss, "'objectness', but gradients .* sum up to 0, as those of"),
        ("softmax", YoloLossSettings, YoloLoss, "'softmax', but gradients of the scores of an anchor do not sum up"),
    ],
)
def test_a_loss_that_means_other_scores_is_caught(caught, monkeypatch, scoring, settings, made, says):
    monkeypatch.setattr(settings, "scoring", Scoring(scoring))
    caught(LossContract, MEANING, settings(), made, f"^settings say scoring = {says}")


@pytest.mark.parametrize(
    ("normalizer", "box_normalizer", "made"),
    [("peaks", "matches", CenterNetLikeLoss), ("matches", None, CenterNetLoss), ("peaks", "images", CenterNetLoss)],
)
def test_a_wrong_divisor_of_one_part_is_caught(caught, monkeypatch, normalizer, box_normalizer, made):
    monkeypatch.setattr(CenterNetLossSettings, "normalizer", Normalizer(normalizer))
    monkeypatch.setattr(CenterNetLossSettings, "box_normalizer", box_normalizer and Normalizer(box_normalizer))
    also = f" and box_normalizer is '{box_normalizer}'" if box_normalizer else ""
    says = f"^normalizer is '{normalizer}'{also}, but the loss of a batch is not that of its parts so weighed"
    caught(LossContract, "test_parts_of_a_batch_add_up", CenterNetLossSettings(), made, says)


@pytest.mark.parametrize(
    ("says", "made"),
    [
        ("gradients of class scores are not as the weights", WeighsNothing),
        ("gradients of offsets are not as the weights", WeighsBoxesAgain),
        ("with weights of 1 the loss is another", HalvesWhatIsWeighed),
    ],
)
def test_a_loss_that_cannot_weigh_is_caught(caught, says, made):
    caught(LossContract, WEIGHTS, YoloLossSettings(), made, says)


def test_every_check_has_a_mutant(checks_of):
    assert checks_of(LossContract) == {WEIGHTS, *(check for check, *_ in MUTANTS)}

"""Every check of encoders catches a MultiBox encoder that breaks it."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from tests.fake_families.encoders import Sides
from tests.fake_families.plugin import SidesSettings
from zoo_core.boxes.boxes import Anchors, BoxFormat
from zoo_core.boxes.matching import UNMATCHED
from zoo_core.boxes.protocols import Targets
from zoo_core.testing import EncoderContract
from zoo_core.testing.decoding import DecodingContract
from zoo_tinyssd.encoder import MultiBoxEncoder
from zoo_tinyssd.encoder_settings import MultiBoxEncoderSettings

SOUND = MultiBoxEncoderSettings()


class Rewritten(MultiBoxEncoder):
    """Rewrites the targets of a batch."""

    def encode_batch(self, anchors, boxes, labels):
        return self.rewrite(super().encode_batch(anchors, boxes, labels))


class GivesATuple(MultiBoxEncoder):
    def encode(self, anchors, boxes, labels):
        found = super().encode(anchors, boxes, labels)
        return found.classes, found.offsets, found.mask


class WideClasses(Rewritten):
    def rewrite(self, targets):
        return replace(targets, classes=targets.classes.astype(np.int64))


class FlatOffsets(Rewritten):
    def rewrite(self, targets):
        return replace(targets, offsets=targets.offsets.reshape(len(targets.offsets), -1))


class EndlessOffsets(Rewritten):
    def rewrite(self, targets):
        return replace(targets, offsets=np.where(targets.mask > 0, targets.offsets, np.float32("nan")))


class NegativeMask(Rewritten):
    def rewrite(self, targets):
        return replace(targets, mask=-targets.mask)


class CountsFromZero(Rewritten):
    def rewrite(self, targets):
        return replace(targets, classes=np.maximum(targets.classes - 1, 0))


class MasksNothing(Rewritten):
    def rewrite(self, targets):
        return replace(targets, mask=np.ones_like(targets.mask))


class LeavesOffsets(Rewritten):
    def rewrite(self, targets):
        return replace(targets, offsets=targets.offsets + (targets.mask == 0))


class MatchesNothing(MultiBoxEncoder):
    def match(self, anchors, boxes):
        return np.full_like(super().match(anchors, boxes), UNMATCHED)


class ForgetsStds(MultiBoxEncoder):
    def decode(self, offsets, anchors):
        return super().decode(offsets / np.float32(self.settings.stds), anchors)


class IgnoresEmptyImages(MultiBoxEncoder):
    def encode_batch(self, anchors, boxes, labels):
        found = super().encode_batch(anchors, boxes, labels)
        empty = [not len(each) for each in boxes]
        found.classes[empty] = -1
        return found


class EncodesTheFirst(MultiBoxEncoder):
    def encode_batch(self, anchors, boxes, labels):
        return super().encode_batch(anchors, [boxes[0]] * len(boxes), [labels[0]] * len(labels))


class DoesNotConvert(MultiBoxEncoder):
    def encode_batch(self, anchors, boxes, labels):
        return super().encode_batch(Anchors(anchors.boxes, self.settings.takes, anchors.image), boxes, labels)


class DecodesUnconverted(MultiBoxEncoder):
    def decode(self, offsets, anchors):
        return super().decode(offsets, Anchors(anchors.boxes, self.settings.takes, anchors.image))


def guessed(anchors):
    return anchors if isinstance(anchors, Anchors) else Anchors(anchors, BoxFormat.CORNER_UNIT, (1, 1))


class EncodesBareArrays(MultiBoxEncoder):
    def encode_batch(self, anchors, boxes, labels):
        return super().encode_batch(guessed(anchors), boxes, labels)


class DecodesBareArrays(MultiBoxEncoder):
    def decode(self, offsets, anchors):
        return super().decode(offsets, guessed(anchors))


class StumblesOverBareArrays(MultiBoxEncoder):
    def decode(self, offsets, anchors):
        return super().decode(offsets, anchors.to(BoxFormat.CENTER_UNIT))


class TakesPixels(MultiBoxEncoder):
    def encode_batch(self, anchors, boxes, labels):
        height, width = anchors.image
        scale = [np.array([width, height, width, height]) if np.max(each, initial=0) > 2 else 1 for each in boxes]
        return super().encode_batch(anchors, [each / by for each, by in zip(boxes, scale, strict=True)], labels)


class SaysCell(MultiBoxEncoderSettings):
    codes: ClassVar[str] = "cell"


class SaysSides(MultiBoxEncoderSettings):
    codes: ClassVar[str] = "sides"


class ForgetsCodes(SidesSettings):
    codes: ClassVar[str] = "deltas"


class DistancesThemselves(Sides):
    """As FCOS' paper has them, where the word means their logarithms."""

    def code(self, anchors, boxes):
        return np.exp(super().code(anchors, boxes))

    def decode(self, offsets, anchors):
        return super().decode(np.log(np.maximum(offsets, 1e-9)), anchors)


class DecodesTheFirst(MultiBoxEncoder):
    def decode(self, offsets, anchors):
        return super().decode(offsets.reshape(-1, len(anchors), 4)[0], anchors)


class DecodesDoubles(MultiBoxEncoder):
    def decode(self, offsets, anchors):
        return super().decode(offsets, anchors).astype(np.float64)


class DecodesByPlace(MultiBoxEncoder):
    """Takes the first anchors for those of which some are decoded."""

    def decode(self, offsets, anchors):
        row = np.arange(len(anchors), dtype=np.float32)[:, None] / 100
        return super().decode(offsets, anchors) + row


class Soft(MultiBoxEncoderSettings):
    soft: ClassVar[bool] = True


class SoftOnes(MultiBoxEncoder):
    """How much of a class is said is the same for all anchors."""

    share, dtype = 0.5, np.float32

    def soft_classes(self, anchors, boxes, labels, class_count):  # noqa: ARG002
        soft = np.zeros((len(anchors), class_count), self.dtype)
        soft[:, self.named(labels)] = self.share
        return soft

    def named(self, labels):
        return labels


class SoftDoubles(SoftOnes):
    dtype = np.float64


class SoftAboveOne(SoftOnes):
    share = 1.5


class SoftForOthers(SoftOnes):
    def named(self, labels):
        return slice(None) if len(labels) else labels


class SoftForTheFirst(SoftOnes):
    def named(self, labels):
        return labels[:0]


class IgnoresInPlace(MultiBoxEncoder):
    def reconsider(self, targets, **_said):
        targets.classes[:] = -1
        return targets


class IgnoresByChance(MultiBoxEncoder):
    def reconsider(self, targets, **_said):
        return replace(targets, classes=targets.classes - np.int32(random.randrange(10**6)))


class IgnoresInDoubles(MultiBoxEncoder):
    def reconsider(self, targets, **_said):
        return replace(targets, classes=targets.classes.astype(np.float64))


class ForgetsWeights(MultiBoxEncoder):
    def reconsider(self, targets, **_said):
        return Targets(targets.classes, targets.offsets, targets.mask, targets.soft)


class ExportsAnotherDecoding(MultiBoxEncoder):
    def onnx_decode(self, graph, offsets, anchors):
        return super().onnx_decode(graph, graph.op("Neg", offsets), anchors)


class Tires(Rewritten):
    """Gives something else from the second time on."""

    def rewrite(self, targets):
        self._tired, tired = True, getattr(self, "_tired", False)
        return Targets(*(each * 0 for each in (targets.classes, targets.offsets, targets.mask))) if tired else targets


class Unpicklable(MultiBoxEncoder):
    def __init__(self, settings):
        super().__init__(settings)
        self.rule = lambda overlap: overlap > settings.iou


CODES = "test_numbers_are_what_codes_says"
MUTANTS = [
    ("test_targets_are_arrays_as_promised", "should return Targets, not tuple", SOUND, GivesATuple),
    (
        "test_targets_are_arrays_as_promised",
        r"classes should be \(216,\) int32, not \(216,\) int64",
        SOUND,
        WideClasses,
    ),
    ("test_targets_are_arrays_as_promised", r"offsets should be \(216, 4\) float32, not \(864,\)", SOUND, FlatOffsets),
    ("test_targets_are_arrays_as_promised", "offsets should be finite numbers", SOUND, EndlessOffsets),
    ("test_classes_count_from_one", r"class c is c \+ 1", SOUND, CountsFromZero),
    ("test_mask_and_offsets_belong_to_matched_anchors", "the mask should be above 0 exactly", SOUND, MasksNothing),
    ("test_mask_and_offsets_belong_to_matched_anchors", "the mask should be above 0 exactly", SOUND, NegativeMask),
    ("test_mask_and_offsets_belong_to_matched_anchors", "offsets should be 0 at anchors without", SOUND, LeavesOffsets),
    ("test_an_object_on_an_anchor_is_matched", "exactly on anchor 0 is matched to no anchor", SOUND, MatchesNothing),
    ("test_decoding_gives_back_the_objects", r"decode\(\) must undo encode\(\), all of its", SOUND, ForgetsStds),
    ("test_no_object_is_all_background", "without objects classes should be 0", SOUND, IgnoresEmptyImages),
    ("test_a_batch_is_its_images", "classes of encode_batch.* should be that of encode", SOUND, EncodesTheFirst),
    ("test_anchors_of_every_format_serve", "targets of anchors in corner/pixel differ", SOUND, DoesNotConvert),
    ("test_anchors_of_every_format_serve", "decoding: .*anchors in corner/pixel", SOUND, DecodesUnconverted),
    ("test_bare_arrays_are_refused", r"encode\(\) accepts a bare array: begin with", SOUND, EncodesBareArrays),
    ("test_bare_arrays_are_refused", r"decode\(\) accepts a bare array: begin with", SOUND, DecodesBareArrays),
    ("test_bare_arrays_are_refused", "it raised AttributeError", SOUND, StumblesOverBareArrays),
    ("test_boxes_in_pixels_are_refused", "mistakes boxes in pixels for fractions", SOUND, TakesPixels),
    (CODES, "codes = 'cell', and the numbers are not the logit", SaysCell(), MultiBoxEncoder),
    (CODES, "codes = 'sides', and the numbers are not logarithms", SaysSides(), MultiBoxEncoder),
    (CODES, "codes = 'deltas', and the numbers are not offsets of the centre", ForgetsCodes(), Sides),
    (CODES, "codes = 'sides', and the numbers are not logarithms", SidesSettings(), DistancesThemselves),
    ("test_decoding_keeps_leading_axes", r"decode\(\) of offsets \(2, 3, 216, 4\)", SOUND, DecodesTheFirst),
    ("test_decoding_keeps_leading_axes", "should return float32, not float64", SOUND, DecodesDoubles),
    ("test_some_anchors_decode_as_all_of_them", "use what anchors.cells and", SOUND, DecodesByPlace),
    ("test_soft_targets_are_shares", "of float32, not .* of float64", Soft(), SoftDoubles),
    ("test_soft_targets_are_shares", "numbers from 0 to 1", Soft(), SoftAboveOne),
    ("test_soft_targets_are_shares", "classes of which there is no object", Soft(), SoftForOthers),
    ("test_soft_targets_are_shares", "leaves out the class of an object", Soft(), SoftForTheFirst),
    ("test_targets_are_reconsidered_anew", "changes the classes that it is given", SOUND, IgnoresInPlace),
    ("test_targets_are_reconsidered_anew", "other classes for the same", SOUND, IgnoresByChance),
    ("test_targets_are_reconsidered_anew", "of int32, not .* of float64", SOUND, IgnoresInDoubles),
    ("test_targets_are_reconsidered_anew", "forgets the weights", SOUND, ForgetsWeights),
    ("test_exported_decoding_is_decoding", r"onnx_decode\(\) returns different boxes", SOUND, ExportsAnotherDecoding),
    ("test_equal_settings_make_equal_targets", "a used encoder and a new one", SOUND, Tires),
    ("test_encoder_survives_pickling", "the encoder cannot be pickled", SOUND, Unpicklable),
]


@pytest.mark.parametrize(("check", "says", "settings", "made"), MUTANTS, ids=[check for check, *_ in MUTANTS])
def test_a_broken_encoder_is_caught(caught, check, says, settings, made):
    caught(EncoderContract, check, settings, made, says)


def test_every_check_has_a_mutant(checks_of):
    assert checks_of(EncoderContract) | checks_of(DecodingContract) == {check for check, *_ in MUTANTS}

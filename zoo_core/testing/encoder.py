"""What target encoders promise: objects become targets, and offsets boxes again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from zoo_core.boxes.boxes import convert
from zoo_core.boxes.protocols import Targets
from zoo_core.common.errors import BoxFormatError
from zoo_core.parts.components import TargetEncoderSettings
from zoo_core.parts.geometry import BoxFormat
from zoo_core.testing.comparing import assert_close, pickled, try_cases
from zoo_core.testing.decoding import DecodingContract
from zoo_core.testing.encoder_cases import ARRAYS, MOST_OBJECTS, NO_OBJECT, SEEDS, anchors_of, case, objects_of

__all__ = ["EncoderContract"]

_ROUNDING = 1e-3
"""By how much offsets may differ after a conversion of the anchors, as a fraction of the largest."""


class EncoderContract(DecodingContract):
    """Every check of a target encoder, on anchors of four scales and random objects.

    Attributes:
        matches_objects_on_anchors: whether the rule promises that an object exactly on an anchor is matched.
    """

    rests_on: ClassVar[tuple[str, ...]] = ("test_targets_are_arrays_as_promised",)
    varied: ClassVar[tuple[str, ...]] = (
        "test_targets_are_arrays_as_promised",
        "test_classes_count_from_one",
        "test_mask_and_offsets_belong_to_matched_anchors",
        "test_decoding_gives_back_the_objects",
    )

    matches_objects_on_anchors: ClassVar[bool] = True
    light_questions: ClassVar[str] = "settings.takes, settings.codes, settings.soft, settings.threshold()"

    def test_targets_are_arrays_as_promised(self, settings: TargetEncoderSettings) -> None:
        """`encode()` returns `Targets`: classes (N,) int32, offsets and mask (N, 4) float32, all finite."""
        encoder = self.make(settings)

        def check(seed: int) -> None:
            anchors, boxes, labels = case(seed)
            targets = encoder.encode(anchors, boxes, labels)
            assert isinstance(targets, Targets), f"encode() should return Targets, not {type(targets).__name__}"
            count = len(anchors)
            for name, shape, dtype in (
                ("classes", (count,), np.int32),
                ("offsets", (count, 4), np.float32),
                ("mask", (count, 4), np.float32),
            ):
                array = getattr(targets, name)
                assert (array.shape, array.dtype) == (shape, dtype), (
                    f"for {count} anchors {name} should be {shape} {np.dtype(dtype)}, not {array.shape} {array.dtype}"
                )
                assert np.isfinite(array).all(), f"{name} should be finite numbers"

        try_cases(self.examples, check, seed=SEEDS)

    def test_classes_count_from_one(self, settings: TargetEncoderSettings) -> None:
        """An anchor of an object of class c has c + 1, any other 0 (background) or -1 (ignored)."""
        encoder = self.make(settings)

        def check(seed: int) -> None:
            anchors, boxes, labels = case(seed)
            found = set(encoder.encode(anchors, boxes, labels).classes.tolist())
            allowed = {-1, 0, *(labels + 1).tolist()}
            assert found <= allowed, (
                f"for objects of the classes {labels.tolist()} the targets hold {sorted(found - allowed)}: "
                "background is 0, class c is c + 1, ignored is -1"
            )

        try_cases(self.examples, check, seed=SEEDS)

    def test_mask_and_offsets_belong_to_matched_anchors(self, settings: TargetEncoderSettings) -> None:
        """The mask is above 0 where the class is, and 0 elsewhere; where it is 0 the offsets are 0."""
        encoder = self.make(settings)

        def check(seed: int) -> None:
            targets = encoder.encode(*case(seed))
            matched = np.repeat((targets.classes > 0)[:, None], 4, axis=1)
            right = (targets.mask >= 0).all() and ((targets.mask > 0) == matched).all()
            assert right, "the mask should be above 0 exactly at the anchors whose class is above 0"
            assert not targets.offsets[~matched].any(), "offsets should be 0 at anchors without an object"

        try_cases(self.examples, check, seed=SEEDS)

    def test_an_object_on_an_anchor_is_matched(self, settings: TargetEncoderSettings) -> None:
        """An object exactly on an anchor is matched to some anchor, unless the contract says otherwise."""
        if not self.matches_objects_on_anchors:
            return
        encoder = self.make(settings)

        def check(seed: int) -> None:
            anchors = anchors_of(seed)
            boxes = anchors.to(BoxFormat.CORNER_UNIT).boxes
            index = seed % len(boxes)
            targets = encoder.encode(anchors, boxes[index : index + 1], np.zeros(1, np.int64))
            assert targets.mask.any(), (
                f"an object exactly on anchor {index} is matched to no anchor, so nothing could be learned"
            )

        try_cases(self.examples, check, seed=SEEDS)

    def test_no_object_is_all_background(self, settings: TargetEncoderSettings) -> None:
        """An image without objects is not an error: its classes, mask and offsets are all 0."""
        targets = self.make(settings).encode(anchors_of(0), *NO_OBJECT)
        for name in ARRAYS:
            assert not getattr(targets, name).any(), f"without objects {name} should be 0 everywhere"

    def test_a_batch_is_its_images(self, settings: TargetEncoderSettings) -> None:
        """`encode_batch()` returns the targets of each image, also of one without objects, with a leading B."""
        encoder, anchors = self.make(settings), anchors_of(0)

        def check(seed: int) -> None:
            truths = [objects_of(seed), NO_OBJECT, objects_of(seed + 1)]
            batch = encoder.encode_batch(anchors, [boxes for boxes, _ in truths], [labels for _, labels in truths])
            each = [encoder.encode(anchors, *truth) for truth in truths]
            for name in ARRAYS:
                message = f"{name} of encode_batch() should be that of encode() for each image, with a leading B"
                assert_close([getattr(batch, name)], [np.stack([getattr(one, name) for one in each])], message)

        try_cases(self.examples, check, seed=SEEDS)

    def test_anchors_of_every_format_serve(self, settings: TargetEncoderSettings) -> None:
        """Anchors of any format are accepted and give the same targets and boxes: the encoder converts them."""
        encoder = self.make(settings)

        def check(seed: int) -> None:
            anchors, boxes, labels = case(seed)
            own = encoder.encode(anchors.to(settings.takes), boxes, labels)
            for format_ in BoxFormat:
                other = encoder.encode(anchors.to(format_), boxes, labels)
                message = f"targets of anchors in {format_} differ from those in {settings.takes}: use anchors.to()"
                assert_close([other.classes], [own.classes], message)
                assert_close([other.offsets], [own.offsets], message, _ROUNDING)
                decoded = encoder.decode(own.offsets, anchors.to(format_))
                assert_close([decoded], [encoder.decode(own.offsets, anchors)], f"decoding: {message}", _ROUNDING)

        try_cases(self.examples, check, seed=SEEDS)

    def test_bare_arrays_are_refused(self, settings: TargetEncoderSettings) -> None:
        """Anchors without their format raise a BoxFormatError, in both directions."""
        encoder, (anchors, boxes, labels) = self.make(settings), case(0)
        remedy = "begin with anchors = Anchors.require(anchors)"
        _assert_refused(encoder.encode, (anchors.boxes, boxes, labels), f"encode() accepts a bare array: {remedy}")
        offsets = np.zeros_like(anchors.boxes)
        _assert_refused(encoder.decode, (offsets, anchors.boxes), f"decode() accepts a bare array: {remedy}")

    def test_boxes_in_pixels_are_refused(self, settings: TargetEncoderSettings) -> None:
        """Objects in pixels, where fractions of the image are required, raise a BoxFormatError."""
        anchors, boxes, labels = case(0)
        pixels = convert(boxes, BoxFormat.CORNER_UNIT, BoxFormat.CORNER_PIXEL, anchors.image)
        _assert_refused(
            self.make(settings).encode,
            (anchors, pixels, labels),
            "encode() mistakes boxes in pixels for fractions of the image, so its targets would be meaningless: "
            "derive from zoo_core.boxes.encoding.MatchingEncoder, or check them as it does",
        )

    def test_soft_targets_are_shares(self, settings: TargetEncoderSettings) -> None:
        """Where settings say ``soft``, `soft_classes()` is (N, C) of float32 from 0 to 1, and 0 without objects."""
        if not settings.soft:
            return
        encoder = self.make(settings)

        def check(seed: int) -> None:
            anchors, boxes, labels = case(seed)
            for truth in ((boxes, labels), NO_OBJECT):
                soft = encoder.soft_classes(anchors, *truth, 2 * MOST_OBJECTS)
                expected = (len(anchors), 2 * MOST_OBJECTS)
                assert (soft.shape, soft.dtype) == (expected, np.float32), (
                    f"soft_classes() is {expected} of float32, not {soft.shape} of {soft.dtype}"
                )
                assert ((soft >= 0) & (soft <= 1)).all(), "soft_classes() holds numbers from 0 to 1"
                named = np.isin(np.arange(2 * MOST_OBJECTS), truth[1])
                assert not soft[:, ~named].any(), "soft_classes() says classes of which there is no object"
                assert soft[:, named].any(axis=0).all(), "soft_classes() leaves out the class of an object"

        try_cases(self.examples, check, seed=SEEDS)

    def test_targets_are_reconsidered_anew(self, settings: TargetEncoderSettings) -> None:
        """`reconsider()`, where there is one, gives targets of the same shapes and leaves those that it is given."""
        encoder, names = self.make(settings), (*ARRAYS, "soft", "weights")
        if not hasattr(encoder, "reconsider"):
            return

        def check(seed: int) -> None:
            anchors, rng = anchors_of(seed), np.random.default_rng(seed)
            truths = [objects_of(seed), NO_OBJECT]
            boxes, labels = [each for each, _ in truths], [each for _, each in truths]
            soft = rng.uniform(0.1, 1, (2, len(anchors), 2 * MOST_OBJECTS)).astype(np.float32)
            targets = replace(encoder.encode_batch(anchors, boxes, labels), soft=soft, weights=soft[..., 0])
            kept = {name: getattr(targets, name).copy() for name in names}
            scores = rng.normal(size=(2, len(anchors), 2 * MOST_OBJECTS)).astype(np.float32)
            numbers = rng.normal(size=(2, len(anchors), 4)).astype(np.float32)
            said = {"scores": scores, "numbers": numbers, "anchors": anchors, "boxes": boxes, "labels": labels}
            first, again = (encoder.reconsider(targets, **said) for _ in range(2))
            for name in names:
                forgets = f"reconsider() forgets the {name} that it is given: use replace()"
                assert getattr(first, name) is not None, forgets
                message = f"reconsider() changes the {name} that it is given: make others"
                assert_close([getattr(targets, name)], [kept[name]], message)
                message = f"reconsider() gives other {name} for the same"
                assert_close([getattr(again, name)], [getattr(first, name)], message)
                array, before = getattr(first, name), kept[name]
                assert (array.shape, array.dtype) == (before.shape, before.dtype), (
                    f"reconsider() gives {name} as it was given, {before.shape} of {before.dtype}, "
                    f"not {array.shape} of {array.dtype}"
                )

        try_cases(self.examples, check, seed=SEEDS)

    def test_equal_settings_make_equal_targets(self, settings: TargetEncoderSettings) -> None:
        """Targets depend on the settings, the anchors and the objects alone, not on what was encoded before."""
        used = self.make(settings)

        def check(seed: int) -> None:
            _assert_same_targets(used, self.make(settings), seed, "a used encoder and a new one return other targets")

        try_cases(self.examples, check, seed=SEEDS)

    def test_encoder_survives_pickling(self, settings: TargetEncoderSettings) -> None:
        """The encoder can be sent to another process and returns the same targets there."""
        encoder = self.make(settings)
        _assert_same_targets(pickled(encoder, "the encoder"), encoder, 0, "after pickling the targets differ")


def _assert_refused(call: Any, arguments: tuple[Any, ...], message: str) -> None:
    try:
        call(*arguments)
    except BoxFormatError:
        return
    except Exception as error:
        raise AssertionError(f"{message} (it raised {type(error).__name__}: {error})") from error
    raise AssertionError(message)


def _assert_same_targets(first: Any, second: Any, seed: int, message: str) -> None:
    anchors, boxes, labels = case(seed)
    one, other = (encoder.encode(anchors, boxes, labels) for encoder in (first, second))
    for name in ARRAYS:
        assert_close([getattr(one, name)], [getattr(other, name)], f"{message}: {name}")

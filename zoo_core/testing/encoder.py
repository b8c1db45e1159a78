"""What target encoders promise: objects become targets, and offsets become boxes again."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.typing import NDArray

from zoo_core.boxes.boxes import Anchors, convert
from zoo_core.boxes.protocols import Targets
from zoo_core.common.errors import BoxFormatError, ExportError
from zoo_core.engines.onnx.exportable import Decode, onnx_decode_of
from zoo_core.parts.components import EncoderSettings
from zoo_core.parts.geometry import BoxFormat, ImageSize
from zoo_core.testing.comparing import assert_close, pickled, try_cases
from zoo_core.testing.contract import ComponentContract

__all__ = ["EncoderContract"]

_LAW = 1e-5
"""By how much a decoded box may differ from the object, in widths and heights of the image."""
_ROUNDING = 1e-3
"""By how much offsets may differ after a conversion of the anchors, as a fraction of the largest."""
_MOST_OBJECTS = 6

_SEEDS = st.integers(0, 2**32 - 1)
"""Cases are drawn from seeds and not number by number: where numbers are round, overlaps are
equal, and which of two equal anchors is matched is undefined."""


class EncoderContract(ComponentContract):
    """Every check of a target encoder, on anchors of four scales and random objects."""

    rests_on: ClassVar[tuple[str, ...]] = ("test_targets_are_arrays_as_promised",)

    light_questions: ClassVar[str] = "settings.takes, settings.stds"

    def test_targets_are_arrays_as_promised(self, settings: EncoderSettings) -> None:
        """`encode()` returns `Targets`: classes (N,) int32, offsets and mask (N, 4) float32, the mask of 0 and 1."""
        encoder = self.make(settings)

        def check(seed: int) -> None:
            anchors, boxes, labels = _case(seed)
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
            assert np.isin(targets.mask, (0, 1)).all(), "the mask should hold only 0 and 1"

        try_cases(self.examples, check, seed=_SEEDS)

    def test_classes_count_from_one(self, settings: EncoderSettings) -> None:
        """An anchor of an object of class c has c + 1, any other 0 (background) or -1 (ignored)."""
        encoder = self.make(settings)

        def check(seed: int) -> None:
            anchors, boxes, labels = _case(seed)
            found = set(encoder.encode(anchors, boxes, labels).classes.tolist())
            allowed = {-1, 0, *(labels + 1).tolist()}
            assert found <= allowed, (
                f"for objects of the classes {labels.tolist()} the targets hold {sorted(found - allowed)}: "
                "background is 0, class c is c + 1, ignored is -1"
            )

        try_cases(self.examples, check, seed=_SEEDS)

    def test_mask_and_offsets_belong_to_matched_anchors(self, settings: EncoderSettings) -> None:
        """The mask is 1 where the class is above 0, and 0 elsewhere; where it is 0 the offsets are 0."""
        encoder = self.make(settings)

        def check(seed: int) -> None:
            targets = encoder.encode(*_case(seed))
            matched = np.repeat((targets.classes > 0)[:, None], 4, axis=1)
            assert (targets.mask == matched).all(), "the mask should be 1 exactly at the anchors whose class is above 0"
            assert not targets.offsets[~matched].any(), "offsets should be 0 at anchors without an object"

        try_cases(self.examples, check, seed=_SEEDS)

    def test_an_object_on_an_anchor_is_matched(self, settings: EncoderSettings) -> None:
        """An object exactly on an anchor is matched to some anchor."""
        encoder = self.make(settings)

        def check(seed: int) -> None:
            anchors = _anchors(seed)
            boxes = anchors.to(BoxFormat.CORNER_UNIT).boxes
            index = seed % len(boxes)
            targets = encoder.encode(anchors, boxes[index : index + 1], np.zeros(1, np.int64))
            assert targets.mask.any(), (
                f"an object exactly on anchor {index} is matched to no anchor, so nothing could be learned"
            )

        try_cases(self.examples, check, seed=_SEEDS)

    def test_decoding_gives_back_the_objects(self, settings: EncoderSettings) -> None:
        """At every matched anchor `decode(encode(...).offsets)` is its object, within 1e-5."""
        encoder = self.make(settings)

        def check(seed: int) -> None:
            anchors, boxes, labels = _case(seed)
            targets = encoder.encode(anchors, boxes, labels)
            box_of = dict(zip((labels + 1).tolist(), boxes, strict=True))
            decoded = encoder.decode(targets.offsets, anchors)
            for index in np.flatnonzero(np.isin(targets.classes, list(box_of))):
                box = box_of[int(targets.classes[index])]
                error = np.abs(decoded[index] - box).max()
                assert error <= _LAW, (
                    f"at anchor {index} the object {box} is decoded as {decoded[index]}, off by {error:.2g} "
                    f"(allowed: {_LAW:g}): decode() must undo encode(), stds {settings.stds} included"
                )

        try_cases(self.examples, check, seed=_SEEDS)

    def test_no_object_is_all_background(self, settings: EncoderSettings) -> None:
        """An image without objects is not an error: its classes, mask and offsets are all 0."""
        targets = self.make(settings).encode(_anchors(0), *_NO_OBJECT)
        for name in ("classes", "offsets", "mask"):
            assert not getattr(targets, name).any(), f"without objects {name} should be 0 everywhere"

    def test_a_batch_is_its_images(self, settings: EncoderSettings) -> None:
        """`encode_batch()` returns the targets of each image, also of one without objects, with a leading B."""
        encoder, anchors = self.make(settings), _anchors(0)

        def check(seed: int) -> None:
            truths = [_objects(seed), _NO_OBJECT, _objects(seed + 1)]
            batch = encoder.encode_batch(anchors, [boxes for boxes, _ in truths], [labels for _, labels in truths])
            each = [encoder.encode(anchors, *truth) for truth in truths]
            for name in ("classes", "offsets", "mask"):
                message = f"{name} of encode_batch() should be that of encode() for each image, with a leading B"
                assert_close([getattr(batch, name)], [np.stack([getattr(one, name) for one in each])], message)

        try_cases(self.examples, check, seed=_SEEDS)

    def test_anchors_of_every_format_serve(self, settings: EncoderSettings) -> None:
        """Anchors of any format are accepted and give the same targets and boxes: the encoder converts them."""
        encoder = self.make(settings)

        def check(seed: int) -> None:
            anchors, boxes, labels = _case(seed)
            own = encoder.encode(anchors.to(settings.takes), boxes, labels)
            for format_ in BoxFormat:
                other = encoder.encode(anchors.to(format_), boxes, labels)
                message = f"targets of anchors in {format_} differ from those in {settings.takes}: use anchors.to()"
                assert_close([other.classes], [own.classes], message)
                assert_close([other.offsets], [own.offsets], message, _ROUNDING)
                decoded = encoder.decode(own.offsets, anchors.to(format_))
                assert_close([decoded], [encoder.decode(own.offsets, anchors)], f"decoding: {message}", _ROUNDING)

        try_cases(self.examples, check, seed=_SEEDS)

    def test_bare_arrays_are_refused(self, settings: EncoderSettings) -> None:
        """Anchors without their format raise a BoxFormatError, in both directions."""
        encoder, (anchors, boxes, labels) = self.make(settings), _case(0)
        remedy = "begin with anchors = Anchors.require(anchors)"
        _assert_refused(encoder.encode, (anchors.boxes, boxes, labels), f"encode() accepts a bare array: {remedy}")
        offsets = np.zeros_like(anchors.boxes)
        _assert_refused(encoder.decode, (offsets, anchors.boxes), f"decode() accepts a bare array: {remedy}")

    def test_boxes_in_pixels_are_refused(self, settings: EncoderSettings) -> None:
        """Objects in pixels, where fractions of the image are required, raise a BoxFormatError."""
        anchors, boxes, labels = _case(0)
        pixels = convert(boxes, BoxFormat.CORNER_UNIT, BoxFormat.CORNER_PIXEL, anchors.image)
        _assert_refused(
            self.make(settings).encode,
            (anchors, pixels, labels),
            "encode() mistakes boxes in pixels for fractions of the image, so its targets would be meaningless: "
            "derive from zoo_core.boxes.encoding.MatchingEncoder, or check them as it does",
        )

    def test_decoding_keeps_leading_axes(self, settings: EncoderSettings) -> None:
        """Offsets (..., N, 4) become boxes (..., N, 4) of float32: of one image, of a batch, or of more axes."""
        encoder, anchors = self.make(settings), _anchors(0)
        offsets = np.random.default_rng(0).normal(size=(2, 3, len(anchors), 4)).astype(np.float32)
        singly = np.stack([[encoder.decode(each, anchors) for each in row] for row in offsets])
        assert singly.dtype == np.float32, f"decode() should return float32, not {singly.dtype}"
        for part, expected in ((offsets, singly), (offsets[0], singly[0])):
            message = f"decode() of offsets {part.shape} differs from decode() of each image"
            assert_close([encoder.decode(part, anchors)], [expected], message, 1e-6)

    def test_exported_decoding_is_decoding(self, settings: EncoderSettings) -> None:
        """Where the encoder can be exported, its `onnx_decode()` returns the boxes of `decode()`."""
        pytest.importorskip("onnxruntime", reason="the ONNX packages come with zoo-core[mxnet]")
        encoder = self.make(settings)
        try:
            decode = onnx_decode_of(encoder)
        except ExportError:
            return  # its detectors are exported with --raw alone
        exported = _exported_decoding(decode)

        def check(seed: int) -> None:
            anchors = _anchors(seed)
            offsets = np.random.default_rng(seed).normal(size=(2, len(anchors), 4)).astype(np.float32)
            centers = np.stack([anchors.to(BoxFormat.CENTER_UNIT).boxes] * 2)
            (found,) = exported.run(None, {"offsets": offsets, "anchors": centers})
            message = "onnx_decode() returns different boxes from decode()"
            assert_close([found], [encoder.decode(offsets, anchors)], message, _LAW)

        try_cases(self.examples, check, seed=_SEEDS)

    def test_equal_settings_make_equal_targets(self, settings: EncoderSettings) -> None:
        """Targets depend on the settings, the anchors and the objects alone, not on what was encoded before."""
        used = self.make(settings)

        def check(seed: int) -> None:
            _assert_same_targets(used, self.make(settings), seed, "a used encoder and a new one return other targets")

        try_cases(self.examples, check, seed=_SEEDS)

    def test_encoder_survives_pickling(self, settings: EncoderSettings) -> None:
        """The encoder can be sent to another process and returns the same targets there."""
        encoder = self.make(settings)
        _assert_same_targets(pickled(encoder, "the encoder"), encoder, 0, "after pickling the targets differ")


_NO_OBJECT = np.zeros((0, 4), dtype=np.float32), np.zeros(0, dtype=np.int64)


def _anchors(seed: int) -> Anchors:
    """Anchors on 8x8, 4x4, 2x2 and 1x1 cells, two in each, none of them quite regular, of an oblong image."""
    rng = np.random.default_rng([seed, 0])
    boxes = []
    for cells in (8, 4, 2, 1):
        y, x = np.divmod(np.arange(cells * cells), cells)
        for width, height in ((1.2, 1.2), (1.7, 0.85)):
            middle = (np.stack([x, y], axis=1) + rng.uniform(0.4, 0.6, (cells * cells, 2))) / cells
            half = np.array([width, height]) * rng.uniform(0.9, 1.1, (cells * cells, 2)) / cells / 2
            boxes.append(np.concatenate([middle - half, middle + half], axis=1))
    image = ImageSize(*(int(side) for side in rng.integers(100, 400, 2)))
    return Anchors(np.concatenate(boxes).astype(np.float32), BoxFormat.CORNER_UNIT, image)


def _objects(seed: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Boxes (M, 4) corner/unit inside of the image, small and large, and labels (M,), all different."""
    rng = np.random.default_rng([seed, 1])
    count = int(rng.integers(1, _MOST_OBJECTS, endpoint=True))
    sides = rng.uniform(0.05, 0.9, (count, 2))
    corner = rng.uniform(0, 1 - sides)
    boxes = np.concatenate([corner, corner + sides], axis=1).astype(np.float32)
    return boxes, rng.permutation(2 * _MOST_OBJECTS)[:count]


def _case(seed: int) -> tuple[Anchors, NDArray[np.float32], NDArray[np.int64]]:
    return _anchors(seed), *_objects(seed)


def _exported_decoding(decode: Decode) -> Any:
    """A session from ``offsets`` and ``anchors``, both (B, K, 4), to boxes."""
    from onnx import TensorProto, helper

    from zoo_core.engines.onnx.graph import GraphBuilder
    from zoo_core.engines.onnx.runtime import open_session

    graph = GraphBuilder()
    names = ["offsets", "anchors", decode(graph, "offsets", "anchors")]
    *inputs, output = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", "count", 4]) for name in names)
    return open_session(graph.model(inputs, [output], "decoding").SerializeToString())


def _assert_refused(call: Any, arguments: tuple[Any, ...], message: str) -> None:
    try:
        call(*arguments)
    except BoxFormatError:
        return
    except Exception as error:
        raise AssertionError(f"{message} (it raised {type(error).__name__}: {error})") from error
    raise AssertionError(message)


def _assert_same_targets(first: Any, second: Any, seed: int, message: str) -> None:
    anchors, boxes, labels = _case(seed)
    one, other = (encoder.encode(anchors, boxes, labels) for encoder in (first, second))
    for name in ("classes", "offsets", "mask"):
        assert_close([getattr(one, name)], [getattr(other, name)], f"{message}: {name}")

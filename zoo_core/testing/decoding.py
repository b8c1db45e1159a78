"""What target encoders promise of decoding: offsets become boxes again, in Python and in exported files."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from zoo_core.common.errors import ExportError
from zoo_core.engines.onnx.exportable import FileAnchors, onnx_decode_of
from zoo_core.parts.components import TargetEncoderSettings
from zoo_core.testing.codes import CODES, Code
from zoo_core.testing.comparing import assert_close, try_cases
from zoo_core.testing.contract import ComponentContract
from zoo_core.testing.encoder_cases import SEEDS, anchors_of, case, exported_decoding

__all__ = ["DecodingContract"]

_LAW = 1e-5
"""By how much a decoded box may differ from the object, in widths and heights of the image."""
_ROUNDING = 1e-3
"""By how much numbers may differ that are worked out from decoded boxes."""


class DecodingContract(ComponentContract):
    """Those checks of a target encoder that are about decoding."""

    def test_decoding_gives_back_the_objects(self, settings: TargetEncoderSettings) -> None:
        """At every matched anchor `decode(encode(...).offsets)` is its object, within 1e-5."""
        encoder = self.make(settings)

        def check(seed: int) -> None:
            anchors, boxes, labels = case(seed)
            targets = encoder.encode(anchors, boxes, labels)
            box_of = dict(zip((labels + 1).tolist(), boxes, strict=True))
            decoded = encoder.decode(targets.offsets, anchors)
            for index in np.flatnonzero(np.isin(targets.classes, list(box_of))):
                box = box_of[int(targets.classes[index])]
                error = np.abs(decoded[index] - box).max()
                assert error <= _LAW, (
                    f"at anchor {index} the object {box} is decoded as {decoded[index]}, off by {error:.2g} "
                    f"(allowed: {_LAW:g}): decode() must undo encode(), all of its settings included"
                )

        try_cases(self.examples, check, seed=SEEDS)

    def test_numbers_are_what_codes_says(self, settings: TargetEncoderSettings) -> None:
        """Where `codes` is a word of the zoo, the numbers are those: losses that ask for it compute with them."""
        encoder, code = self.make(settings), CODES.get(settings.codes)
        if code is None:  # a word of a plugin, which says itself what it means
            return

        def check(seed: int) -> None:
            anchors = anchors_of(seed)
            numbers = np.random.default_rng(seed).normal(0, 0.5, (len(anchors), 4)).astype(np.float32)
            message = (
                f"settings say codes = {settings.codes!r}, and the numbers are not {code.words}: say what they are, "
                "by another word of the zoo or one of your own"
            )
            with np.errstate(invalid="ignore", divide="ignore"):  # logarithms of what is something else
                found = code.of(encoder.decode(numbers, anchors), anchors)
            _assert_same_numbers(numbers, found, code, message)

        try_cases(self.examples, check, seed=SEEDS)

    def test_decoding_keeps_leading_axes(self, settings: TargetEncoderSettings) -> None:
        """Offsets (..., N, 4) become boxes (..., N, 4) of float32: of one image, of a batch, or of more axes."""
        encoder, anchors = self.make(settings), anchors_of(0)
        offsets = np.random.default_rng(0).normal(size=(2, 3, len(anchors), 4)).astype(np.float32)
        singly = np.stack([[encoder.decode(each, anchors) for each in row] for row in offsets])
        assert singly.dtype == np.float32, f"decode() should return float32, not {singly.dtype}"
        for part, expected in ((offsets, singly), (offsets[0], singly[0])):
            message = f"decode() of offsets {part.shape} differs from decode() of each image"
            assert_close([encoder.decode(part, anchors)], [expected], message, 1e-6)

    def test_some_anchors_decode_as_all_of_them(self, settings: TargetEncoderSettings) -> None:
        """Some of the offsets, with `anchors.at(indices)`, become the boxes that they become among all."""
        encoder, anchors = self.make(settings), anchors_of(0)
        rng = np.random.default_rng(0)
        offsets = rng.normal(size=(len(anchors), 4)).astype(np.float32)
        some = rng.permutation(len(anchors))[: len(anchors) // 3]
        found = encoder.decode(offsets[some], anchors.at(some))
        message = "some anchors decode otherwise than among all: use what anchors.cells and anchors.strides say"
        assert_close([found], [encoder.decode(offsets, anchors)[some]], message, 1e-6)

    def test_exported_decoding_is_decoding(self, settings: TargetEncoderSettings) -> None:
        """Where the encoder can be exported, its `onnx_decode()` returns the boxes of `decode()`."""
        pytest.importorskip("onnxruntime", reason="the ONNX packages come with zoo-core[mxnet]")
        encoder = self.make(settings)
        try:
            decode = onnx_decode_of(encoder)
        except ExportError:
            return  # its detectors are exported with --raw alone
        exported = exported_decoding(decode)

        def check(seed: int) -> None:
            anchors = anchors_of(seed)
            offsets = np.random.default_rng(seed).normal(size=(2, len(anchors), 4)).astype(np.float32)
            priors = np.stack([FileAnchors.of(anchors, encoder).priors] * 2)
            (found,) = exported.run(None, {"offsets": offsets, "priors": priors})
            message = "onnx_decode() returns different boxes from decode()"
            assert_close([found], [encoder.decode(offsets, anchors)], message, _LAW)

        try_cases(self.examples, check, seed=SEEDS)


def _assert_same_numbers(numbers: NDArray[np.float32], found: NDArray[np.float64], code: Code, message: str) -> None:
    """Fail unless these are the numbers that are found in boxes, each column divided by what it is free to be."""
    if code.divided:
        found = found * (numbers * found).sum(axis=0) / np.square(found).sum(axis=0)
    assert_close([found], [numbers], message, _ROUNDING)

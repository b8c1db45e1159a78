"""What every matching encoder keeps: the law of both directions, batches, and clear refusals."""

from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo_core.boxes.boxes import Anchors, BoxFormat, ImageSize, convert, pairwise_iou
from zoo_core.boxes.encoding import MatchingEncoder
from zoo_core.boxes.matching import UNMATCHED, match_bipartite
from zoo_core.common.errors import BoxFormatError
from zoo_core.parts.components import EncoderSettings

IMAGE = ImageSize(height=48, width=112)


class SomeSettings(EncoderSettings):
    """Matches bipartitely; for these tests."""

    name: Literal["some"] = "some"
    takes = BoxFormat.CORNER_PIXEL


class SomeEncoder(MatchingEncoder):
    def match(self, anchors, boxes):
        assert anchors.format is BoxFormat.CORNER_PIXEL
        truth = convert(boxes, BoxFormat.CORNER_UNIT, BoxFormat.CORNER_PIXEL, anchors.image)
        return match_bipartite(pairwise_iou(truth, anchors.boxes))


@pytest.fixture(scope="module")
def encoder():
    return SomeEncoder(SomeSettings())


@st.composite
def corner_unit(draw, least=1, most=6):
    """Boxes (M, 4), some of them a thousandth of the image wide, some partly outside."""
    sizes = st.floats(0.001, 1)
    places = st.floats(-0.2, 1)
    boxes = [
        (x, y, x + draw(sizes), y + draw(sizes))
        for x, y in draw(st.lists(st.tuples(places, places), min_size=least, max_size=most))
    ]
    return np.array(boxes, dtype=np.float32).reshape(-1, 4)


def anchors_of(boxes, format=BoxFormat.CORNER_UNIT):
    return Anchors(convert(boxes, BoxFormat.CORNER_UNIT, format, IMAGE), format, IMAGE)


@settings(max_examples=150, deadline=None)
@given(anchors=corner_unit(most=20), boxes=corner_unit(), format=st.sampled_from(BoxFormat), data=st.data())
def test_decoding_gives_back_the_matched_box(encoder, anchors, boxes, format, data):
    """In whatever format the anchors come."""
    labels = data.draw(st.lists(st.integers(0, 5), min_size=len(boxes), max_size=len(boxes)))
    anchors = anchors_of(anchors, format)
    targets = encoder.encode(anchors, boxes, labels)
    match = encoder.match(anchors.to(BoxFormat.CORNER_PIXEL), boxes)
    positive = match != UNMATCHED
    decoded = encoder.decode(targets.offsets, anchors)
    np.testing.assert_allclose(decoded[positive], boxes[match[positive]], atol=1e-5)
    np.testing.assert_array_equal(targets.classes[positive], np.array(labels)[match[positive]] + 1)
    np.testing.assert_array_equal(targets.mask, np.repeat(positive[:, None], 4, axis=1))
    assert not targets.offsets[~positive].any()
    assert not targets.classes[~positive].any()


def test_targets_have_the_types_and_shapes_of_the_interface(encoder):
    targets = encoder.encode(anchors_of([[0, 0, 0.5, 0.5], [0.5, 0.5, 1, 1]]), [[0, 0, 0.4, 0.4]], [2])
    assert (targets.classes.dtype, targets.offsets.dtype, targets.mask.dtype) == (np.int32, np.float32, np.float32)
    np.testing.assert_array_equal(targets.classes, [3, 0])
    np.testing.assert_allclose(targets.offsets[0], [-1, -1, *[np.log(0.8) / 0.2] * 2], rtol=1e-5)


def test_stds_divide_the_offsets():
    anchors, truth = anchors_of([[0, 0, 0.5, 0.5]]), [[0, 0, 0.4, 0.4]]
    plain = SomeEncoder(SomeSettings(stds=(1, 1, 1, 1))).encode(anchors, truth, [0])
    divided = SomeEncoder(SomeSettings(stds=(0.1, 0.2, 0.4, 0.5))).encode(anchors, truth, [0])
    np.testing.assert_allclose(divided.offsets, plain.offsets / [0.1, 0.2, 0.4, 0.5], rtol=1e-6)


@pytest.mark.parametrize(("boxes", "labels"), [([], []), (np.zeros((0, 4)), np.zeros(0, dtype=int))])
def test_an_image_without_objects_is_all_background(encoder, boxes, labels):
    targets = encoder.encode(anchors_of([[0, 0, 1, 1]] * 3), boxes, labels)
    assert not targets.classes.any()
    assert not targets.mask.any()
    assert targets.offsets.shape == (3, 4)


def test_a_batch_is_its_images(encoder):
    anchors = anchors_of([[0, 0, 0.5, 0.5], [0.5, 0, 1, 0.5], [0, 0.5, 1, 1]])
    boxes = [[[0, 0, 0.4, 0.4], [0.1, 0.5, 1, 1]], [], [[0.5, 0, 1, 0.5]]]
    labels = [[0, 1], [], [4]]
    batch = encoder.encode_batch(anchors, boxes, labels)
    assert batch.offsets.shape == (3, 3, 4)
    for place, truth in enumerate(zip(boxes, labels, strict=True)):
        single = encoder.encode(anchors, *truth)
        np.testing.assert_array_equal(batch.classes[place], single.classes)
        np.testing.assert_array_equal(batch.offsets[place], single.offsets)
        np.testing.assert_array_equal(batch.mask[place], single.mask)
    decoded = encoder.decode(batch.offsets, anchors)
    np.testing.assert_array_equal(decoded[2], encoder.decode(batch.offsets[2], anchors))


def test_decoding_survives_the_offsets_of_an_untrained_network(encoder):
    anchors = anchors_of([[0, 0, 0.5, 0.5]])
    np.testing.assert_array_equal(encoder.decode([[0, 0, 1e4, 1e4]], anchors), [[-np.inf, -np.inf, np.inf, np.inf]])


@pytest.mark.parametrize(
    ("boxes", "labels", "message"),
    [
        pytest.param([[0, 0, 30, 40]], [0], "fractions of the image, but one reaches 40: are they pixels", id="pixels"),
        pytest.param([[0.5, 0.5, 0.2, 0.2]], [0], "some are empty or inverted", id="centre boxes"),
        pytest.param([[0, 0, 0, 1]], [0], "some are empty or inverted", id="no width"),
        pytest.param([[0, 0, np.nan, 1]], [0], "some are empty or inverted", id="not a number"),
        pytest.param([[0, 0, np.inf, 1]], [0], "one reaches inf", id="infinite"),
        pytest.param([0, 0, 1, 1], [0], r"shape \(M, 4\), not \(4,\)", id="one box without its axis"),
        pytest.param([[0, 0, 1, 1, 3]], [0], r"shape \(M, 4\), not \(1, 5\)", id="label in the fifth column"),
        pytest.param([[0, 0, 1, 1]], [0, 1], r"1 boxes need 1 labels, not an array of shape \(2,\)", id="labels"),
        pytest.param([[0, 0, 1, 1]], [[0]], r"1 boxes need 1 labels, not an array of shape \(1, 1\)", id="column"),
        pytest.param([[0, 0, 1, 1]], [-1], "integers from 0, but one is -1", id="GluonCV's padding"),
        pytest.param([[0, 0, 1, 1]], [1.5], "integers from 0, but one is 1.5", id="no index"),
        pytest.param(anchors_of([[0, 0, 1, 1]]), [0], r"not Anchors", id="anchors as truth"),
    ],
)
def test_truth_that_cannot_be_is_refused(encoder, boxes, labels, message):
    with pytest.raises(BoxFormatError, match=message):
        encoder.encode(anchors_of([[0, 0, 1, 1]]), boxes, labels)


def test_bare_arrays_are_refused(encoder):
    bare = np.zeros((1, 4), dtype=np.float32)
    with pytest.raises(BoxFormatError, match="not as a bare ndarray"):
        encoder.encode(bare, [[0, 0, 1, 1]], [0])
    with pytest.raises(BoxFormatError, match="not as a bare ndarray"):
        encoder.decode(bare, bare)


def test_offsets_of_other_anchors_are_refused(encoder):
    with pytest.raises(BoxFormatError, match=r"offsets should be \(\.\.\., 2, 4\) for 2 anchors, not \(3, 4\)"):
        encoder.decode(np.zeros((3, 4)), anchors_of([[0, 0, 1, 1]] * 2))


def test_a_batch_has_labels_for_each_image(encoder):
    with pytest.raises(BoxFormatError, match="boxes of 2 images and labels of 1"):
        encoder.encode_batch(anchors_of([[0, 0, 1, 1]]), [[], []], [[]])

"""The encoder against GluonCV's SSDTargetGenerator; where that is wrong, what ours does instead."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from zoo_core.plugin_api import Anchors, BoxFormat, BoxFormatError, ImageSize, convert, make, mx, pairwise_iou
from zoo_gluoncv_ssd.encoder_settings import SSDEncoderSettings

GRID = 8
IMAGE = ImageSize(height=96, width=160)


@st.composite
def corner_unit(draw, most):
    """Boxes (M, 4) on a coarse grid, so that equal overlaps and overlaps of one half are common."""
    boxes = []
    for _ in range(draw(st.integers(1, most))):
        x1, y1 = draw(st.integers(0, GRID - 1)), draw(st.integers(0, GRID - 1))
        boxes.append((x1, y1, draw(st.integers(x1 + 1, GRID)), draw(st.integers(y1 + 1, GRID))))
    return np.array(boxes, dtype=np.float32) / GRID


def anchors_of(boxes, image=IMAGE):
    pixels = convert(boxes, BoxFormat.CORNER_UNIT, BoxFormat.CENTER_PIXEL, image)
    return Anchors(pixels, BoxFormat.CENTER_PIXEL, image)


def in_pixels(boxes, image=IMAGE):
    return convert(boxes, BoxFormat.CORNER_UNIT, BoxFormat.CORNER_PIXEL, image)


def native_targets(gluoncv, anchors, boxes, labels, iou=0.5):
    """Of arrays: anchors center/pixel, boxes corner/pixel."""
    generator = gluoncv.SSDTargetGenerator(iou_thresh=iou, negative_mining_ratio=-1)
    truth = mx.nd.array(boxes[None]), mx.nd.array(np.reshape(labels, (1, -1, 1)))
    return [each[0].asnumpy() for each in generator(mx.nd.array(anchors[None]), None, *truth)]


@settings(max_examples=200, deadline=None)
@given(data=st.data(), iou=st.sampled_from([0.25, 0.5, 0.75]), height=st.integers(20, 600), width=st.integers(20, 600))
def test_equal_to_gluoncv(gluoncv, data, iou, height, width):
    image = ImageSize(height, width)
    anchors = anchors_of(data.draw(corner_unit(most=30)), image)
    boxes = data.draw(corner_unit(most=6))
    labels = data.draw(st.lists(st.integers(0, 19), min_size=len(boxes), max_size=len(boxes)))
    reached = pairwise_iou(boxes, anchors.to(BoxFormat.CORNER_UNIT).boxes).max(axis=1) > 1e-6
    assume(reached.all())  # else GluonCV is wrong: see below
    targets = make(SSDEncoderSettings(iou=iou)).encode(anchors, boxes, labels)
    classes, offsets, mask = native_targets(gluoncv, anchors.boxes, in_pixels(boxes, image), labels, iou)
    np.testing.assert_array_equal(targets.classes, classes)
    np.testing.assert_array_equal(targets.mask, mask)
    np.testing.assert_allclose(targets.offsets, offsets, atol=1e-3, rtol=1e-4)


@settings(max_examples=60, deadline=None)
@given(anchors=corner_unit(most=30), boxes=corner_unit(most=6))
def test_decoding_gives_back_the_matched_box(anchors, boxes):
    encoder, anchors = make(SSDEncoderSettings()), anchors_of(anchors)
    targets = encoder.encode(anchors, boxes, np.arange(len(boxes)))
    matched = targets.mask[:, 0] == 1
    expected = boxes[targets.classes[matched] - 1]
    np.testing.assert_allclose(encoder.decode(targets.offsets, anchors)[matched], expected, atol=1e-5)


def test_an_image_without_objects_is_background_and_gluoncv_crashes(gluoncv):
    anchors, nothing = anchors_of([[0, 0, 0.5, 0.5], [0.5, 0.5, 1, 1]]), np.zeros((0, 4), dtype=np.float32)
    targets = make(SSDEncoderSettings()).encode(anchors, nothing, [])
    assert not targets.classes.any()
    assert not targets.mask.any()
    with pytest.raises(mx.base.MXNetError, match="box_iou"):
        native_targets(gluoncv, anchors.boxes, nothing, [])


def test_the_row_of_minus_one_makes_gluoncvs_loss_nan_and_ours_refuses_it(gluoncv):
    anchors, padding = anchors_of([[0, 0, 0.5, 0.5], [0.5, 0.5, 1, 1]]), np.full((1, 4), -1, dtype=np.float32)
    classes, offsets, _ = native_targets(gluoncv, anchors.boxes, padding, [-1])
    zeros = mx.nd.zeros((1, 2, 4))
    _, _, box_losses = gluoncv.SSDMultiBoxLoss(min_hard_negatives=1)(
        mx.nd.zeros((1, 2, 21)), zeros, mx.nd.array(classes[None]), mx.nd.array(offsets[None])
    )
    assert np.isnan(box_losses[0].asscalar())
    with pytest.raises(BoxFormatError, match="empty or inverted"):
        make(SSDEncoderSettings()).encode(anchors, padding, [-1])


def test_an_object_out_of_reach_is_background_and_in_gluoncv_takes_every_idle_anchor(gluoncv):
    anchors = anchors_of([[0, 0, 0.5, 0.5], [0.75, 0.75, 1, 1], [0.5, 0, 0.6, 0.1]])
    boxes = np.array([[0.6, 0.4, 0.7, 0.5], [0, 0, 0.5, 0.5]], dtype=np.float32)
    labels = [6, 2]
    np.testing.assert_array_equal(make(SSDEncoderSettings()).encode(anchors, boxes, labels).classes, [3, 0, 0])
    classes, _, _ = native_targets(gluoncv, anchors.boxes, in_pixels(boxes), labels)
    np.testing.assert_array_equal(classes, [3, 7, 7])


def test_bare_arrays_are_refused_and_in_gluoncv_silently_give_nonsense(gluoncv):
    """The fault that `Anchors` exists for: corner/unit anchors where center/pixel ones are meant."""
    corner_unit, boxes = np.float32([[0, 0, 0.5, 0.5], [0.5, 0.5, 1, 1]]), np.float32([[0, 0, 0.5, 0.5]])
    _, offsets, _ = native_targets(gluoncv, corner_unit, in_pixels(boxes), [0])
    assert np.abs(offsets).max() > 20
    encoder = make(SSDEncoderSettings())
    with pytest.raises(BoxFormatError, match="not as a bare ndarray"):
        encoder.encode(corner_unit, boxes, [0])
    right = encoder.encode(Anchors(corner_unit, BoxFormat.CORNER_UNIT, IMAGE), boxes, [0])
    np.testing.assert_array_equal(right.classes, [1, 0])
    np.testing.assert_allclose(right.offsets, 0, atol=1e-6)


def test_an_iou_of_exactly_the_threshold_counts():
    anchors = anchors_of([[0, 0, 1, 1], [0, 0, 1, 0.5]])
    boxes = np.float32([[0, 0, 1, 1]])
    np.testing.assert_array_equal(make(SSDEncoderSettings(iou=0.5)).encode(anchors, boxes, [0]).classes, [1, 1])
    np.testing.assert_array_equal(make(SSDEncoderSettings(iou=0.51)).encode(anchors, boxes, [0]).classes, [1, 0])

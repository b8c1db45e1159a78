"""The MultiBox encoder against MXNet's MultiBoxTarget; where that is wrong, what ours does instead."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo_core.plugin_api import Anchors, BoxFormat, BoxFormatError, ImageSize, mx
from zoo_tinyssd.encoder import MultiBoxEncoder
from zoo_tinyssd.encoder_settings import MultiBoxEncoderSettings

GRID = 8


@st.composite
def corner_boxes(draw, least, most):
    """Boxes on a coarse grid, so that equal overlaps are common."""
    boxes = []
    for _ in range(draw(st.integers(least, most))):
        x1, y1 = draw(st.integers(0, GRID - 1)), draw(st.integers(0, GRID - 1))
        boxes.append((x1, y1, draw(st.integers(x1 + 1, GRID)), draw(st.integers(y1 + 1, GRID))))
    return np.array(boxes, dtype=np.float32).reshape(-1, 4) / GRID


def native_targets(anchors, boxes, labels, iou):
    truth = mx.nd.array(np.column_stack([labels, boxes])[None])
    unused_scores = mx.nd.zeros((1, 4, len(anchors)))
    offsets, mask, classes = mx.nd.contrib.MultiBoxTarget(
        mx.nd.array(anchors[None]), truth, unused_scores, overlap_threshold=iou
    )
    return classes[0].asnumpy(), offsets.asnumpy().reshape(-1, 4), mask.asnumpy().reshape(-1, 4)


def anchors_of(boxes, size=(GRID, GRID)):
    return Anchors(boxes, BoxFormat.CORNER_UNIT, ImageSize(*size))


@settings(max_examples=200, deadline=None)
@given(data=st.data(), iou=st.sampled_from([0.25, 0.5, 0.75]))
def test_equals_the_native_operator(data, iou):
    anchors = data.draw(corner_boxes(1, 30))
    boxes = data.draw(corner_boxes(1, 6))
    labels = data.draw(st.lists(st.integers(0, 2), min_size=len(boxes), max_size=len(boxes)))
    ours = MultiBoxEncoder(MultiBoxEncoderSettings(iou=iou)).encode(anchors_of(anchors, (6, 9)), boxes, labels)
    classes, offsets, mask = native_targets(anchors, boxes, labels, iou)
    np.testing.assert_array_equal(ours.classes, classes)
    np.testing.assert_array_equal(ours.mask, mask)
    np.testing.assert_allclose(ours.offsets, offsets, atol=1e-4)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_decoding_gives_back_the_matched_box(data):
    encoder = MultiBoxEncoder(MultiBoxEncoderSettings())
    anchors = anchors_of(data.draw(corner_boxes(1, 30)))
    boxes = data.draw(corner_boxes(1, 5))
    targets = encoder.encode(anchors, boxes, np.arange(len(boxes)))
    matched = targets.mask[:, 0] == 1
    decoded = encoder.decode(targets.offsets, anchors)
    np.testing.assert_allclose(decoded[matched], boxes[targets.classes[matched] - 1], atol=1e-5)


def test_an_image_without_objects_is_background_where_the_native_operator_ignores_it():
    anchors = np.array([[0, 0, 0.5, 0.5], [0.5, 0.5, 1, 1]], dtype=np.float32)
    classes, _, _ = native_targets(anchors, np.full((1, 4), -1.0), [-1], 0.5)
    assert classes.tolist() == [-1, -1]
    ours = MultiBoxEncoder(MultiBoxEncoderSettings()).encode(anchors_of(anchors), np.zeros((0, 4)), [])
    assert ours.classes.tolist() == [0, 0]
    assert not ours.mask.any()


def test_the_notebooks_fault_cannot_happen():
    """It handed corner/unit anchors to an encoder that takes center/pixel, and got targets of nothing."""
    corner = np.array([[0.2, 0.2, 0.6, 0.6], [0.6, 0.6, 0.9, 0.9]], dtype=np.float32)
    encoder = MultiBoxEncoder(MultiBoxEncoderSettings())
    anchors = anchors_of(corner, (300, 400))
    same = [encoder.encode(anchors.to(format_), corner[:1], [4]).classes.tolist() for format_ in BoxFormat]
    assert same == [[5, 0]] * 4
    with pytest.raises(BoxFormatError, match="bare ndarray"):
        encoder.encode(corner, corner[:1], [4])
    with pytest.raises(BoxFormatError, match="are they pixels"):
        encoder.encode(anchors, corner[:1] * 300, [4])

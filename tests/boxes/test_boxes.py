"""Boxes that say what they are: formats, conversion, overlap."""

import pickle
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from zoo_core.boxes.boxes import Anchors, BoxFormat, ImageSize, areas, convert, pairwise_iou
from zoo_core.common.errors import BoxFormatError
from zoo_core.engines.gluon import mx
from zoo_core.parts.geometry import Level

IMAGE = ImageSize(height=50, width=200)
SAME_BOX = {
    BoxFormat.CORNER_UNIT: [0.25, 0.2, 0.75, 0.6],
    BoxFormat.CORNER_PIXEL: [50, 10, 150, 30],
    BoxFormat.CENTER_UNIT: [0.5, 0.4, 0.5, 0.4],
    BoxFormat.CENTER_PIXEL: [100, 20, 100, 20],
}
sides = st.integers(1, 2000)


@st.composite
def grid_boxes(draw, most=6, grid=8):
    """Boxes (M, 4) corner with whole coordinates."""
    boxes = []
    for _ in range(draw(st.integers(0, most))):
        x1, y1 = draw(st.integers(0, grid - 1)), draw(st.integers(0, grid - 1))
        boxes.append((x1, y1, draw(st.integers(x1 + 1, grid)), draw(st.integers(y1 + 1, grid))))
    return np.array(boxes, dtype=np.float32).reshape(-1, 4)


@pytest.mark.parametrize(("source", "target"), list(product(BoxFormat, BoxFormat)))
def test_one_box_in_every_format(source, target):
    converted = convert(SAME_BOX[source], source, target, IMAGE)
    np.testing.assert_allclose(converted, SAME_BOX[target], rtol=1e-6)
    anchors = Anchors(np.array([SAME_BOX[source]]), source, IMAGE).to(target)
    assert (anchors.format, anchors.image) == (target, IMAGE)
    np.testing.assert_allclose(anchors.boxes, [SAME_BOX[target]], rtol=1e-6)


@settings(max_examples=100, deadline=None)
@given(
    boxes=hnp.arrays(np.float64, st.tuples(st.integers(0, 5), st.just(4)), elements=st.floats(-2, 2)),
    image=st.builds(ImageSize, sides, sides),
    target=st.sampled_from(BoxFormat),
    source=st.sampled_from(BoxFormat),
)
def test_there_and_back(boxes, image, source, target):
    there = convert(boxes, source, target, image)
    assert there.dtype == np.float64
    np.testing.assert_allclose(convert(there, target, source, image), boxes, atol=1e-12)


def test_conversion_leaves_its_input_alone_and_keeps_every_leading_axis():
    boxes = np.ones((2, 3, 4), dtype=np.float32)
    converted = convert(boxes, BoxFormat.CORNER_UNIT, BoxFormat.CENTER_PIXEL, IMAGE)
    assert converted.shape == boxes.shape
    np.testing.assert_array_equal(boxes, 1)


def test_anchors_remember_what_was_converted():
    anchors = Anchors(np.zeros((2, 4)), BoxFormat.CORNER_UNIT, IMAGE)
    assert anchors.to(BoxFormat.CORNER_UNIT) is anchors
    assert anchors.to(BoxFormat.CENTER_PIXEL) is anchors.to(BoxFormat.CENTER_PIXEL)


def test_anchors_are_a_copy_that_nobody_can_change():
    boxes = np.zeros((2, 4))
    anchors = Anchors(boxes, "corner/unit", (50, 200))
    boxes[:] = 1
    assert not anchors.boxes.any()
    assert anchors.boxes.dtype == np.float32
    assert len(anchors) == 2
    assert anchors.image.width == 200
    with pytest.raises(ValueError, match="read-only"):
        anchors.boxes[0] = 1


def test_anchors_travel_to_another_process():
    anchors = Anchors(np.ones((2, 4)), BoxFormat.CENTER_PIXEL, IMAGE)
    copy = pickle.loads(pickle.dumps(anchors))  # noqa: S301  # our own bytes
    np.testing.assert_array_equal(copy.boxes, anchors.boxes)
    assert (copy.format, copy.image) == (anchors.format, anchors.image)


def test_an_unknown_format_names_the_known_ones():
    with pytest.raises(
        BoxFormatError, match=r"'xyxy' is not a box format; the formats are corner/unit, corner/pixel, "
    ):
        Anchors(np.zeros((1, 4)), "xyxy", IMAGE)


@pytest.mark.parametrize("shape", [(4,), (2, 3), (1, 2, 4)])
def test_anchors_have_four_columns(shape):
    with pytest.raises(BoxFormatError, match=r"shape \(N, 4\), not"):
        Anchors(np.zeros(shape), BoxFormat.CORNER_UNIT, IMAGE)


def test_a_bare_array_is_no_anchors():
    with pytest.raises(BoxFormatError, match="not as a bare ndarray"):
        Anchors.require(np.zeros((1, 4)))


def test_areas():
    np.testing.assert_array_equal(areas(np.array([[0.0, 0, 2, 3], [1, 1, 1, 5]])), [6, 0])


@settings(max_examples=150, deadline=None)
@given(first=grid_boxes(), second=grid_boxes())
def test_overlaps_are_exact(first, second):
    """The nearest float32 to the true fraction, so that equal overlaps are equal numbers."""
    overlaps = pairwise_iou(first, second)
    assert overlaps.shape == (len(first), len(second))
    assert overlaps.dtype == np.float32
    for row, one in zip(overlaps, first.astype(int), strict=True):
        for value, other in zip(row, second.astype(int), strict=True):
            assert value == np.float32(float(exact_iou(one.tolist(), other.tolist())))


def exact_iou(one, other):
    width = max(0, min(one[2], other[2]) - max(one[0], other[0]))
    height = max(0, min(one[3], other[3]) - max(one[1], other[1]))
    size = sum((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (one, other))
    return Fraction(width * height, size - width * height)


@settings(max_examples=100, deadline=None)
@given(boxes=hnp.arrays(np.float32, st.tuples(st.integers(2, 8), st.just(4)), elements=st.floats(0.125, 1, width=16)))
def test_overlaps_are_those_of_mxnet_to_the_last_bit(boxes):
    corners = np.concatenate([boxes[:, :2] - boxes[:, 2:], boxes[:, :2] + boxes[:, 2:]], axis=1)
    first, second = corners[:1], corners[1:]
    native = mx.nd.contrib.box_iou(mx.nd.array(first), mx.nd.array(second)).asnumpy()
    np.testing.assert_array_equal(pairwise_iou(first, second), native)


@pytest.mark.parametrize(("first", "second"), [(1000, 100), (100, 1000), (5, 20000), (20000, 5), (0, 3), (3, 0)])
def test_overlaps_of_many_boxes_are_those_of_each(first, second):
    corners = np.random.default_rng(0).random((first + second, 4), dtype=np.float32)
    corners = np.concatenate([np.minimum(*halves(corners)), np.maximum(*halves(corners))], axis=1)
    first, second = corners[:first], corners[first:]
    overlaps = pairwise_iou(first, second)
    assert overlaps.shape == (len(first), len(second))
    for row in range(0, len(first), 7):
        np.testing.assert_array_equal(overlaps[row], pairwise_iou(first[row : row + 1], second)[0])


def halves(corners):
    return corners[:, :2], corners[:, 2:]


def test_overlaps_have_the_better_precision_of_both():
    first, second = (np.array([[0, 0, 1, 1 + share]]) for share in (2**-30, 2**-31))
    exact = float(exact_iou(*((array[0] * 2**31).astype(int).tolist() for array in (first, second))))
    assert pairwise_iou(first, second) == exact
    for mixed in (pairwise_iou(first.astype(np.float32), second), pairwise_iou(second, first.astype(np.float32))):
        assert mixed.dtype == np.float64
        assert mixed == 1 / (1 + 2**-31)


def test_boxes_without_area_overlap_nothing():
    point = np.array([[0.5, 0.5, 0.5, 0.5]], dtype=np.float32)
    whole = np.array([[0, 0, 1, 1]], dtype=np.float32)
    np.testing.assert_array_equal(pairwise_iou(point, np.concatenate([point, whole])), [[0, 0]])


def test_inverted_boxes_overlap_nothing():
    """CenterNet says sizes that may be negative; the area of such a box may be as far below 0 as another is above."""
    inverted = np.array([[0.75, 0.25, 0.25, 0.75], [0.25, 0.75, 0.75, 0.25], [0.75, 0.75, 0.25, 0.25]], np.float32)
    boxes = np.concatenate([inverted, np.array([[0.25, 0.25, 0.75, 0.75]], np.float32)])
    overlaps = pairwise_iou(boxes, boxes)
    np.testing.assert_array_equal(overlaps, np.diag([0, 0, 0, 1]))


LEVELS = (Level(2, 3, 8, 2), Level(1, 2, 16, 1))


def on_levels():
    return Anchors(np.arange(56).reshape(14, 4), BoxFormat.CENTER_PIXEL, (16, 24), LEVELS)


def test_anchors_know_their_cells_map_by_map_row_by_row_cell_by_cell():
    cells = on_levels().cells
    assert cells.level.tolist() == [0] * 12 + [1] * 2
    assert cells.row.tolist() == [0] * 6 + [1] * 6 + [0, 0]
    assert cells.column.tolist() == [0, 0, 1, 1, 2, 2] * 2 + [0, 1]
    assert cells.rank.tolist() == [0, 1] * 6 + [0, 0]
    assert on_levels().strides.tolist() == [8] * 12 + [16] * 2


@pytest.mark.parametrize("change", [lambda each: each, lambda each: each.to(BoxFormat.CORNER_UNIT)], ids=["as", "to"])
@pytest.mark.parametrize("copied", [lambda each: each, lambda each: pickle.loads(pickle.dumps(each))])  # noqa: S301
def test_some_anchors_know_the_cells_that_they_had(change, copied):
    some = copied(change(on_levels().at([13, 2, 7])))
    assert len(some) == 3
    assert list(zip(*some.cells, strict=True)) == [(1, 0, 1, 0), (0, 0, 1, 0), (0, 1, 0, 1)]
    assert copied(some.at(some.strides > 8)).cells.column.tolist() == [1]
    np.testing.assert_array_equal(some.to(BoxFormat.CENTER_PIXEL).boxes, on_levels().boxes[[13, 2, 7]])


def test_anchors_without_levels_say_that_they_know_no_cells():
    bare = Anchors([[0, 0, 1, 1]], BoxFormat.CORNER_UNIT, IMAGE)
    with pytest.raises(BoxFormatError, match="do not know their cells"):
        _ = bare.at([0]).cells
    with pytest.raises(BoxFormatError, match="1 anchors cannot stand on levels of 14"):
        Anchors(bare.boxes, bare.format, IMAGE, LEVELS)

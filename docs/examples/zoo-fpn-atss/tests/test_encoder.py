"""The promises of every target encoder, and the paper's rule word for word."""

from fractions import Fraction

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from zoo_core import Anchors, BoxFormat, ImageSize, make
from zoo_core.testing import EncoderContract

from zoo_fpn_atss.encoder_settings import AtssSettings

SIDE = 64


class TestAtss(EncoderContract):
    settings = AtssSettings()


class TestAtssWithFewCandidates(EncoderContract):
    settings = AtssSettings(top_k=4)


# Algorithm 1 of the paper, line by line, in fractions: no number is rounded.


def literal_match(levels, objects, k):
    """The object of each anchor, or -1; boxes are (x1, y1, x2, y2), a list of anchors for each level."""
    numbered, count = [], 0
    for level in levels:
        numbered.append(list(enumerate(level, start=count)))
        count += len(level)
    positives = {}  # anchor: (IoU, object)
    for number, box in enumerate(objects):
        candidates = []
        for level in numbered:  # lines 3 to 6
            candidates += sorted(level, key=lambda anchor: (distance(anchor[1], box), anchor[0]))[:k]
        overlaps = {index: iou(anchor, box) for index, anchor in candidates}  # line 7
        mean = sum(overlaps.values()) / len(overlaps)  # line 8
        variance = sum((each - mean) ** 2 for each in overlaps.values()) / max(len(overlaps) - 1, 1)  # line 9
        for index, anchor in candidates:  # lines 11 to 15
            above = overlaps[index] - mean
            # At least mean + deviation, without drawing the root.
            excess = above**2 - variance
            assume(excess == 0 or abs(excess) > 1e-5)
            if above >= 0 and excess >= 0 and is_centre_inside(anchor, box):
                best, _ = positives.get(index, (-1, None))
                if overlaps[index] > best:  # section 3.2: of several objects the one with the highest IoU
                    positives[index] = overlaps[index], number
    return [positives.get(index, (0, -1))[1] for index in range(count)]


def distance(first, second):
    """Squared, and twice the length in each direction, so that all are whole numbers."""
    return sum((first[axis] + first[axis + 2] - second[axis] - second[axis + 2]) ** 2 for axis in (0, 1))


def iou(first, second):
    width, height = (min(first[axis + 2], second[axis + 2]) - max(first[axis], second[axis]) for axis in (0, 1))
    shared = max(width, 0) * max(height, 0)
    return Fraction(shared, area(first) + area(second) - shared)


def area(box):
    return (box[2] - box[0]) * (box[3] - box[1])


def is_centre_inside(anchor, box):
    return all(2 * box[axis] < anchor[axis] + anchor[axis + 2] < 2 * box[axis + 2] for axis in (0, 1))


@st.composite
def boxes(draw, width=None, height=None):
    width = width or draw(st.integers(1, SIDE // 2))
    height = height or draw(st.integers(1, SIDE // 2))
    x1, y1 = draw(st.integers(0, SIDE - width)), draw(st.integers(0, SIDE - height))
    return x1, y1, x1 + width, y1 + height


@st.composite
def pyramids(draw):
    shapes = draw(st.lists(st.tuples(st.integers(4, 32), st.integers(4, 32)), min_size=1, max_size=3, unique=True))
    # In the order in which the encoder numbers shapes; among equals the order of anchors is the same.
    return [draw(st.lists(boxes(*shape), min_size=1, max_size=12)) for shape in shapes]


@settings(max_examples=300, deadline=None)
@given(levels=pyramids(), objects=st.lists(boxes(), min_size=1, max_size=4), k=st.integers(1, 9))
def test_equals_the_algorithm_of_the_paper(levels, objects, k):
    anchors = Anchors([box for level in levels for box in level], BoxFormat.CORNER_PIXEL, ImageSize(SIDE, SIDE))
    truth = np.array(objects, dtype=np.float32) / SIDE
    classes = make(AtssSettings(top_k=k)).encode(anchors, truth, range(len(objects))).classes
    assert (classes - 1).tolist() == literal_match(levels, objects, k)


def test_the_threshold_follows_the_object():
    """Figure 3 of the paper: a high threshold where one level fits well, a low one where several fit a little."""
    image = ImageSize(SIDE, SIDE)
    grid = [(x, y) for y in range(4, SIDE, 8) for x in range(4, SIDE, 8)]
    anchors = Anchors([(x, y, side, side) for side in (8, 16, 32) for x, y in grid], BoxFormat.CENTER_PIXEL, image)
    encoder = make(AtssSettings())
    well = encoder.encode(anchors, np.array([[12, 12, 28, 28]]) / SIDE, [0]).classes
    assert set(anchors.boxes[well == 1][:, 2]) == {16}
    between = encoder.encode(anchors, np.array([[8, 8, 32, 32]]) / SIDE, [0]).classes
    assert set(anchors.boxes[between == 1][:, 2]) == {16, 32}


def test_nearest_is_nearest_in_pixels_along_a_straight_line():
    centres = [(22, 16), (20, 20)]  # 6 and 5.7 away, but 6 and 8 along the axes
    anchors = Anchors([(x, y, 8, 8) for x, y in centres], BoxFormat.CENTER_PIXEL, ImageSize(SIDE, SIDE))
    encoder = make(AtssSettings(top_k=1))
    assert encoder.encode(anchors, np.array([[0, 0, 32, 32]]) / SIDE, [0]).classes.tolist() == [0, 1]
    centres = [(24, 16), (16, 22)]  # 8 and 6 away, but 0.06 and 0.09 in fractions of the image
    anchors = Anchors([(x, y, 8, 8) for x, y in centres], BoxFormat.CENTER_PIXEL, ImageSize(SIDE, 2 * SIDE))
    truth = np.array([[0, 0, 32, 32]]) / [2 * SIDE, SIDE, 2 * SIDE, SIDE]
    assert encoder.encode(anchors, truth, [0]).classes.tolist() == [0, 1]


def test_anchors_that_lie_alike_around_an_object_answer_alike():
    """Their overlaps are equal but for rounding, which must not put the threshold above them all."""
    corners = [(0.4 + right * 0.13, 0.4 + down * 0.13, 0.53, 0.53) for right in (-1, 1) for down in (-1, 1)]
    anchors = Anchors(corners, BoxFormat.CENTER_UNIT, ImageSize(300, 500))
    targets = make(AtssSettings(top_k=4)).encode(anchors, [[0.11, 0.11, 0.69, 0.69]], [0])
    assert targets.classes.tolist() == [1, 1, 1, 1]

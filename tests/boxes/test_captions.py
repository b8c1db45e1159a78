"""Captions of boxes never hide what they name."""

from __future__ import annotations

import numpy as np
import pytest

from zoo_core.boxes.captions import draw_caption, drawable, placed_captions
from zoo_core.boxes.drawing import with_boxes

TEXT = "square 0.93"


def drawn(size, boxes, texts=None, level=128):
    """A plain grey image with boxes drawn on it, and where it is no longer grey."""
    image = np.full((*size, 3), level, np.uint8)
    boxes = np.array(boxes, np.float32).reshape(-1, 4)
    scene = with_boxes(image, boxes, np.arange(len(boxes)), texts or [TEXT] * len(boxes))
    assert scene.shape == image.shape
    assert (image == level).all()
    return (scene != level).any(2)


@pytest.mark.parametrize("seed", range(30))
def test_captions_cover_little_of_any_box_and_nothing_of_each_other(seed):
    rng = np.random.default_rng(seed)
    size = tuple(int(each) for each in rng.integers(20, 300, 2))
    corners = np.sort(rng.uniform(0, size[::-1], (rng.integers(1, 12), 2, 2)), axis=1)
    boxes = corners.reshape(-1, 4).astype(np.float32)
    boxes[:, 2:] += 1
    covered = np.zeros(size, int)
    for caption in placed_captions([TEXT] * len(boxes), boxes, size):
        if caption is None:
            continue
        assert 7 <= caption.size <= 10
        one = np.zeros(size, bool)
        bottom, right = np.array([caption.top, caption.left]) + text_extent(caption)
        assert caption.top >= 0
        assert caption.left >= 0
        assert bottom <= size[0]
        assert right <= size[1]
        one[caption.top : bottom, caption.left : right] = True
        covered += one
        for x1, y1, x2, y2 in boxes:
            area = max(1, (x2 - x1) * (y2 - y1))
            width = max(0, min(x2, right) - max(x1, caption.left))
            assert width * max(0, min(y2, bottom) - max(y1, caption.top)) <= area / 8 + 1e-3
    assert covered.max() <= 1


def text_extent(caption):
    """Height and width of a caption, as it is drawn alone in a picture with room."""
    scene = np.zeros((60, 300, 3), np.uint8)
    draw_caption(scene, caption._replace(left=0, top=0), (255, 0, 0))
    rows, columns = np.nonzero(scene.any(2))
    return rows.max() + 1, columns.max() + 1


@pytest.mark.parametrize("size", [(48, 64), (96, 128), (60, 240), (480, 640)])
def test_the_inside_of_a_box_is_seen(size):
    height, width = size
    box = [width // 4, height // 3, width // 2, height - 6]
    changed = drawn(size, [box])
    inside = changed[box[1] + 3 : box[3] - 3, box[0] + 3 : box[2] - 3]
    assert not inside.any()
    assert changed.sum() > 4 * height / 3  # the caption is there all the same


def test_a_box_around_the_whole_picture_keeps_its_caption_where_there_is_room():
    for size, there in (((300, 400), True), ((32, 32), False)):
        box = np.array([[0, 0, size[1], size[0]]], np.float32)
        assert bool(placed_captions([TEXT], box, size)[0]) is there


def test_a_caption_stays_out_of_the_box_of_another():
    boxes = np.array([[0, 0, 60, 128], [61, 0, 128, 128]], np.float32)
    first, second = placed_captions(["cat 0.9", "dog 0.8"], boxes, (128, 128))
    assert first.left + text_extent(first)[1] <= 61 <= second.left


def test_letters_beyond_ascii_and_of_two_lines_are_drawn():
    one, other, split = (drawn((100, 300), [[40, 40, 90, 90]], [text]) for text in ("Größe", "Gr??e", "Gr\nöße"))
    assert (one != other).any()
    assert split.any()
    assert drawn((100, 300), [[40, 40, 90, 90]], [""]).sum() < one.sum()


def test_letters_that_the_font_lacks_are_shown_by_their_numbers():
    assert drawable("Größe Ж 猫\n x\udce9🦊") == r"Größe Ж \u732b x\udce9\U0001f98a"


def test_large_pictures_have_large_captions():
    boxes = np.array([[500, 500, 900, 900]], np.float32)
    (small,), (large,) = (placed_captions([TEXT], boxes, size) for size in ((1000, 1000), (3000, 4000)))
    assert large.size > 2 * small.size

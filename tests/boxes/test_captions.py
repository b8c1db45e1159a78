"""Captions of boxes never hide what they name."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

from zoo_core.boxes.captions import captions_or_numbers, draw_caption, placed_captions
from zoo_core.boxes.drawing import line_width, with_boxes, with_boxes_and_legend
from zoo_core.boxes.lettering import lettering, shortened, text_mask
from zoo_core.common.colours import class_colour

TEXT = "square 0.93"


def drawn(size, boxes, texts=None, level=128):
    """A plain grey image with boxes drawn on it, and where it is no longer grey."""
    image = np.full((*size, 3), level, np.uint8)
    boxes = np.array(boxes, np.float32).reshape(-1, 4)
    scene = with_boxes(image, boxes, np.arange(len(boxes)), texts or [TEXT] * len(boxes))
    assert scene.shape == image.shape
    assert (image == level).all()
    return (scene != level).any(2)


def random_boxes(seed, size, count):
    rng = np.random.default_rng(seed)
    corners = np.sort(rng.uniform(0, size[::-1], (count, 2, 2)), axis=1)
    boxes = corners.reshape(-1, 4).astype(np.float32)
    boxes[:, 2:] += 1
    return boxes


def hidden_shares(captions, boxes, size):
    """The share of each box that each caption hides (C, M); captions are in the picture and cover no other."""
    covered, shares = np.zeros(size, int), []
    for caption in captions:
        top, left = caption.top, caption.left
        bottom, right = np.array([top, left]) + text_extent(caption)
        assert 0 <= top < bottom <= size[0]
        assert 0 <= left < right <= size[1]
        covered[top:bottom, left:right] += 1
        widths = np.minimum(boxes[:, 2], right) - np.maximum(boxes[:, 0], left)
        heights = np.minimum(boxes[:, 3], bottom) - np.maximum(boxes[:, 1], top)
        areas = np.maximum((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]), 1)
        shares.append(np.maximum(widths, 0) * np.maximum(heights, 0) / areas)
    assert covered.max() <= 1
    return np.array(shares).reshape(-1, len(boxes))


@pytest.mark.parametrize("seed", range(12))
def test_captions_cover_little_of_any_box_and_nothing_of_each_other(seed):
    rng = np.random.default_rng(seed)
    size = tuple(int(each) for each in rng.integers(20, 300, 2))
    boxes = random_boxes(seed, size, rng.integers(1, 12))
    captions = [each for each in placed_captions([TEXT] * len(boxes), boxes, size) if each]
    assert all(7 <= each.size <= 10 for each in captions)
    shares = hidden_shares(captions, boxes, size)
    assert (shares <= 1 / 8 + 1e-3).all()
    assert (shares.sum(0) <= 1 / 4 + 1e-3).all()


def test_of_a_hundred_boxes_each_has_a_caption_or_an_entry_in_the_legend():
    size = (300, 400)
    boxes = random_boxes(0, size, 100)
    texts = [f"cell {number:02}" for number in range(100)]
    captions, numbered = captions_or_numbers(texts, boxes, size)
    for index, caption in enumerate(captions):
        if index not in numbered:
            assert caption.text == texts[index]
        elif caption:
            assert caption.text == str(numbered.index(index) + 1)
    assert sum(caption is not None for caption in captions) > 70
    shares = hidden_shares([each for each in captions if each], boxes, size)
    assert (shares.sum(0) <= 1 / 3 + 1e-3).all(), "however many captions there are, what is in the boxes is seen"
    drawn = with_boxes_and_legend(np.zeros((*size, 3), np.uint8), boxes, np.zeros(100, int), texts)
    assert drawn.shape[0] > size[0]
    assert (drawn[-3:] == 255).all()


def test_a_picture_too_small_for_captions_keeps_its_size_above_its_legend():
    image, boxes = np.full((32, 32, 3), 40, np.uint8), np.array([[2, 3, 20, 25], [10, 10, 31, 31]], np.float32)
    drawn = with_boxes_and_legend(image, boxes, np.array([0, 4]), [TEXT, "x" * 60])
    assert drawn.shape[0] > 32
    assert drawn.shape[1] > text_mask("x" * 60, 10).shape[1]
    assert (drawn[:32, 32:] == 255).all()
    assert (drawn[31, 20] == class_colour(4)).all()
    assert all((drawn[32:] == class_colour(label)).all(2).sum() > 30 for label in (0, 4)), "a mark of each class"
    alone = with_boxes_and_legend(np.zeros((300, 400, 3), np.uint8), boxes * 8, np.array([0, 4]), [TEXT, TEXT])
    assert alone.shape == (300, 400, 3)


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


def test_letters_that_no_font_has_are_shown_by_their_numbers(monkeypatch):
    monkeypatch.setattr("zoo_core.boxes.lettering._fonts", lambda usual: (usual,))
    lettering.cache_clear()
    assert lettering("Größe Ж 猫\n x\udce9🦊").text == r"Größe Ж \u732b x\udce9\U0001f98a"
    lettering.cache_clear()


def test_the_font_of_the_system_that_has_the_letters_is_taken(monkeypatch):
    """Matplotlib's own font for formulas stands for one of the system: it has a letter that DejaVu Sans lacks."""
    other = Path(mpl.get_data_path(), "fonts", "ttf", "STIXGeneral.ttf")
    monkeypatch.setattr("zoo_core.boxes.lettering._fonts", lambda usual: (usual, Path("none.ttf"), other))
    lettering.cache_clear()
    assert lettering("a \u1d81") == ("a \u1d81", other)
    assert lettering("a").font.name == "DejaVuSans.ttf"
    lettering.cache_clear()


def test_a_long_name_keeps_its_ends():
    name = "a_folder_of_pictures/and_another/000123.jpg"
    short = shortened(name, 12, 120)
    assert text_mask(short, 12).shape[1] <= 120
    first, last = short.split("…")
    assert name.startswith(first)
    assert name.endswith(last)
    assert len(last) > 3
    assert shortened("000123.jpg", 12, 120) == "000123.jpg"


@pytest.mark.parametrize(("size", "width"), [((32, 32), 1), ((480, 640), 2), ((4000, 6000), 17)])
def test_lines_are_as_wide_as_the_picture_needs_and_whole_at_its_edges(size, width):
    height, wide = size
    box, label = np.array([[0, 0, wide, height]], np.float32), np.array([7])
    scene = with_boxes(np.zeros((*size, 3), np.uint8), box, label, [""])
    for line in (scene[height // 2], scene[::-1, wide // 2], scene[height // 2, ::-1], scene[:, wide // 2]):
        assert (line[:width] == class_colour(7)).all()
    assert line_width(size) == width


def test_large_pictures_have_large_captions():
    boxes = np.array([[500, 500, 900, 900]], np.float32)
    (small,), (large,) = (placed_captions([TEXT], boxes, size) for size in ((1000, 1000), (3000, 4000)))
    assert large.size > 2 * small.size

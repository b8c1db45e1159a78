"""Boxes drawn on images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.captions import Caption, captions_or_numbers, draw_caption, letter_size, placed_captions
from zoo_core.boxes.legend import PAPER, Entry, legend, width_of
from zoo_core.common.colours import Colour, class_colour

__all__ = ["draw_anchor", "draw_box", "line_width", "with_boxes", "with_boxes_and_legend"]

_SIDE_TO_LINE = 240
"""The shorter side of a picture, by the width of its lines."""
_SMALL = 200
"""The shorter side of a picture, in pixels, below which lines are thin."""
_BLACK: Colour = (0, 0, 0)
_WHITE: Colour = (255, 255, 255)
_WIDEST = 600
"""Pixels to which a narrow picture is widened at most for its legend."""
_Image: TypeAlias = NDArray[np.uint8]


def with_boxes(
    image: _Image,
    boxes: NDArray[np.float32],
    labels: NDArray[np.int64],
    captions: Sequence[str],
    trails: Sequence[NDArray[np.float32]] = (),
) -> _Image:
    """The image with boxes and captions drawn on it, in the colour of each class.

    Captions go where they hide nothing, get smaller where room is short, and are left out where there is none.

    Args:
        image: (H, W, 3) uint8 RGB; it stays as it is.
        boxes: (M, 4) corner/pixel.
        labels: (M,), indices of the classes.
        captions: a text for each box, those first that matter most.
        trails: (K, 2) pixels for each box, the way that its object has come; none where nothing is known of it.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    return _drawn(image, boxes, labels, placed_captions(captions, boxes.reshape(-1, 4), image.shape[:2]), trails)


def with_boxes_and_legend(
    image: _Image,
    boxes: NDArray[np.float32],
    labels: NDArray[np.int64],
    captions: Sequence[str],
    trails: Sequence[NDArray[np.float32]] = (),
) -> _Image:
    """The same, but that a box without room for its caption has a number, which a legend below the picture explains.

    Args:
        image: (H, W, 3) uint8 RGB; it stays as it is.
        boxes: (M, 4) corner/pixel.
        labels: (M,), indices of the classes.
        captions: a text for each box, those first that matter most.
        trails: as for `with_boxes`.

    Returns:
        (H', W', 3) uint8 RGB, whose top left part is the picture; larger than that only where a legend is needed.
    """
    placed, numbered = captions_or_numbers(captions, boxes.reshape(-1, 4), image.shape[:2])
    drawn = _drawn(image, boxes, labels, placed, trails)
    if not numbered:
        return drawn
    marks = (caption.text if (caption := placed[index]) else "" for index in numbered)
    entries = [
        Entry(captions[index], class_colour(int(labels[index])), mark)
        for index, mark in zip(numbered, marks, strict=True)
    ]
    entries.sort(key=lambda entry: not entry.mark)  # last those without room even for a number
    size = letter_size(drawn.shape)
    margin = math.ceil(size / 2)
    panel = legend(entries, max(drawn.shape[1] - 2 * margin, min(width_of(entries, size), _WIDEST)), size)
    panel = np.pad(panel, [(margin, margin), (margin, margin), (0, 0)], constant_values=PAPER)
    beside = [(0, 0), (0, panel.shape[1] - drawn.shape[1]), (0, 0)]
    return np.concatenate([np.pad(drawn, beside, constant_values=PAPER), panel])


def _drawn(
    image: _Image,
    boxes: NDArray[np.float32],
    labels: NDArray[np.int64],
    captions: Sequence[Caption | None],
    trails: Sequence[NDArray[np.float32]],
) -> _Image:
    scene = np.array(image, np.uint8, order="C")
    colours = [class_colour(int(label)) for label in labels]
    for trail, colour in zip(trails, colours, strict=bool(trails)):
        _draw_trail(scene, trail, colour)
    for box, colour in reversed(list(zip(boxes.reshape(-1, 4), colours, strict=True))):  # the first matter most
        draw_box(scene, box, colour)
    for caption, colour in zip(captions, colours, strict=True):
        if caption is not None:
            draw_caption(scene, caption, colour)
    return scene


def line_width(shape: tuple[int, ...]) -> int:
    """The width of lines in a picture of a height and width, in pixels."""
    side = min(shape[:2])
    return max(2, round(side / _SIDE_TO_LINE)) if side >= _SMALL else 1


def draw_box(scene: _Image, box: NDArray[np.float32], colour: Colour) -> None:
    """Draw the outline of a box (4,) corner/pixel into an image (H, W, 3) RGB; all of the line is in the picture."""
    width = line_width(scene.shape)
    near, far = width // 2, (width + 1) // 2
    highest = np.array([scene.shape[1], scene.shape[0]] * 2) - far
    x1, y1, x2, y2 = np.clip(np.rint(box), near, np.maximum(highest, near)).astype(int).tolist()
    if width > 1:  # a fine white rim, so that the line is seen on dark pictures too
        cv2.rectangle(scene, (x1, y1), (x2, y2), _WHITE, width + 2 * math.ceil(width / 6))
    cv2.rectangle(scene, (x1, y1), (x2, y2), colour, width)


def _draw_trail(scene: _Image, trail: NDArray[np.float32], colour: Colour) -> None:
    points = [np.rint(trail).astype(np.int32).reshape(-1, 1, 2)]
    width = line_width(scene.shape)
    if width > 1:  # a fine white rim, as of a box
        cv2.polylines(scene, points, isClosed=False, color=_WHITE, thickness=width + 2 * math.ceil(width / 6))
    cv2.polylines(scene, points, isClosed=False, color=colour, thickness=width, lineType=cv2.LINE_AA)


def draw_anchor(scene: _Image, box: NDArray[np.float32]) -> None:
    """Draw a box (4,) corner/pixel into an image as a thin line, white in black: it is of no class."""
    x1, y1, x2, y2 = np.rint(box).astype(int).tolist()
    cv2.rectangle(scene, (x1 - 1, y1 - 1), (x2 + 1, y2 + 1), _BLACK, 1)
    cv2.rectangle(scene, (x1, y1), (x2, y2), _WHITE, 1)

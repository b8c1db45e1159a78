"""The worst pictures, small enough for a page, and the boxes that are drawn over them."""

from __future__ import annotations

import base64
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.captions import Caption, captions_or_numbers
from zoo_core.boxes.contact_sheet import fitted
from zoo_core.boxes.matching import UNMATCHED
from zoo_core.boxes.protocols import Dataset
from zoo_core.common.messages import counted
from zoo_core.evaluation.analysis import Analysis
from zoo_core.evaluation.outcomes import Outcome
from zoo_core.evaluation.results import ImageResult
from zoo_core.evaluation.worst import worst_images

__all__ = ["DrawnBox", "Picture", "worst_pictures"]

_SIDE = 560
"""The longer side of an embedded picture, in pixels: sharp at the size of the page, some 50 kB."""
_WIDTH = 400
"""Of a picture as it is drawn, in units of its boxes and captions."""
_QUALITY = 82
_LISTED = 8
"""Errors told in words beside a picture; the others are only drawn."""


class DrawnBox(NamedTuple):
    """A box over a picture, in units of the drawing.

    Attributes:
        x: x coordinate of its left side, and so on.
        kind: the class in the style sheet: right, wrong, missed or ignored.
        label: the index of its class, for its colour.
        text: what it says when pointed at.
        caption: written beside it where it is an error, and where that hides nothing.
    """

    x: float
    y: float
    width: float
    height: float
    kind: str
    label: int
    text: str
    caption: Caption | None = None


class Numbered(NamedTuple):
    """What a number in a picture stands for, since there was no room for more."""

    mark: str
    label: int
    text: str


class Drawing(NamedTuple):
    """Boxes over a picture, those above last, and what the numbers beside them stand for."""

    boxes: list[DrawnBox]
    numbered: list[Numbered]


class Picture(NamedTuple):
    """A picture with truth and detections.

    Attributes:
        name: name of the image in its data set.
        weight: weight of its errors.
        href: the picture as a data address.
        width: width of the drawing.
        height: height of the drawing.
        truth: the objects.
        found: the detections that count.
        summary: how many errors of which kind.
        errors: the heaviest, in words.
    """

    name: str
    weight: float
    href: str
    width: int
    height: int
    truth: Drawing
    found: Drawing
    summary: str
    errors: list[str]


def worst_pictures(analysis: Analysis, dataset: Dataset, most: int) -> list[Picture]:
    """The pictures with the heaviest errors; see `worst_images`.

    Args:
        analysis: analysis of a detector on the data set.
        dataset: the one from which the images are read.
        most: how many pictures at most.

    Raises:
        DatasetError: an image cannot be read.
    """
    names = analysis.results.class_names
    return [
        _picture(analysis.results.images[index], analysis.outcomes[index], dataset[index].image, names, weight)
        for index, weight in worst_images(analysis.results, analysis.outcomes, most)
    ]


def _picture(
    image: ImageResult, outcome: Outcome, pixels: NDArray[np.uint8], names: tuple[str, ...], weight: float
) -> Picture:
    scale = _WIDTH / image.size.width
    height = max(1, round(image.size.height * scale))
    errors = _in_words(image, outcome, names)
    more = [f"and {len(errors) - _LISTED} more"] if len(errors) > _LISTED else []
    missed = int(outcome.missed.sum())
    return Picture(
        name=image.image_id,
        weight=weight,
        href=_embedded(pixels),
        width=_WIDTH,
        height=height,
        truth=_captioned(_truth(image, outcome, names, scale), "missed", missed, height),
        found=_captioned(_found(image, outcome, names, scale), "wrong", _LISTED, height),
        summary=f"{missed} missed, {outcome.wrong.sum()} wrong, "
        f"{outcome.right.sum()} of {counted(int(outcome.objects.sum()), 'object')} right",
        errors=errors[:_LISTED] + more,
    )


def _embedded(pixels: NDArray[np.uint8]) -> str:
    small = fitted(pixels, _SIDE) if max(pixels.shape[:2]) > _SIDE else pixels
    _, data = cv2.imencode(".jpg", np.ascontiguousarray(small[:, :, ::-1]), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return f"data:image/jpeg;base64,{base64.b64encode(data.tobytes()).decode('ascii')}"


def _truth(image: ImageResult, outcome: Outcome, names: tuple[str, ...], scale: float) -> list[DrawnBox]:
    drawn = []
    for place, (box, label) in enumerate(zip(image.true_boxes, image.true_labels.tolist(), strict=True)):
        if outcome.missed[place]:
            kind, text = "missed", f"missed: {names[label]}"
        elif outcome.objects[place]:
            kind, text = "right", f"found: {names[label]}"
        else:
            why = "a crowd" if image.crowd[place] else "difficult"
            kind, text = "ignored", f"{names[label]}: {why}, and so not counted"
        drawn.append(_box(box, scale, kind, label, text))
    return drawn


def _found(image: ImageResult, outcome: Outcome, names: tuple[str, ...], scale: float) -> list[DrawnBox]:
    """The detections that count, highest score first."""
    drawn = []
    for place in _by_score(image, outcome.detections).tolist():
        label, kind = int(image.labels[place]), "wrong" if outcome.wrong[place] else "right"
        drawn.append(_box(image.boxes[place], scale, kind, label, f"{kind}: {names[label]} {image.scores[place]:.2f}"))
    return drawn


def _by_score(image: ImageResult, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    indices = np.flatnonzero(chosen)
    return indices[np.argsort(-image.scores[indices], kind="stable")]


def _captioned(drawn: list[DrawnBox], kind: str, most: int, height: int) -> Drawing:
    """With captions on so many boxes of a kind: of the others the caption is seen when they are pointed at."""
    texts = [""] * len(drawn)
    for index in [index for index, each in enumerate(drawn) if each.kind == kind][:most]:
        texts[index] = drawn[index].text.removeprefix(f"{kind}: ")
    corners = [(each.x, each.y, each.x + each.width, each.y + each.height) for each in drawn]
    captions, left_out = captions_or_numbers(texts, np.array(corners, np.float32).reshape(-1, 4), (height, _WIDTH))
    numbered = [
        Numbered(caption.text, drawn[index].label, texts[index]) for index in left_out if (caption := captions[index])
    ]
    return Drawing(
        _in_layers([box._replace(caption=each) for box, each in zip(drawn, captions, strict=True)]), numbered
    )


def _in_layers(boxes: list[DrawnBox]) -> list[DrawnBox]:
    """Errors over what is right, and small boxes over large ones, so that each can be seen and pointed at."""
    wrong = ("missed", "wrong")
    return sorted(boxes, key=lambda each: (each.kind in wrong, bool(each.caption), -each.width * each.height))


def _box(box: NDArray[np.float32], scale: float, kind: str, label: int, text: str) -> DrawnBox:
    x1, y1, x2, y2 = (round(float(value) * scale, 1) for value in box)
    return DrawnBox(x1, y1, round(x2 - x1, 1), round(y2 - y1, 1), kind, label, text)


def _in_words(image: ImageResult, outcome: Outcome, names: tuple[str, ...]) -> list[str]:
    """The errors, the heaviest first: missed objects by class, and then each wrong detection."""
    missed = np.bincount(image.true_labels[outcome.missed], minlength=len(names))
    words = [f"missed: {missed[label]} {names[label]}" for label in np.argsort(-missed, kind="stable") if missed[label]]
    for index in _by_score(image, outcome.wrong).tolist():
        truth = outcome.object_of[index]
        where = "on no free object" if truth == UNMATCHED else f"on {names[image.true_labels[truth]]}"
        words.append(f"{names[image.labels[index]]} {image.scores[index]:.2f} {where}")
    return words

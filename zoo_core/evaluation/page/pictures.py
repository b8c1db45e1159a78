"""The worst pictures, small enough for a page, and the boxes that are drawn over them."""

from __future__ import annotations

import base64
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

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
        caption: written beside it where it is an error.
        text: what it says when pointed at.
    """

    x: float
    y: float
    width: float
    height: float
    kind: str
    caption: str
    text: str


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
    truth: list[DrawnBox]
    found: list[DrawnBox]
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
    errors = _in_words(image, outcome, names)
    more = [f"and {len(errors) - _LISTED} more"] if len(errors) > _LISTED else []
    return Picture(
        name=image.image_id,
        weight=weight,
        href=_embedded(pixels),
        width=_WIDTH,
        height=max(1, round(image.size.height * scale)),
        truth=_truth(image, outcome, names, scale),
        found=_found(image, outcome, names, scale),
        summary=f"{outcome.missed.sum()} missed, {outcome.wrong.sum()} wrong, "
        f"{outcome.right.sum()} of {counted(int(outcome.objects.sum()), 'object')} right",
        errors=errors[:_LISTED] + more,
    )


def _embedded(pixels: NDArray[np.uint8]) -> str:
    small = fitted(pixels, _SIDE) if max(pixels.shape[:2]) > _SIDE else pixels
    _, data = cv2.imencode(".jpg", np.ascontiguousarray(small[:, :, ::-1]), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return f"data:image/jpeg;base64,{base64.b64encode(data.tobytes()).decode('ascii')}"


def _truth(image: ImageResult, outcome: Outcome, names: tuple[str, ...], scale: float) -> list[DrawnBox]:
    drawn = []
    for index, (box, label) in enumerate(zip(image.true_boxes, image.true_labels.tolist(), strict=True)):
        name = names[label]
        if outcome.missed[index]:
            drawn.append(_box(box, scale, "missed", name, f"missed: {name}"))
        elif outcome.objects[index]:
            drawn.append(_box(box, scale, "right", "", f"found: {name}"))
        else:
            why = "a crowd" if image.crowd[index] else "difficult"
            drawn.append(_box(box, scale, "ignored", "", f"{name}: {why}, and so not counted"))
    return _in_layers(drawn)


def _found(image: ImageResult, outcome: Outcome, names: tuple[str, ...], scale: float) -> list[DrawnBox]:
    drawn = []
    # More captions could not be read: of the others the caption is seen when they are pointed at.
    captioned = set(_by_score(image, outcome.wrong)[:_LISTED].tolist())
    for index in np.flatnonzero(outcome.detections).tolist():
        name, score = names[image.labels[index]], image.scores[index]
        kind = "right" if outcome.right[index] else "wrong"
        caption = f"{name} {score:.2f}" if index in captioned else ""
        drawn.append(_box(image.boxes[index], scale, kind, caption, f"{kind}: {name} {score:.2f}"))
    return _in_layers(drawn)


def _by_score(image: ImageResult, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    indices = np.flatnonzero(chosen)
    return indices[np.argsort(-image.scores[indices], kind="stable")]


def _in_layers(boxes: list[DrawnBox]) -> list[DrawnBox]:
    """Errors over what is right, and small boxes over large ones, so that each can be seen and pointed at."""
    wrong = ("missed", "wrong")
    return sorted(boxes, key=lambda each: (each.kind in wrong, bool(each.caption), -each.width * each.height))


def _box(box: NDArray[np.float32], scale: float, kind: str, caption: str, text: str) -> DrawnBox:
    x1, y1, x2, y2 = (round(float(value) * scale, 1) for value in box)
    return DrawnBox(x1, y1, round(x2 - x1, 1), round(y2 - y1, 1), kind, caption, text)


def _in_words(image: ImageResult, outcome: Outcome, names: tuple[str, ...]) -> list[str]:
    """The errors, the heaviest first: missed objects by class, and then each wrong detection."""
    missed = np.bincount(image.true_labels[outcome.missed], minlength=len(names))
    words = [f"missed: {missed[label]} {names[label]}" for label in np.argsort(-missed, kind="stable") if missed[label]]
    for index in _by_score(image, outcome.wrong).tolist():
        truth = outcome.object_of[index]
        where = "on no free object" if truth == UNMATCHED else f"on {names[image.true_labels[truth]]}"
        words.append(f"{names[image.labels[index]]} {image.scores[index]:.2f} {where}")
    return words

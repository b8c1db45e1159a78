"""Random changes of training images and their boxes: SSD's recipe, one function a step.

A step takes a sample, its own settings and a random generator, and gives a new sample; it
never writes to the one that it was given, though their pixels may share memory. Equal
generators give equal results. Boxes follow their pixels; of these steps only `crop` drops any.

Source: Liu et al., SSD: Single Shot MultiBox Detector, 2016, and the authors' Caffe code.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.boxes import pairwise_iou
from zoo_core.boxes.protocols import AugmentationStep, Sample
from zoo_core.config.augmentation import Crop, Expand, Flip, Photometric, Stretch
from zoo_core.config.resize import StretchResize
from zoo_core.data.pipeline.transforms import INTERPOLATIONS, stretch
from zoo_core.parts.geometry import ImageSize
from zoo_core.parts.resizing import ResizeSettings, placed
from zoo_core.parts.training_components import AugmentationSettings
from zoo_core.registry.registry import make

__all__ = ["Augmentation", "augment", "crop", "expand", "flip", "photometric", "stretch_randomly", "with_some"]

_STRETCHED = StretchResize()

_TO_YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
"""From RGB to luma and two chroma axes, by NTSC."""
_FROM_YIQ = np.linalg.inv(_TO_YIQ)


class Augmentation:
    """Takes steps in order.

    What is not of the size that it has in the network's input then is resized by
    `zoo_core.data.pipeline.transforms.network_input`, as in scoring.

    Args:
        steps: what is done.
        size: `input_size` of the configuration.
        resize: gives the size that a picture has in the input, to which `stretch` goes.

    Raises:
        PluginError: the class of a step cannot be imported, or cannot be made.
    """

    def __init__(
        self, steps: Iterable[AugmentationSettings], size: ImageSize, resize: ResizeSettings = _STRETCHED
    ) -> None:
        self._steps: list[tuple[AugmentationStep, bool]] = [(make(each), each.whole_input) for each in steps]
        self._size = size
        self._resize = resize

    def __call__(self, sample: Sample, rng: np.random.Generator) -> Sample:
        """The sample after all steps, itself not changed; `rng` decides all that is random."""
        sample = replace(sample, areas=None, coco_boxes=None)  # those of the annotation no longer hold
        for step, fills in self._steps:
            picture = ImageSize(*sample.image.shape[:2])
            sample = step(sample, rng, self._size if fills else placed(self._resize, picture, self._size).picture)
        return sample


def augment(
    sample: Sample,
    steps: Iterable[AugmentationSettings],
    size: ImageSize,
    rng: np.random.Generator,
    resize: ResizeSettings = _STRETCHED,
) -> Sample:
    """Take steps with one sample; see `Augmentation`."""
    return Augmentation(steps, size, resize)(sample, rng)


def photometric(sample: Sample, settings: Photometric, rng: np.random.Generator) -> Sample:
    """Change brightness, contrast, saturation and hue, each with probability 1/2; boxes stay.

    Brightness adds to every value, contrast multiplies every value, saturation multiplies
    the distance from grey, hue turns the chroma. All four are linear, so they are put into
    one matrix and clipped once, where the Caffe code clips after each. Contrast commutes
    with the other two, so its random position in their order, which Caffe has, changes nothing.
    """
    chosen = rng.random(4) < 0.5
    added, factor, saturation, turn = (
        rng.uniform(-1, 1, 4)
        * chosen
        * (
            settings.brightness,
            settings.contrast,
            settings.saturation,
            np.deg2rad(settings.hue),
        )
    )
    if not chosen.any():
        return sample
    chroma = (1 + saturation) * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    change = np.eye(3)
    change[1:, 1:] = chroma
    matrix = np.empty((3, 4), dtype=np.float32)
    matrix[:, :3] = (1 + factor) * (_FROM_YIQ @ change @ _TO_YIQ)
    matrix[:, 3] = (1 + factor) * added
    return replace(sample, image=cv2.transform(sample.image, matrix))


def expand(sample: Sample, settings: Expand, rng: np.random.Generator) -> Sample:
    """Put the image somewhere on a canvas of one colour that is larger by one random factor."""
    if rng.random() >= settings.probability:
        return sample
    height, width = sample.image.shape[:2]
    factor = rng.uniform(1, settings.largest)
    room_y, room_x = int(height * factor) - height, int(width * factor) - width
    top, left = (int(rng.integers(0, room, endpoint=True)) for room in (room_y, room_x))
    image = cv2.copyMakeBorder(
        sample.image, top, room_y - top, left, room_x - left, cv2.BORDER_CONSTANT, value=settings.fill
    )
    return replace(sample, image=image, boxes=sample.boxes + np.array([left, top, left, top], dtype=np.float32))


def crop(sample: Sample, settings: Crop, rng: np.random.Generator) -> Sample:
    """Cut out a part that overlaps objects by a randomly chosen least IoU, or keep the whole.

    An object stays when its centre lies in the part, clipped to the part; a part without any
    object is not taken, unless the image has none either.
    """
    # None keeps the whole image, 0 asks for no overlap; both are as likely as each overlap.
    choices = (None, 0.0, *settings.overlaps)
    for overlap in (choices[index] for index in rng.permutation(len(choices))):
        if overlap is None:
            break
        parts = _random_parts(sample.image.shape[:2], settings, rng)
        fitting = _fitting(parts, sample.boxes, overlap, settings.objects)
        if len(fitting):
            return _cut(sample, parts[fitting[0]])
    return sample


def _random_parts(image: tuple[int, ...], settings: Crop, rng: np.random.Generator) -> NDArray[np.float32]:
    """Rectangles (attempts, 4), corner/pixel with whole numbers, within an image of (height, width)."""
    height, width = image
    count = settings.attempts
    scale = rng.uniform(settings.smallest, 1, count)
    # So that neither side comes out longer than the image's.
    least, most = np.maximum(1 / settings.aspect_ratio, scale**2), np.minimum(settings.aspect_ratio, scale**-2)
    stretched = np.sqrt(rng.uniform(least, most))
    sides = np.stack([width * scale * stretched, height * scale / stretched], axis=1)
    sides = np.clip(sides.astype(np.int64), 1, (width, height))
    corner = rng.integers(0, np.array([width, height]) - sides, endpoint=True)
    parts: NDArray[np.float32] = np.concatenate([corner, corner + sides], axis=1).astype(np.float32)
    return parts


def _fitting(
    parts: NDArray[np.float32], boxes: NDArray[np.float32], overlap: float, objects: Literal["all", "some"]
) -> NDArray[np.intp]:
    """Which parts overlap all objects or some object by so much, and hold the centre of some object."""
    if not len(boxes):
        return np.arange(len(parts))
    near = pairwise_iou(boxes, parts) >= overlap
    enough = near.all(axis=0) if objects == "all" else near.any(axis=0)
    return np.flatnonzero(enough & _holds_center(parts[:, None], boxes).any(axis=1))


def _holds_center(parts: NDArray[np.float32], boxes: NDArray[np.float32]) -> NDArray[np.bool_]:
    center = (boxes[..., :2] + boxes[..., 2:]) / 2
    held: NDArray[np.bool_] = ((parts[..., :2] <= center) & (center < parts[..., 2:])).all(axis=-1)
    return held


def _cut(sample: Sample, part: NDArray[np.float32]) -> Sample:
    left, top, right, bottom = part.astype(int)
    boxes = np.clip(sample.boxes, np.tile(part[:2], 2), np.tile(part[2:], 2)) - np.tile(part[:2], 2)
    return with_some(sample, _holds_center(part, sample.boxes), sample.image[top:bottom, left:right], boxes)


def with_some(sample: Sample, kept: NDArray[np.bool_], image: NDArray[np.uint8], boxes: NDArray[np.float32]) -> Sample:
    """The sample with another image, and of its objects some alone, with other boxes (M, 4)."""
    return replace(
        sample,
        image=image,
        boxes=boxes[kept],
        labels=sample.labels[kept],
        difficult=sample.difficult[kept],
        crowd=sample.crowd[kept],
    )


def flip(sample: Sample, settings: Flip, rng: np.random.Generator) -> Sample:
    """Mirror left and right."""
    if rng.random() >= settings.probability:
        return sample
    boxes = sample.boxes.copy()
    boxes[:, [0, 2]] = sample.image.shape[1] - sample.boxes[:, [2, 0]]
    return replace(sample, image=cv2.flip(sample.image, 1), boxes=boxes)


def stretch_randomly(sample: Sample, settings: Stretch, rng: np.random.Generator, size: ImageSize) -> Sample:
    """Stretch to a size with one of some interpolations."""
    drawn = settings.interpolations[rng.integers(len(settings.interpolations))]
    height, width = sample.image.shape[:2]
    scale = np.tile(np.array([size.width / width, size.height / height], dtype=np.float32), 2)
    most = np.tile(np.array([size.width, size.height], dtype=np.float32), 2)
    boxes = np.minimum(sample.boxes * scale, most)  # rounding may lead out of the image
    return replace(sample, image=stretch(sample.image, size, INTERPOLATIONS[drawn]), boxes=boxes)

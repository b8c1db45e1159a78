"""Views of a picture, which a detector looks at instead of the picture itself: windows, and their mirror images.

Sources: Akyon et al., Slicing Aided Hyper Inference, 2022 (windows); Krizhevsky et al., ImageNet Classification with
Deep Convolutional Neural Networks, 2012, section 4.1 (prediction on mirror images).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, NamedTuple, TypedDict

import numpy as np
from numpy.typing import NDArray

from zoo_core.common.arguments import FLAG, WHOLE, parsed
from zoo_core.common.errors import ArgumentError
from zoo_core.common.messages import did_you_mean, listed
from zoo_core.config.detector import NmsSettings
from zoo_core.parts.geometry import ImageSize
from zoo_core.prediction.postprocessing import Found, non_maximum_suppression

__all__ = ["ViewOptions", "Views", "find_in_views"]

_OVERLAP = 5
"""By default windows overlap by a fifth of their shorter side."""

Image = NDArray[np.uint8]
Find = Callable[[Sequence[Image], Sequence[NmsSettings]], Iterable[Found]]


class ViewOptions(TypedDict, total=False):
    """How pictures are looked at, by keywords; see `Views`."""

    slice: ImageSize | int | str | tuple[int, int] | None
    overlap: int | None
    flip: bool


class View(NamedTuple):
    """A window of a picture, in its pixels; perhaps in the mirror."""

    left: int
    top: int
    width: int
    height: int
    mirrored: bool

    def of(self, image: Image) -> Image:
        """What is seen of an image (H, W, 3)."""
        window = image[self.top : self.top + self.height, self.left : self.left + self.width]
        return np.ascontiguousarray(window[:, ::-1]) if self.mirrored else window

    def back(self, found: Found) -> Found:
        """What was found in the view, clipped to it, with boxes in pixels of the picture."""
        corner = np.array([self.width, self.height] * 2, np.float32)
        boxes: NDArray[np.float32] = np.clip(found.boxes.reshape(-1, 4), 0, corner)
        if self.mirrored:
            boxes[:, [0, 2]] = self.width - boxes[:, [2, 0]]
        return found._replace(boxes=boxes + np.array([self.left, self.top] * 2, boxes.dtype))


@dataclass(frozen=True)
class Views:
    """How pictures are looked at.

    Attributes:
        slice: size of the windows into which larger pictures are cut; None for whole pictures.
        overlap: by how many pixels neighbouring windows overlap, at least.
        flip: whether each window is looked at in the mirror, too.
    """

    slice: ImageSize | None = None
    overlap: int = 0
    flip: bool = False

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Views:
        """The views that some options mean.

        Args:
            options: by the names of `ViewOptions`; a size may be anything that `ImageSize.parse` reads.

        Raises:
            ArgumentError: one has another name, or cannot be meant.
        """
        for name in options:
            if name not in ViewOptions.__annotations__:
                guess = did_you_mean(name, ViewOptions.__annotations__, ";")
                known = listed(ViewOptions.__annotations__)
                raise ArgumentError(f"there is no argument {name!r}{guess} those of views are {known}")
        window, overlap = options.get("slice"), options.get("overlap")
        flip = FLAG("flip", options.get("flip", False))
        if overlap is not None:
            overlap = WHOLE("overlap", overlap)
        if window is None:
            if overlap is not None:
                raise ArgumentError(f"overlap is for windows: give slice, too; given {overlap}")
            return cls(flip=flip)
        size: ImageSize = parsed(ImageSize.parse)("slice", window)
        overlap = min(size) // _OVERLAP if overlap is None else overlap
        if overlap >= min(size):
            raise ArgumentError(f"overlap should be less than the sides of slice, {size}; given {overlap}")
        return cls(size, overlap, flip)

    def count(self, picture: ImageSize) -> int:
        """How many windows a picture of some size has."""
        return math.prod(1 + len(self._starts(picture, axis)[0]) for axis in (0, 1))

    def each(self, picture: ImageSize) -> Iterator[View]:
        """The views of a picture, row by row, each window before its mirror image."""
        height, width = (min(*sides) for sides in zip(self.slice or picture, picture, strict=True))
        (tops, bottom), (lefts, right) = (self._starts(picture, axis) for axis in (0, 1))
        for top in chain(tops, [bottom]):
            for left in chain(lefts, [right]):
                for mirrored in (False, True) if self.flip else (False,):
                    yield View(left, top, width, height, mirrored)

    def _starts(self, picture: ImageSize, axis: int) -> tuple[range, int]:
        """Where windows begin along an axis, and where the last one does: all have one size, so it may overlap more.

        Nothing that grows with their number is made: of a wide picture there may be millions.
        """
        if self.slice is None:
            return range(0), 0
        last = max(0, picture[axis] - self.slice[axis])
        return range(0, last, self.slice[axis] - self.overlap), last


def find_in_views(
    find: Find, images: Sequence[Image], views: Sequence[Views], nms: Sequence[NmsSettings], batch_size: int
) -> Iterator[Found]:
    """The objects in each of some images, of which some views are looked at.

    What is found in the views of an image is merged by non-maximum suppression. Where the only view is the image
    itself, what is found there is left as it is.

    Args:
        find: the objects in each of some images, with boxes in their pixels.
        images: (H, W, 3) uint8 RGB each.
        views: of each image.
        nms: which boxes are kept of each image; `keep` counts for each window.
        batch_size: how many views are handed over at once.
    """
    sizes = [ImageSize(*image.shape[:2]) for image in images]
    coming = ((index, view) for index, size in enumerate(sizes) for view in views[index].each(size))
    found: list[list[tuple[View, Found]]] = [[] for _ in images]
    while batch := [*islice(coming, batch_size)]:
        seen = find([view.of(images[index]) for index, view in batch], [nms[index] for index, _ in batch])
        for (index, view), objects in zip(batch, seen, strict=True):
            found[index].append((view, objects))
    for size, parts, views_of, rule in zip(sizes, found, views, nms, strict=True):
        if len(parts) == 1:
            yield parts[0][1]
        else:
            yield _merged([view.back(objects) for view, objects in parts], rule, rule.keep * views_of.count(size))


def _merged(parts: Sequence[Found], nms: NmsSettings, keep: int) -> Found:
    boxes, scores, labels = (np.concatenate(each) for each in zip(*parts, strict=True))
    order = np.argsort(-scores, kind="stable")
    boxes, scores, labels = boxes[order], scores[order], labels[order]
    groups = labels if nms.per_class else np.zeros_like(labels)
    # A detector that finds peaks suppresses nothing, but views show an object several times.
    iou = nms.iou if nms.iou < 1 else NmsSettings().iou
    kept = non_maximum_suppression(boxes, groups, iou)[:keep]
    return Found(boxes[kept], scores[kept], labels[kept])

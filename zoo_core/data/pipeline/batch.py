"""A batch: images, and what a network should say about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from zoo_core.boxes.targets import Targets
from zoo_core.parts.geometry import ImageSize

__all__ = ["Batch", "Boxes", "Labels", "Reconsideration", "Weights"]

Boxes = Sequence[NDArray[np.float32]]
"""(M, 4) corner/unit of the network's input, of each image of a batch."""
Labels = Sequence[NDArray[np.int64]]
"""(M,), of each image of a batch."""
Weights = Sequence[NDArray[np.float32]]
"""(M,), by how much each object counts, of each image of a batch."""


@dataclass(frozen=True, eq=False)
class Reconsideration:
    """Looks again at the targets of a batch when the network has spoken.

    Attributes:
        targets: of the batch.
        boxes: of its images.
        labels: likewise.
        size: of the network's input.
        look_again: as `reconsider` of a `DynamicEncoder`, with the size in place of the anchors.
    """

    targets: Targets
    boxes: Boxes
    labels: Labels
    size: ImageSize
    look_again: Callable[..., Targets]

    def __call__(self, scores: NDArray[np.float32], numbers: NDArray[np.float32]) -> Targets:
        """Other targets, by what the network says: scores (B, N, S) and numbers (B, N, 4)."""
        truth = {"boxes": self.boxes, "labels": self.labels, "size": self.size}
        return self.look_again(self.targets, scores, numbers, **truth)

    def of(self, images: slice) -> Reconsideration:
        """The same for some of the images."""
        targets, boxes, labels = self.targets.of(images), self.boxes[images], self.labels[images]
        return replace(self, targets=targets, boxes=boxes, labels=labels)


@dataclass(frozen=True, eq=False)
class Batch:
    """Images and what a network should say about them.

    Attributes:
        images: (B, 3, H, W) float32, normalised.
        targets: arrays with a leading B.
        image_ids: of the B images.
        reconsider: makes the targets to learn from when the network has spoken; None where they are `targets`.
        number: of the batch, counted from 0 over all epochs; None where it belongs to no training.
    """

    images: NDArray[np.float32]
    targets: Targets
    image_ids: tuple[str, ...]
    reconsider: Reconsideration | None = None
    number: int | None = None

    def split(self, parts: int) -> list[Batch]:
        """Equal parts, in the order of the images."""
        length = len(self.images) // parts
        return [self._of(slice(first, first + length)) for first in range(0, length * parts, length)]

    def _of(self, images: slice) -> Batch:
        again = self.reconsider and self.reconsider.of(images)
        return Batch(self.images[images], self.targets.of(images), self.image_ids[images], again)

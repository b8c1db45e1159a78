"""What a detector found in an image."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from zoo_core.boxes.drawing import with_boxes
from zoo_core.common.messages import did_you_mean
from zoo_core.parts.geometry import ImageSize

__all__ = ["Detections"]


@dataclass(frozen=True, eq=False)
class Detections:
    """Objects found in one image, highest score first.

    Attributes:
        boxes: (M, 4) float32 corner/pixel of the original image, clipped to it.
        scores: (M,) float32 between 0 and 1.
        labels: (M,) int64, index of the class name.
        class_names: what `labels` count.
        source: where the image came from, for messages; empty for an array.
        size: height and width of the image in pixels, where they are known.
    """

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]
    source: str = ""
    size: ImageSize | None = None
    _image: Callable[[], NDArray[np.uint8]] | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.scores)

    def __iter__(self) -> Iterator[tuple[NDArray[np.float32], float, str]]:
        """Box, score and class name of each object."""
        return zip(self.boxes, map(float, self.scores), self.names, strict=True)

    def __getitem__(self, index: ArrayLike | slice) -> Detections:
        """The objects chosen by a slice, a mask or a list of indices: ``found[found.scores > .5]``."""
        chosen: Any = index if isinstance(index, slice) else np.atleast_1d(np.asarray(index))
        if not isinstance(index, slice):
            if chosen.ndim > 1:
                raise IndexError(f"objects are selected by one list of indices or one mask, not by {chosen.ndim} axes")
            chosen = chosen if chosen.size else chosen.astype(np.intp)  # NumPy takes an empty list for floats
        return replace(self, boxes=self.boxes[chosen], scores=self.scores[chosen], labels=self.labels[chosen])

    @property
    def names(self) -> list[str]:
        """The class name of each object."""
        return [self.class_names[label] for label in self.labels]

    def above(self, score: float) -> Detections:
        """The objects whose score is at least `score`."""
        return self[self.scores >= score]

    def of(self, names: str | Iterable[str]) -> Detections:
        """The objects of a class, or of several.

        Raises:
            ValueError: the class does not exist.
        """
        names = [names] if isinstance(names, str) else [*names]
        for name in names:
            if name not in self.class_names:
                raise ValueError(f"no class is named {name!r}{did_you_mean(str(name), self.class_names)}")
        return self[np.isin(self.labels, [self.class_names.index(name) for name in names])]

    def to_supervision(self) -> Any:
        """As `supervision.Detections`, with the class names in ``data["class_name"]``."""
        import supervision as sv

        return sv.Detections(
            xyxy=self.boxes.reshape(-1, 4),
            confidence=self.scores,
            class_id=self.labels.astype(int),
            data={"class_name": np.array(self.names, dtype=str)},
        )

    def to_coco(
        self, image_id: int | str | None = None, category_ids: Sequence[int] | None = None
    ) -> list[dict[str, Any]]:
        """As entries of a COCO results file: boxes are [x, y, width, height] in pixels.

        Args:
            image_id: the id of the image in the annotations; by default what the name of its
                file says, as a number where it is one: 139 for ``000000000139.jpg``.
            category_ids: the id of each class there; 1, 2, 3 ... by default.
        """
        ids = category_ids or range(1, len(self.class_names) + 1)
        if image_id is None:
            stem = Path(self.source).stem
            image_id = int(stem) if stem.isdecimal() else stem
        return [
            {
                "image_id": image_id,
                "category_id": ids[label],
                "bbox": [x1, y1, x2 - x1, y2 - y1],
                "score": score,
            }
            # As Python's numbers, so that x + width is the right edge, to the last bit.
            for (x1, y1, x2, y2), score, label in zip(
                self.boxes.tolist(), self.scores.tolist(), self.labels.tolist(), strict=True
            )
        ]

    def to_dict(self) -> dict[str, Any]:
        """As plain values for JSON.

        That is the source and the size of the image, and box (corner/pixel), score, label and name of each object.
        """
        size = {"width": self.size.width, "height": self.size.height} if self.size else {}
        return {
            "source": self.source,
            **size,
            "objects": [
                {"box": [round(float(value), 2) for value in box], "score": score, "label": int(label), "name": name}
                for (box, score, name), label in zip(self, self.labels, strict=True)
            ],
        }

    def plot(self, image: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
        """The image with boxes, class names and scores drawn on it, (H, W, 3) uint8 RGB.

        Args:
            image: what to draw on; by default the image in which the objects were found.
        """
        if image is None:
            if self._image is None:
                raise ValueError("these detections have no image of their own; call plot(image)")
            image = self._image()
        captions = [f"{name} {score:.2f}" for name, score in zip(self.names, self.scores, strict=True)]
        return with_boxes(image, self.boxes, self.labels, captions)
